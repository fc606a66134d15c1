import { request as open } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { html } from '../../../src/sandbox/administration/html.ts';
import { createSessions } from '../../../src/sandbox/administration/sessions.ts';
import { STYLE } from '../../../src/sandbox/administration/style.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/start.ts';
import { SettingsVisitor, type Shown, type ShownForm } from '../../support/settings-visitor.ts';

let sandbox: Sandbox;
let browser: SettingsVisitor;
let page: Shown;
let signOut: ShownForm;
beforeAll(async () => {
  sandbox = await startSandbox({ access: 'platform' });
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  browser = new SettingsVisitor(sandbox.url);
  page = await browser.signIn('grace', '/settings/administration/users');
  signOut = page.forms.find(({ action }) => action.pathname === '/settings/sign-out')!;
});

const isStillIn = async (): Promise<boolean> =>
  (await browser.open('/settings')).text.includes('Grace Hopper');

describe('a page of the settings', () => {
  it('allows nothing but its own style, and nobody may frame or store it', async () => {
    const pages = [page, await browser.open('/settings/nowhere'), await browser.open('/settings/signed-out')];
    for (const { headers, url } of pages) {
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy, url.href).toMatch(
        /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
      );
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('referrer-policy')).toBe('same-origin');
    }
  });

  it('has no script, no handler and no style besides the one in its policy', async () => {
    const { createHash } = await import('node:crypto');
    const styles = [...page.html.matchAll(/<style>(.*?)<\/style>/gs)].map(([, style = '']) => style);
    const hashes = styles.map((style) => createHash('sha256').update(style).digest('base64'));
    expect(page.headers.get('content-security-policy')).toContain(`'sha256-${hashes[0]}'`);
    expect(styles.length).toBe(1);
    expect(page.html).not.toMatch(/<script| style=| on\w+=|javascript:/i);
  });

  it('has a language, a title, one heading, landmarks, labels and table headers', async () => {
    const user = await browser.open('/settings/administration/users/1b0f7c52-6d0e-4a35-9a41-5f2f3c8e0a01');
    for (const { html: text } of [page, user]) {
      expect(text).toContain('<html lang="en">');
      expect(text).toMatch(/<title>[^<]+ - CodeMie sandbox<\/title>/);
      expect(text.match(/<h1>/g)).toHaveLength(1);
      for (const landmark of ['<header>', '<main id="main"', '<nav aria-label="Main">'])
        expect(text).toContain(landmark);
      expect(text).toContain('aria-label="Administration"');
      expect(text).toContain('aria-current="page"');
      const fields = [...text.matchAll(/<(?:input|select|textarea)(?![^>]*type="hidden")[^>]*>/g)];
      expect(fields.length).toBeGreaterThan(3);
      for (const [field] of fields) {
        const id = / id="([^"]+)"/.exec(field)?.[1];
        expect(text.split(`<label for="${id}"`), field).toHaveLength(2);
        expect(text.split(` id="${id}"`), field).toHaveLength(2);
      }
      expect(text).toMatch(/<th scope="col">/);
      expect(text).toMatch(/<th scope="row">/);
    }
  });

  it('sends a cookie that scripts and other sites do not get', async () => {
    const answer = await fetch(`${sandbox.url}/settings`, { redirect: 'manual' });
    expect(answer.headers.get('set-cookie')).toMatch(
      /^codemie_settings=\w{64}; Path=\/settings; Max-Age=43200; HttpOnly; SameSite=Lax$/,
    );
    expect(createSessions(() => 0, 'https://codemie.example').cookie()).toMatch(/; Secure$/);
  });
});

