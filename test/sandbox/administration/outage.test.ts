import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { USERS } from '../../../src/sandbox/people-and-models.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/start.ts';
import { SettingsVisitor } from '../../support/settings-visitor.ts';

const USERS_PATH = '/settings/administration/users';
const BOB = `${USERS_PATH}/${USERS.find(({ username }) => username === 'bob')!.id}`;

let sandbox: Sandbox;
let browser: SettingsVisitor;
beforeAll(async () => {
  sandbox = await startSandbox({ access: 'platform' });
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  await fetch(`${sandbox.controlUrl}/faults`, { method: 'DELETE' });
  browser = new SettingsVisitor(sandbox.url);
  await browser.signIn('grace');
});

async function fault(name: string, count = 1): Promise<void> {
  const answer = await fetch(`${sandbox.controlUrl}/faults`, {
    method: 'POST',
    body: JSON.stringify({ fault: name, count }),
  });
  expect(answer.status).toBe(200);
}

describe('a page while the API has a problem', () => {
  it.each([
    ['500', 500],
    ['429', 429],
    ['api-403', 403],
    ['api-302-login', 401],
    ['api-200-login', 502],
    ['drop', 502],
  ])('%s: shows the problem instead of the page, and the page when it is over', async (name, status) => {
    await fault(name);
    const page = await browser.open(USERS_PATH);
    expect([page.status, page.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
    expect(page.html).toContain('role="alert"');
    expect(page.html).toMatch(/<title>Error: /);
    expect(page.text).toContain("The platform's API");
    // The visitor can sign out, and sees no names of others.
    expect(page.forms.map(({ action }) => action.pathname)).toEqual(['/settings/sign-out']);
    expect(page.text).not.toContain('Lovelace');
    expect((await browser.open(USERS_PATH)).text).toContain('Ada Lovelace');
  });

  it('a refused access token is replaced, once, and the page is there', async () => {
    await fault('api-401');
    expect((await browser.open(USERS_PATH)).text).toContain('Ada Lovelace');
    await fault('api-401', 2);
    const page = await browser.open(USERS_PATH);
    expect(page.status).toBe(401);
    expect(page.text).toContain('Sign out to sign in again.');
  });

  it('a change that the API did not make is not reported as made', async () => {
    const page = await browser.open(BOB);
    // The first call of a request asks who the visitor is.
    await fault('500');
    const refused = await browser.submit(page, 'add-project', { project: 'compilers', role: 'user' });
    expect(refused.status).toBe(500);
    expect(refused.text).not.toContain('is now in');
    const after = await browser.open(BOB);
    expect(after.text).not.toContain('compilers');
    const added = await browser.submit(after, 'add-project', { project: 'compilers', role: 'user' });
    expect(added.text).toContain('The user is now in compilers.');
    const twice = await browser.submit(after, 'add-project', { project: 'compilers', role: 'user' });
    expect([twice.status, twice.text]).toEqual([
      409,
      expect.stringContaining('User already has access to this project'),
    ]);
    await browser.submit(twice, 'remove-project', { project: 'compilers' });
  });

  it('tells each session its own news, once', async () => {
    const other = new SettingsVisitor(sandbox.url);
    await other.signIn('grace');
    const added = await browser.submit(await browser.open(BOB), 'save', { user_type: 'external' });
    expect(added.text).toContain('The user was saved.');
    expect((await other.open(BOB)).text).not.toContain('The user was saved.');
    expect((await browser.open(BOB)).text).not.toContain('The user was saved.');
    expect((await other.open(BOB)).html).toContain('<option value="external" selected>');
  });

  it('every call of the API carries the visitor’s own credential', async () => {
    const since = sandbox.events().at(-1)?.seq ?? 0;
    await browser.open(USERS_PATH);
    const ada = new SettingsVisitor(sandbox.url);
    await ada.signIn('ada', '/settings/administration/projects');
    const calls = sandbox.events(since).filter(({ kind, route }) => kind === 'api' && route !== '/v1/config');
    expect(new Set(calls.map(({ user }) => user))).toEqual(new Set(['grace', 'ada']));
    expect(calls.filter(({ user }) => user === 'ada').map(({ route }) => route)).toEqual([
      '/v1/user',
      '/v1/projects',
    ]);
  });
});
