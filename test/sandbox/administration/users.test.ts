import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryManagedStore } from '../../../src/sandbox/managed/memory.ts';
import type { Rows } from '../../../src/sandbox/managed/rows.ts';
import { seedRows } from '../../../src/sandbox/managed/seed.ts';
import { USERS } from '../../../src/sandbox/people-and-models.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../src/sandbox/start.ts';
import { managedProject, managedUser } from '../../support/managed-store.ts';
import { SettingsVisitor, type Shown } from '../../support/settings-visitor.ts';

const USERS_PATH = '/settings/administration/users';
const idOf = (name: string): string => USERS.find(({ username }) => username === name)!.id;
const pathOf = (name: string): string => `${USERS_PATH}/${idOf(name)}`;

let sandbox: Sandbox;
let browser: SettingsVisitor;
afterEach(() => sandbox.close());

async function start(options: SandboxOptions = {}, as = 'grace'): Promise<void> {
  sandbox = await startSandbox({ access: 'platform', ...options });
  browser = new SettingsVisitor(sandbox.url);
  await browser.signIn(as);
}

/** The sandbox's own rows, and these. */
const rows = (more: Partial<Rows>): Rows => {
  const seed = seedRows({ authSource: 'keycloak', projectLimit: 3 });
  return {
    ...seed,
    users: [...seed.users, ...(more.users ?? [])],
    projects: [...seed.projects, ...(more.projects ?? [])],
    memberships: [...seed.memberships, ...(more.memberships ?? [])],
  };
};

/** The cells of each row of the first table, as texts. */
function tableOf({ html }: Shown): readonly (readonly string[])[] {
  const [table = ''] = /<tbody>.*?<\/tbody>/s.exec(html) ?? [];
  return [...table.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) =>
      cell
        .replaceAll(/<[^>]*>/g, ' ')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    ),
  );
}

/** What the API itself says about a user. */
async function fromApi(name: string): Promise<Record<string, unknown>> {
  const authorization = `Bearer ${await sandbox.mintToken({ user: 'grace' })}`;
  const answer = await fetch(`${sandbox.apiUrl}/v1/admin/users/${idOf(name)}`, {
    headers: { authorization },
  });
  return (await answer.json()) as Record<string, unknown>;
}

describe('Users management', () => {
  it('lists each user with type, roles and projects; three have their names', async () => {
    const memberships = ['one', 'two', 'three', 'four', 'five'].map((project) => ({
      userId: managedUser(1, 'ann').id,
      project,
      isProjectAdmin: false,
      date: null,
    }));
    const projects = memberships.map(({ project }) => managedProject(project));
    const ann = managedUser(1, 'ann', { userType: 'external' });
    const managed = createMemoryManagedStore(rows({ users: [ann], projects, memberships }));
    await start({ managed, page: { budgetManagement: false } });
    const page = await browser.open(USERS_PATH);
    expect(page.text).toContain('Users (5)');
    const all = tableOf(page);
    expect(all).toContainEqual([
      'ann Example',
      'ann@example.com',
      'external',
      'No',
      'No',
      'five four one +2',
    ]);
    expect(all).toContainEqual([
      'Ada Lovelace',
      'ada@sandbox.example',
      'regular',
      'Yes',
      'No',
      'ada@sandbox.example analytical-engine difference-engine',
    ]);
    expect(all.find(([name]) => name === 'Grace Hopper')?.[4]).toBe('Yes, maintainer');
  });

  it('filters by text, project and role, and keeps the filters from page to page', async () => {
    const many = Array.from({ length: 25 }, (_, at) =>
      managedUser(1, `user${at}`, { id: `33333333-3333-4333-8333-3333333333${at + 10}` }),
    );
    await start({ managed: createMemoryManagedStore(rows({ users: many })) });
    const names = async (query: string): Promise<readonly (string | undefined)[]> =>
      tableOf(await browser.open(`${USERS_PATH}?${query}`)).map(([name]) => name);
    expect(await names('search=LOVELACE')).toEqual(['Ada Lovelace']);
    expect(await names('project=analytical-engine&search=sandbox')).toEqual(
      expect.arrayContaining(['Ada Lovelace', 'Bob Babbage']),
    );
    expect(await names('role=admin')).toEqual(['Grace Hopper']);
    expect(await names('role=platform_admin')).toEqual(['Ada Lovelace']);
    expect(await names('search=nobody-at-all')).toEqual(['No user matches.']);
    const first = await browser.open(`${USERS_PATH}?search=example&size=10`);
    expect(tableOf(first)).toHaveLength(10);
    expect(first.text).toContain('Page 1 of 3 Next page');
    expect(first.text).not.toContain('Previous page');
    const next = /href="([^"]*page=2[^"]*)"/.exec(first.html)?.[1]?.replaceAll('&#38;', '&') ?? '';
    expect(next).toContain('search=example');
    const second = await browser.open(next);
    expect(second.text).toContain('Previous page Page 2 of 3 Next page');
    expect(await names('page=-1&size=7')).toHaveLength(20);
    expect((await browser.open(`${USERS_PATH}?role=emperor`)).text).toContain(
      "The platform's API refused this",
    );
  });

  it('has a Budgets column only where budgets are switched on', async () => {
    await start({ page: { budgetManagement: true } });
    const page = await browser.open(USERS_PATH);
    expect(page.html).toContain('<th scope="col">Budgets</th>');
    expect(tableOf(page)[0]?.at(-1)).toBe('No budget');
    await sandbox.close();
    await start({ page: { budgetManagement: false } });
    expect((await browser.open(USERS_PATH)).text).not.toMatch(/budget/i);
  });
});

