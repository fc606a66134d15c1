import { describe, expect, it } from 'vitest';
import { person, sandboxFor } from '../../support/person.ts';
import { expectShape } from '../../support/schemas.ts';

async function signedInAs(user: string, access: 'keycloak' | 'platform') {
  const { url } = await sandboxFor({ autoApprove: user, access });
  const someone = person();
  await someone.run(`profile login --url ${url} --store plaintext-file`);
  return someone;
}

describe('how access is controlled, and the role of the person', () => {
  it.each([
    ['ada', 'keycloak', 'project-admin'],
    ['ada', 'platform', 'project-admin'],
    ['bob', 'platform', 'user'],
    ['grace', 'keycloak', 'admin'],
    ['grace', 'platform', 'maintainer'],
  ] as const)('status: %s, %s-managed: %s', async (user, access, role) => {
    const someone = await signedInAs(user, access);
    const { stdout } = await someone.run('profile status --json');
    expect(expectShape('profile-status', stdout)['platform']).toEqual({ version: '2.42.0', access, role });
  });

  it('status asks nobody when it is offline', async () => {
    const bob = await signedInAs('bob', 'platform');
    const nothing = { version: null, access: null, role: null };
    expect((await bob.json('profile status --offline'))['platform']).toEqual(nothing);
  });

  it('is on the screens of status, doctor and setup', async () => {
    const { url } = await sandboxFor({ autoApprove: 'grace', access: 'platform' });
    const grace = person();
    const setup = await grace.run(`setup --url ${url} --yes --store plaintext-file`);
    expect(setup.stderr).toContain('Connected as maintainer (platform-managed access): ');
    const status = await grace.run('profile status');
    expect(status.stdout).toMatch(
      /^Access: +platform-managed \(roles and projects are assigned in CodeMie\)$/m,
    );
    expect(status.stdout).toMatch(/^Role: +maintainer$/m);
    const doctor = await grace.run('doctor --only account');
    expect(doctor.stdout).toMatch(/grace@sandbox\.example, maintainer, .* platform-managed access$/m);
  });
});
