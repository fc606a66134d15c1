import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/file.ts';
import { codemie } from '../support/commands.ts';
import { type TestContext, testContext } from '../support/context.ts';
import { platformJwt, type RealPlatform, realPlatform, SAID } from '../support/real-platform.ts';
import { expectShape } from '../support/schemas.ts';
import { failureOf } from './support.ts';

const project = (name: string, is_project_admin = false) => ({ name, display_name: null, is_project_admin });
const PERSONAL = project('ada@example.com');
const of = (...names: string[]) => ({
  projects: [...names.map((name) => project(name)), PERSONAL],
  applications: [...names, PERSONAL.name],
  applications_admin: [],
});

async function login(platform: RealPlatform, flags: string[] = [], context: TestContext = testContext()) {
  context.type(`${platformJwt()}\n`);
  context.endInput();
  const own = ['--url', platform.url, '--store', 'plaintext-file', '--with-token', '--json'];
  await codemie(context, 'profile', 'login', ...own, ...flags);
  const report = expectShape<{ project: string | null; warnings: string[] }>(
    'profile-login',
    context.out.stdout,
  );
  return { ...report, saved: readConfig(context.home).profiles['default']?.codeMieProject, context };
}

describe('the project after profile login', () => {
  it('is the only shared project; the personal one does not count', async () => {
    const platform = await realPlatform();
    expect(await login(platform)).toMatchObject({ project: 'team-a', saved: 'team-a', warnings: [] });
  });

  it('is the personal one if you have no other', async () => {
    const platform = await realPlatform({ user: of() });
    expect(await login(platform)).toMatchObject({ project: 'ada@example.com', saved: 'ada@example.com' });
  });

  it('is not guessed from several; without a terminal, the command to choose it is printed', async () => {
    const platform = await realPlatform({ user: of('team-a', 'team-b') });
    const { saved, warnings } = await login(platform);
    expect([saved, warnings]).toEqual([
      undefined,
      [expect.stringMatching(/team-a, team-b\): codemie profile login --profile default --project NAME/)],
    ]);
  });

  it('is asked for on a terminal', async () => {
    const platform = await realPlatform({ user: of('team-a', 'team-b') });
    const base = testContext({ tty: true, env: { CI: '' } });
    const prompts = async () => ({ password: async () => platformJwt(), select: async () => 'team-b' });
    const terminal = Object.create(base.terminal, { prompts: { value: prompts } }) as TestContext['terminal'];
    expect(await login(platform, [], { ...base, terminal })).toMatchObject({ saved: 'team-b' });
  });

  it('is the one from --project, as the platform spells it', async () => {
    const platform = await realPlatform({ user: of('Team-A', 'team-b') });
    expect(await login(platform, ['--project', 'team-a'])).toMatchObject({ saved: 'Team-A' });
  });

  it('is an error if it is not yours, and the sign-in is kept', async () => {
    const platform = await realPlatform();
    const context = testContext();
    const error = await failureOf(login(platform, ['--project', 'demo'], context));
    expect([error.code, error.exit, error.message]).toEqual([
      'PROJECT_UNKNOWN',
      'usage',
      `Project "demo" isn't available to you. Your projects: team-a, ada@example.com.`,
    ]);
    expect(readConfig(context.home).profiles['default']?.credential).toBeDefined();
    expect(platform.asked).not.toContain('/code-assistant-api/v1/admin/applications');
  });

  it('stays the one in the profile', async () => {
    const platform = await realPlatform({ user: of('team-a', 'team-b') });
    const { context } = await login(platform, ['--project', 'team-b']);
    const again = testContext();
    expect(await login(platform, [], { ...again, home: context.home })).toMatchObject({ project: 'team-b' });
  });
});

describe('an administrator', () => {
  it.each(['is_admin', 'is_maintainer'])('(%s) can choose any project of the platform', async (flag) => {
    const platform = await realPlatform({ user: { [flag]: true } });
    expect(await login(platform, ['--project', 'DEMO'])).toMatchObject({ saved: 'demo' });
  });

  it('gets an error for a name that the platform does not list', async () => {
    const platform = await realPlatform({ user: { is_admin: true } });
    const error = await failureOf(login(platform, ['--project', 'nope']));
    expect(error.message).toBe('Unknown project "nope". Use one of: demo, team-a.');
  });

  it('can choose any name if the platform cannot list its projects', async () => {
    const platform = await realPlatform({ user: { is_admin: true } });
    platform.says.set('/v1/admin/applications', SAID.notFound);
    expect(await login(platform, ['--project', 'nope'])).toMatchObject({ saved: 'nope' });
  });

  it('can also choose in setup', async () => {
    const platform = await realPlatform({ user: { is_admin: true } });
    const context = testContext({ env: { CODEMIE_JWT_TOKEN: platformJwt() } });
    expect(await codemie(context, 'setup', '--url', platform.url, '--project', 'demo')).toBe(0);
    expect(readConfig(context.home).profiles['default']?.codeMieProject).toBe('demo');
  });
});