describe('the page of a user', () => {
  it('adds a project, changes the role in it and removes it', async () => {
    await start();
    const page = await browser.open(pathOf('bob'));
    const added = await browser.submit(page, 'add-project', { project: 'compilers', role: 'user' });
    expect([added.status, added.url.pathname]).toEqual([200, pathOf('bob')]);
    expect(added.text).toContain('The user is now in compilers.');
    expect(await fromApi('bob')).toMatchObject({
      projects: expect.arrayContaining([
        expect.objectContaining({ name: 'compilers', is_project_admin: false }),
      ]),
    });
    expect((await browser.open(pathOf('bob'))).text).not.toContain('The user is now in');
    const raised = await browser.submit(added, 'change-role', { project: 'compilers', role: 'admin' });
    expect(raised.text).toContain('The role in compilers was changed.');
    expect(await fromApi('bob')).toMatchObject({
      projects: expect.arrayContaining([
        expect.objectContaining({ name: 'compilers', is_project_admin: true }),
      ]),
    });
    expect(tableOf(await browser.open(`${USERS_PATH}?search=bob`))[0]?.[3]).toBe('Yes');
    const removed = await browser.submit(raised, 'remove-project', { project: 'compilers' });
    expect(removed.text).toContain('The user is no longer in compilers.');
    expect(JSON.stringify(await fromApi('bob'))).not.toContain('compilers');
  });

  it('shows a personal project without controls', async () => {
    await start();
    const page = await browser.open(pathOf('bob'));
    expect(tableOf(page)).toContainEqual(['bob@sandbox.example', 'User', 'Personal project']);
    expect(page.forms.some(({ fields }) => fields['project'] === 'bob@sandbox.example')).toBe(false);
  });

  it('refuses a project beyond the limit in the words of the API, and keeps what was typed', async () => {
    await start({ platform: { projectLimit: 1 } });
    const page = await browser.open(pathOf('bob'));
    const refused = await browser.submit(page, 'add-project', { project: 'compilers', role: 'user' });
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('Project assignment limit reached');
    expect(refused.text).toContain('Raise the project limit of the user');
    expect(refused.html).toContain('<title>Error: Bob Babbage');
    expect(refused.html).toContain('role="alert"');
    expect(browser.form(refused, 'add-project').fields).toMatchObject({ project: 'compilers' });
    const raised = await browser.submit(refused, 'save', { project_limit: '2', user_type: 'external' });
    expect(raised.text).toContain('The user was saved.');
    const added = await browser.submit(raised, 'add-project', { project: 'compilers', role: 'user' });
    expect(added.text).toContain('The user is now in compilers.');
    expect(await fromApi('bob')).toMatchObject({ project_limit: 2, user_type: 'external' });
  });

  it('lets a maintainer grant and take back the roles of the platform', async () => {
    await start();
    let page = await browser.open(pathOf('bob'));
    page = await browser.submit(page, 'save-roles', { is_admin: 'on' });
    expect(page.text).toContain('The roles were saved.');
    expect(await fromApi('bob')).toMatchObject({ is_admin: true, is_maintainer: false, project_limit: null });
    expect(page.forms.some(({ fields }) => 'project_limit' in fields)).toBe(false);
    page = await browser.submit(page, 'save-roles', { is_maintainer: 'on' });
    expect(await fromApi('bob')).toMatchObject({ is_admin: true, is_maintainer: true });
    const form = browser.form(page, 'save-roles');
    expect(form.fields).toMatchObject({ is_admin: 'on', is_maintainer: 'on' });
    page = await browser.post(form.action, { token: form.fields['token']!, do: 'save-roles' });
    expect(await fromApi('bob')).toMatchObject({ is_admin: false, is_maintainer: false });
  });

  it('shows nobody else the switches, and the API refuses a form made by hand', async () => {
    const seed = seedRows({ authSource: 'keycloak', projectLimit: 3 });
    const users = seed.users.map((user) =>
      user.username === 'ada' ? { ...user, isAdmin: true, projectLimit: null } : user,
    );
    await start({ managed: createMemoryManagedStore({ ...seed, users }) }, 'ada');
    const page = await browser.open(pathOf('bob'));
    expect(page.text).toContain('Ada Lovelace (Super Admin)');
    expect(page.text).toContain('Only a maintainer can change these roles.');
    expect(page.html).not.toContain('name="is_admin"');
    const { fields } = browser.form(page, 'save');
    const refused = await browser.post(page.url, {
      token: fields['token']!,
      do: 'save-roles',
      is_admin: 'on',
    });
    expect([refused.status, refused.text]).toEqual([
      403,
      expect.stringContaining('Only maintainers can modify admin or maintainer roles'),
    ]);
    expect(await fromApi('bob')).toMatchObject({ is_admin: false });
  });

  it('protects the last administrator: the API says no', async () => {
    await start();
    const page = await browser.open(pathOf('grace'));
    const { action, fields } = browser.form(page, 'save-roles');
    const refused = await browser.post(action, { token: fields['token']!, do: 'save-roles' });
    expect([refused.status, refused.text]).toEqual([
      403,
      expect.stringContaining('Cannot revoke own admin status'),
    ]);
    expect(await fromApi('grace')).toMatchObject({ is_admin: true, is_maintainer: true });
  });

  it('of somebody who does not exist is what the API answers', async () => {
    await start();
    const page = await browser.open(`${USERS_PATH}/33333333-3333-4333-8333-333333333333`);
    expect([page.status, page.text]).toEqual([404, expect.stringContaining('User not found')]);
    expect((await browser.open(`${USERS_PATH}/%E0%A4%A`)).status).toBe(404);
  });
});