describe('a form', () => {
  it('counts only with the token of its own session', async () => {
    const other = new SettingsVisitor(sandbox.url);
    const theirs = (await other.signIn('ada')).forms.find(({ action }) =>
      action.pathname.endsWith('sign-out'),
    )!;
    for (const token of ['', 'guessed', theirs.fields['token']!, `${signOut.fields['token']}x`]) {
      const refused = await browser.post(signOut.action, { token });
      expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('nothing was changed')]);
    }
    expect(await isStillIn()).toBe(true);
  });

  it('counts only when the browser says that this page sent it', async () => {
    const sites = ['https://evil.example', `http://127.0.0.1:${sandbox.port + 1}`, 'null'];
    const origins: Record<string, string>[] = [{}, ...sites.map((origin) => ({ origin }))];
    for (const origin of origins) {
      const refused = await browser.post(signOut.action, signOut.fields, origin);
      expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('nothing was changed')]);
    }
    expect(await isStillIn()).toBe(true);
  });

  it('is refused beyond 16 KiB, without a length, and in another encoding', async () => {
    const status = (headers: Record<string, string>, body: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const cookie = browser.jar.headerFor(signOut.action);
        const request = open(signOut.action, {
          method: 'POST',
          agent: false,
          headers: { origin: sandbox.url, cookie, ...headers },
        });
        request.on('response', (answer) => resolve(answer.resume().statusCode ?? 0));
        request.on('error', reject);
        request.end(body);
      });
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const form = `token=${signOut.fields['token']}`;
    expect(await status({ ...type, 'content-length': '16385' }, `${form}&x=${'y'.repeat(16_314)}`)).toBe(413);
    expect(await status({ ...type, 'transfer-encoding': 'chunked' }, form)).toBe(413);
    expect(await status({ 'content-type': 'text/plain', 'content-length': String(form.length) }, form)).toBe(
      415,
    );
    expect(await isStillIn()).toBe(true);
    const cookie = browser.jar.headerFor(page.url);
    expect(await status({ ...type, 'content-length': String(form.length) }, form)).toBe(303);
    expect((await fetch(page.url, { headers: { cookie }, redirect: 'manual' })).status).toBe(302);
  });

  it('of somebody who is no longer signed in says so, instead of going to the sign-in', async () => {
    const stranger = new SettingsVisitor(sandbox.url);
    const refused = await stranger.post(page.url, { token: signOut.fields['token']!, do: 'create' });
    expect([refused.url.pathname, refused.status]).toEqual([page.url.pathname, 403]);
    expect(refused.text).toContain('a session that has ended');
  });

  it('with a change that no page knows changes nothing', async () => {
    const refused = await browser.post(page.url, { token: signOut.fields['token']!, do: 'constructor' });
    expect([refused.status, refused.text]).toEqual([
      400,
      expect.stringContaining('does not know that change'),
    ]);
  });
});

describe('other requests', () => {
  it('with methods that no page has are refused', async () => {
    for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PATCH'])
      expect((await fetch(page.url, { method })).status, method).toBe(405);
  });

  it('HEAD has the headers without the page', async () => {
    const answer = await fetch(page.url, {
      method: 'HEAD',
      headers: { cookie: browser.jar.headerFor(page.url) },
    });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });

  it('never bring a person to another site after the sign-in', async () => {
    const stranger = new SettingsVisitor(sandbox.url);
    const end = await stranger.signIn(
      'grace',
      '/settings//evil.example/%2F%2Fevil.example?to=//evil.example',
    );
    expect(end.url.origin).toBe(sandbox.url);
  });
});

describe('templates', () => {
  it('escape every part that is not a template', () => {
    const evil = `<script>alert("'&")</script>`;
    expect(html`<p title="${evil}">${evil}${[evil, html`<b>${1}</b>`]}${false}${undefined}</p>`.html).toBe(
      `<p title="${escaped}">${escaped}${escaped}<b>1</b></p>`,
    );
  });
  const escaped = '&#60;script&#62;alert(&#34;&#39;&#38;&#34;)&#60;/script&#62;';
});

describe('sessions', () => {
  it('end after twelve hours, and the oldest of too many ends', () => {
    let now = 0;
    const sessions = createSessions(() => now, 'http://127.0.0.1');
    const of = (id: string) => sessions.of({ headers: { cookie: `codemie_settings=${id}` } } as never)?.id;
    const first = sessions.start(undefined, {});
    expect(of(first.id)).toBe(first.id);
    now = 12 * 3_600_000;
    expect(of(first.id)).toBeUndefined();
    const second = sessions.start(undefined, {});
    for (let at = 0; at < 999; at += 1) sessions.start(undefined, {});
    expect(of(second.id)).toBe(second.id);
    sessions.start(undefined, {});
    expect(of(second.id)).toBeUndefined();
  });
});

describe('the colors', () => {
  it('have enough contrast in both schemes: text 4.5 to 1, lines 3 to 1', () => {
    const schemes = [...STYLE.matchAll(/:root\{(?:color-scheme[^;]*;)?(--[^}]*)\}/g)].map(
      ([, text = '']) => new Map(text.split(';').map((one) => one.split(':') as [string, string])),
    );
    expect(schemes).toHaveLength(2);
    for (const colors of schemes) {
      const of = (name: string): string => colors.get(`--${name}`) ?? '';
      for (const ground of ['back', 'soft']) {
        for (const name of ['text', 'link', 'bad', 'good'])
          expect(contrast(of(name), of(ground)), `${name} on ${ground}`).toBeGreaterThan(4.5);
        expect(contrast(of('line'), of(ground)), `line on ${ground}`).toBeGreaterThan(3);
      }
    }
  });

  /** WCAG 2, relative luminance and contrast ratio. */
  function contrast(one: string, other: string): number {
    const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }
  function luminance(color: string): number {
    const digits = color.length === 4 ? color.replaceAll(/[\da-f]/g, '$&$&') : color;
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(digits.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }
});
