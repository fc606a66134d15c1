import { afterEach, describe, expect, it } from 'vitest';
import { USERS } from '../../../src/sandbox/people-and-models.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../src/sandbox/start.ts';
import { SettingsVisitor } from '../../support/settings-visitor.ts';

const PROJECTS = '/settings/administration/projects';
const idOf = (name: string): string => USERS.find(({ username }) => username === name)!.id;

let sandbox: Sandbox;
let browser: SettingsVisitor;
afterEach(() => sandbox.close());

async function start(options: SandboxOptions = {}, as = 'grace'): Promise<void> {
  sandbox = await startSandbox({ access: 'platform', ...options });
  browser = new SettingsVisitor(sandbox.url);
  await browser.signIn(as);
}

interface ProjectBody {
  readonly members: readonly { readonly user_id: string; readonly is_project_admin: boolean }[];
}

async function fromApi(project: string): Promise<ProjectBody> {
  const authorization = `Bearer ${await sandbox.mintToken({ user: 'grace' })}`;
  return (await (
    await fetch(`${sandbox.apiUrl}/v1/projects/${project}`, { headers: { authorization } })
  ).json()) as ProjectBody;
}

describe('Projects management', () => {
  it('creates a project, and deletes it once nobody but its creator is in it', async () => {
    await start();
    const list = await browser.open(PROJECTS);
    expect(list.text).toContain('Projects (8)');
    const created = await browser.submit(list, 'create', {
      name: 'looms',
      display_name: 'Looms of Lyon',
      description: 'Cards with holes',
    });
    expect(created.url.pathname).toBe(`${PROJECTS}/looms`);
    expect(created.text).toContain('The project looms was created.');
    expect(created.text).toContain('Looms of Lyon');
    expect((await browser.open(`${PROJECTS}?search=lyon`)).text).toContain('Projects (1)');
    const added = await browser.submit(created, 'add', { email: 'BOB@sandbox.example', role: 'admin' });
    expect(added.text).toContain('Bob Babbage is now a member.');
    expect((await fromApi('looms')).members).toContainEqual(
      expect.objectContaining({ user_id: idOf('bob'), is_project_admin: true }),
    );
    const kept = await browser.submit(added, 'delete', { sure: 'on' });
    expect([kept.status, kept.text]).toEqual([409, expect.stringContaining('Remove all users first')]);
    const lowered = await browser.submit(kept, 'change-role', { user: idOf('bob'), role: 'user' });
    expect(lowered.text).toContain('The role was changed.');
    expect((await fromApi('looms')).members).toContainEqual(
      expect.objectContaining({ user_id: idOf('bob'), is_project_admin: false }),
    );
    const alone = await browser.submit(lowered, 'remove', { user: idOf('bob') });
    expect(alone.text).toContain('The user is no longer a member.');
    const unsure = await browser.submit(alone, 'delete');
    expect([unsure.status, unsure.text]).toEqual([400, expect.stringContaining('Yes, delete this project')]);
    const deleted = await browser.submit(unsure, 'delete', { sure: 'on' });
    expect([deleted.url.pathname, deleted.text]).toEqual([PROJECTS, expect.stringContaining('Projects (8)')]);
  });

  it('shows the rules of the API for names, and keeps what was typed', async () => {
    await start();
    const fields = { name: 'Looms!', display_name: 'Looms', description: 'Cards' };
    const refused = await browser.submit(await browser.open(PROJECTS), 'create', fields);
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('Invalid project name')]);
    expect(browser.form(refused, 'create').fields).toMatchObject({ name: 'Looms!', display_name: 'Looms' });
    expect(refused.html).toContain('>Cards</textarea>');
  });

  it('says so when no user has the email, and when the creator shall leave', async () => {
    await start();
    const page = await browser.open(`${PROJECTS}/compilers`);
    const nobody = await browser.submit(page, 'add', { email: 'bob@sandbox', role: 'user' });
    expect([nobody.status, nobody.text]).toEqual([404, expect.stringContaining('No user has the email')]);
    const creator = await browser.submit(page, 'remove', { user: idOf('grace') });
    expect([creator.status, creator.text]).toEqual([
      400,
      expect.stringContaining('Cannot remove the project creator'),
    ]);
  });

  it('leaves the members of a personal project alone', async () => {
    await start();
    const page = await browser.open(`${PROJECTS}/${encodeURIComponent('ada@sandbox.example')}`);
    expect(page.text).toContain('Nobody can change the members of a personal project.');
    expect(page.forms.flatMap(({ actions }) => actions).filter((action) => action !== '')).toEqual([]);
    const token = page.forms[0]?.fields['token'] ?? '';
    const refused = await browser.post(page.url, { token, do: 'remove', user: idOf('ada') });
    expect(refused.status).toBe(403);
  });

  it('has budget columns by switch, and the budget section for maintainers only', async () => {
    await start({ page: { budgetManagement: true } });
    const list = await browser.open(PROJECTS);
    expect(list.html).toContain('<th scope="col">Budgets</th>');
    const page = await browser.open(`${PROJECTS}/difference-engine`);
    expect(page.html).toContain('<th scope="col">Budget allocations</th>');
    expect(page.text).toContain('Budgets of the project Category Budget Platform No budget CLI No budget');
    const ada = new SettingsVisitor(sandbox.url);
    await ada.signIn('ada');
    const hers = await ada.open(`${PROJECTS}/difference-engine`);
    expect(hers.html).toContain('<th scope="col">Budget allocations</th>');
    expect(hers.text).not.toContain('Budgets of the project');
  });

  it('shows the administrator of a project theirs, without Users management', async () => {
    await start({}, 'ada');
    const page = await browser.open('/settings/administration');
    expect(page.url.pathname).toBe(PROJECTS);
    expect(page.text).not.toContain('Users management');
    expect(page.text).toContain('difference-engine');
    expect(page.text).not.toContain('compilers');
    const project = await browser.open(`${PROJECTS}/difference-engine`);
    expect(project.html).not.toContain('/settings/administration/users/');
    const added = await browser.submit(project, 'add', { email: 'eve@sandbox.example', role: 'user' });
    expect(added.text).toContain('Eve Outsider is now a member.');
    const other = await browser.submit(await browser.open(`${PROJECTS}/analytical-engine`), 'add', {
      email: 'eve@sandbox.example',
      role: 'user',
    });
    expect([other.status, other.text]).toEqual([404, expect.stringContaining('Project not found')]);
  });
});
