import { afterEach, describe, expect, it } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../src/sandbox/start.ts';
import { SettingsVisitor, type Shown } from '../../support/settings-visitor.ts';

let sandbox: Sandbox;
afterEach(() => sandbox.close());

async function visitor(options: SandboxOptions = {}): Promise<SettingsVisitor> {
  sandbox = await startSandbox({ access: 'platform', ...options });
  return new SettingsVisitor(sandbox.url);
}

async function signOut(browser: SettingsVisitor, page: Shown): Promise<Shown> {
  const form = page.forms.find(({ action }) => action.pathname === '/settings/sign-out');
  if (form === undefined) throw new Error(`nothing to sign out with on ${page.url}`);
  return browser.post(form.action, form.fields);
}

const session = (browser: SettingsVisitor): string =>
  /codemie_settings=(\w+)/.exec(browser.jar.headerFor(new URL('/settings', sandbox.url)))?.[1] ?? '';

describe('signing in to the settings', () => {
  it.each<[string, SandboxOptions, RegExp]>([
    ['the OpenID provider', {}, /^\/oidc\/interaction\//],
    ['the front server', { signIn: 'hand-off' }, /^\/oauth2\/start$/],
    ['the guarded front server', { front: 'guarded' }, /^\/oauth2\/start$/],
    ['a password', { signIn: 'local' }, /^\/settings\//],
  ])('%s brings a person back to the page they asked for', async (_, options, form) => {
    const browser = await visitor(options);
    const asked = '/settings/administration/users?search=ada';
    const first = await browser.open(asked);
    expect(first.status).toBe(200);
    expect(first.text).not.toContain('Ada Lovelace');
    expect(first.url.pathname).toMatch(form);
    const page = await browser.signIn('grace', asked);
    expect([page.status, `${page.url.pathname}${page.url.search}`]).toEqual([200, asked]);
    expect(page.text).toContain('Grace Hopper (Maintainer)');
    expect(page.text).toContain('Ada Lovelace');
  });

  it('a guarded front server and local accounts ask both', async () => {
    const browser = await visitor({ signIn: 'local', front: 'guarded' });
    const front = await browser.signIn('grace');
    expect(front.url.pathname).toBe('/settings');
    expect(front.forms[0]?.fields).toHaveProperty('email');
    const page = await browser.signIn('grace');
    expect(page.text).toContain('Grace Hopper (Maintainer)');
  });

  it('the OpenID provider asks for no consent, because the page belongs to the platform', async () => {
    const browser = await visitor();
    const page = await browser.signIn('ada');
    expect(page.url.pathname).toBe('/settings');
    expect(page.text).toContain('Ada Lovelace (Project Admin)');
  });

  it('a wrong password leaves the person on the form, with what the API says', async () => {
    const browser = await visitor({ signIn: 'local' });
    const page = await browser.open('/settings');
    const [form] = page.forms;
    const refused = await browser.post(form!.action, {
      ...form!.fields,
      email: 'ada@sandbox.example',
      password: 'wrong',
    });
    expect(refused.status).toBe(401);
    expect(refused.text).toContain('Invalid email or password');
    expect(refused.html).not.toContain('value="wrong"');
    expect((await browser.signIn('ada')).text).toContain('Ada Lovelace');
  });

  it('a code that belongs to another browser’s sign-in is worth nothing', async () => {
    const browser = await visitor();
    await browser.open('/settings');
    const stranger = await browser.open('/settings/callback?code=abc&state=guessed');
    expect([stranger.status, stranger.text]).toEqual([
      403,
      expect.stringContaining('This browser did not start this sign-in.'),
    ]);
    const fresh = new SettingsVisitor(sandbox.url);
    expect((await fresh.open('/settings/callback?code=abc&state=')).status).toBe(403);
  });

  it.each<SandboxOptions>([{}, { signIn: 'local' }])(
    'the session gets a new ID at the sign-in, so that one known before is worthless: %o',
    async (options) => {
      const browser = await visitor(options);
      await browser.open('/settings');
      const before = session(browser);
      await browser.signIn('grace');
      expect(before).toMatch(/^\w{64}$/);
      expect(session(browser)).toMatch(/^\w{64}$/);
      expect(session(browser)).not.toBe(before);
      const thief = await fetch(`${sandbox.url}/settings`, {
        redirect: 'manual',
        headers: { cookie: `codemie_settings=${before}` },
      });
      expect(await thief.text()).not.toContain('Grace');
    },
  );

  it('a person who signs in at the front server as somebody else gets a session of their own', async () => {
    const browser = await visitor({ signIn: 'hand-off' });
    await browser.signIn('grace');
    const graces = session(browser);
    const other = new SettingsVisitor(sandbox.url);
    await other.signIn('bob');
    const front = /_oauth2_proxy=[^;]*/.exec(other.jar.headerFor(new URL(sandbox.url)))?.[0] ?? '';
    browser.jar.store(new URL(sandbox.url), [`${front}; Path=/`]);
    expect((await browser.open('/settings')).text).toContain('Bob Babbage (User)');
    expect(session(browser)).not.toBe(graces);
  });

  it('an expired access token is renewed behind the page', async () => {
    const browser = await visitor();
    await browser.signIn('grace');
    await fetch(`${sandbox.controlUrl}/faults`, {
      method: 'POST',
      body: JSON.stringify({ fault: 'expire-access' }),
    });
    expect((await browser.open('/settings')).text).toContain('Grace Hopper (Maintainer)');
  });

  it('a session that the provider has ended shows what the API says, and a way out', async () => {
    const browser = await visitor();
    await browser.signIn('grace');
    for (const fault of ['expire-access', 'revoke-session'])
      await fetch(`${sandbox.controlUrl}/faults`, { method: 'POST', body: JSON.stringify({ fault }) });
    const page = await browser.open('/settings');
    expect([page.status, page.text]).toEqual([401, expect.stringContaining('Authentication failed')]);
    await signOut(browser, page);
    expect((await browser.open('/settings')).text).not.toContain('Authentication failed');
  });

  it('a deactivated person is told so, without going in circles', async () => {
    const browser = await visitor();
    const page = await browser.signIn('dan');
    expect([page.status, page.text]).toEqual([401, expect.stringContaining('Account is deactivated')]);
  });

  it.each<SandboxOptions>([{}, { signIn: 'hand-off' }, { signIn: 'local' }])(
    'signing out ends the session on the server too: %o',
    async (options) => {
      const browser = await visitor(options);
      const page = await browser.signIn('grace');
      const id = session(browser);
      const out = await signOut(browser, page);
      expect([out.url.pathname, out.status]).toEqual(['/settings/signed-out', 200]);
      expect(out.text.includes('End it too')).toBe(options.signIn === undefined);
      expect(session(browser)).toBe('');
      const again = await fetch(`${sandbox.url}/settings`, {
        redirect: 'manual',
        headers: { cookie: `codemie_settings=${id}` },
      });
      expect(await again.text()).not.toContain('Grace');
      if (options.signIn === 'hand-off')
        expect((await browser.open('/settings')).text).toContain('Sign in to the CodeMie sandbox');
    },
  );

  it('a person can end the session at the provider too, comes back, and the next sign-in asks again', async () => {
    const browser = await visitor();
    const out = await signOut(browser, await browser.signIn('grace'));
    const link =
      /href="([^"]*\/oidc\/session\/end[^"]*)"/.exec(out.html)?.[1]?.replaceAll('&#38;', '&') ?? '';
    const provider = await browser.open(link);
    const hidden = /name="xsrf" value="([^"]*)"/.exec(provider.html)?.[1] ?? '';
    const action = /action="([^"]*)"/.exec(provider.html)?.[1] ?? '';
    const end = await browser.post(new URL(action, sandbox.url), { xsrf: hidden, logout: 'yes' });
    expect([end.url.pathname, end.text]).toEqual([
      '/settings/signed-out',
      expect.stringContaining('You are signed out'),
    ]);
    expect((await browser.open('/settings')).text).toContain('Sign in to the CodeMie sandbox');
  });

  it('the start page and another name of this machine lead to the settings', async () => {
    const browser = await visitor();
    const html = { accept: 'text/html' };
    const start = await fetch(`${sandbox.url}/`, { redirect: 'manual', headers: html });
    expect([start.status, start.headers.get('location')]).toEqual([302, '/settings']);
    expect((await fetch(`${sandbox.url}/`)).status).toBe(404);
    const named = await fetch(`http://localhost:${sandbox.port}/settings?a=b`, { redirect: 'manual' });
    expect(named.headers.get('location')).toBe(`${sandbox.url}/settings?a=b`);
    expect((await browser.open('/settings/nowhere')).url.pathname).toContain('/oidc/');
  });

  it.each<SandboxOptions>([{}, { signIn: 'hand-off' }, { signIn: 'local' }])(
    'works behind a reverse proxy, under its address: %o',
    async (options) => {
      const origin = 'https://codemie.example';
      sandbox = await startSandbox({ access: 'platform', publicUrl: origin, ...options });
      const local = `http://127.0.0.1:${sandbox.port}`;
      const browser = new SettingsVisitor(origin, local);
      const page = await browser.signIn('grace', '/settings/administration/users');
      expect(page.url.href).toBe(`${origin}/settings/administration/users`);
      expect(page.text).toContain('Ada Lovelace');
      // A proxy may call this machine by another name.
      const named = await fetch(`http://localhost:${sandbox.port}/settings/signed-out`, {
        redirect: 'manual',
      });
      expect(named.status).toBe(200);
      const form = page.forms.find(({ action }) => action.pathname === '/settings/sign-out');
      expect((await browser.post(form!.action, form!.fields, { origin: local })).status).toBe(403);
      expect((await browser.open('/settings')).text).toContain('Grace Hopper');
    },
  );

  it('--auto-approve signs in without a form', async () => {
    const browser = await visitor({ autoApprove: 'grace' });
    expect((await browser.open('/settings/administration')).text).toContain('Grace Hopper (Maintainer)');
  });
});
