import { expect, it } from 'vitest';
import { createMemoryManagedStore } from '../../../src/sandbox/managed/memory.ts';
import { seedRows } from '../../../src/sandbox/managed/seed.ts';
import { startSandbox } from '../../../src/sandbox/start.ts';
import { managedProject, managedUser } from '../../support/managed-store.ts';
import { SettingsVisitor } from '../../support/settings-visitor.ts';

const PATH = '/settings/administration';

it('twenty thousand users with four projects each are shown page by page', async () => {
  const seed = seedRows({ authSource: 'keycloak', projectLimit: 3 });
  const users = Array.from({ length: 20_000 }, (_, at) =>
    managedUser(1, `u${at}`, { id: `33333333-3333-4333-8333-${String(at).padStart(12, '0')}` }),
  );
  const projects = Array.from({ length: 500 }, (_, at) => managedProject(`p${at}`));
  const memberships = users.flatMap(({ id: userId }, at) =>
    ['compilers', `p${at % 500}`, `p${(at + 1) % 500}`, `p${(at + 2) % 500}`].map((project) => ({
      userId,
      project,
      isProjectAdmin: false,
      date: null,
    })),
  );
  const managed = createMemoryManagedStore({
    ...seed,
    users: [...seed.users, ...users],
    projects: [...seed.projects, ...projects],
    memberships: [...seed.memberships, ...memberships],
  });
  const sandbox = await startSandbox({ access: 'platform', managed });
  try {
    const browser = new SettingsVisitor(sandbox.url);
    await browser.signIn('grace');
    const users = await browser.open(`${PATH}/users?page=900`);
    expect(users.text).toContain('Page 900 of 1001');
    const members = await browser.open(`${PATH}/projects/compilers?page=900`);
    expect(members.text).toContain('Members (20001)');
    expect(members.html.length).toBeLessThan(50_000);
    const added = await browser.submit(await browser.open(`${PATH}/projects/difference-engine`), 'add', {
      email: 'u19999@example.com',
      role: 'user',
    });
    expect([added.status, added.text]).toEqual([
      403,
      expect.stringContaining('Project assignment limit reached'),
    ]);
  } finally {
    await sandbox.close();
  }
});