describe('names with markup', () => {
  it('are texts on every page', async () => {
    const evil = '<script>alert(1)<"\'&';
    const user = managedUser(1, 'eve2', { name: evil, email: `"${evil}"@example.com`, userType: evil });
    const project = managedProject(evil, { displayName: evil, description: evil });
    const memberships = [
      { userId: user.id, project: evil, isProjectAdmin: true, date: `${evil}2026-01-01T00:00` },
    ];
    await start({
      managed: createMemoryManagedStore(rows({ users: [user], projects: [project], memberships })),
    });
    const name = encodeURIComponent(evil);
    const paths = [
      USERS_PATH,
      `${USERS_PATH}?search=${name}&project=${name}`,
      `${USERS_PATH}/${user.id}`,
      '/settings/administration/projects',
      `/settings/administration/projects?search=${name}`,
      `/settings/administration/projects/${name}`,
    ];
    for (const path of paths) {
      const page = await browser.open(path);
      expect([path, page.status]).toEqual([path, 200]);
      expect(page.html).not.toContain('<script');
      expect(page.text, path).toContain(evil);
    }
    const page = await browser.open(`${USERS_PATH}/${user.id}`);
    const changed = await browser.submit(page, 'change-role', { project: evil, role: 'user' });
    expect(changed.text).toContain(`The role in ${evil} was changed.`);
    expect(changed.html).not.toContain('<script');
    const unknown = await browser.submit(page, 'add-project', { project: evil, role: 'user' });
    expect(unknown.status).toBe(409);
    expect(unknown.html).not.toContain('<script');
  });
});
