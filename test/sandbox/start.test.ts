import { createHash, randomBytes } from 'node:crypto';
import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/start.ts';
import { browse } from '../support/browser.ts';
import { ADA_ID } from '../support/people.ts';

let sandbox: Sandbox;
async function start(options: SandboxOptions = {}): Promise<Sandbox> {
  sandbox = await startSandbox(options);
  return sandbox;
}
afterEach(() => sandbox.close());

const CLIENT = 'codemie-cli';

const b64 = (bytes: Buffer): string => bytes.toString('base64url');

async function api(path: string, token?: string, init: RequestInit = {}): Promise<Response> {
  const headers = {
    accept: 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...init.headers,
  };
  return fetch(`${sandbox.apiUrl}${path}`, { redirect: 'manual', ...init, headers });
}

function form(fields: Record<string, string>): RequestInit {
  return { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' };
}

async function codeFlow(): Promise<{ code: string; verifier: string; redirect: string; callback: URL }> {
  const verifier = b64(randomBytes(32));
  const redirect = 'http://127.0.0.1:49152/callback';
  const url = new URL(`${sandbox.issuer}/auth`);
  url.search = new URLSearchParams({
    client_id: CLIENT,
    response_type: 'code',
    redirect_uri: redirect,
    scope: 'openid profile email offline_access',
    state: 'state-1',
    nonce: 'nonce-1',
    code_challenge: b64(createHash('sha256').update(verifier).digest()),
    code_challenge_method: 'S256',
  }).toString();
  const callback = await browse(url.href, (next) => next.startsWith(redirect));
  return { code: callback.searchParams.get('code') ?? '', verifier, redirect, callback };
}

async function tokens(): Promise<{
  access_token: string;
  refresh_token: string;
  id_token: string;
  expires_in: number;
}> {
  const { code, verifier, redirect } = await codeFlow();
  const answer = await fetch(
    `${sandbox.issuer}/token`,
    form({
      grant_type: 'authorization_code',
      client_id: CLIENT,
      code,
      redirect_uri: redirect,
      code_verifier: verifier,
    }),
  );
  expect(answer.status).toBe(200);
  return (await answer.json()) as never;
}

const refresh = (refresh_token: string): Promise<Response> =>
  fetch(`${sandbox.issuer}/token`, form({ grant_type: 'refresh_token', client_id: CLIENT, refresh_token }));

describe('the OpenID provider', () => {
  it('signs in with code and PKCE on any loopback port, and the API accepts the token', async () => {
    await start({ autoApprove: 'ada' });
    const { callback } = await codeFlow();
    expect(callback.searchParams.get('state')).toBe('state-1');
    expect(callback.searchParams.get('iss')).toBe(sandbox.issuer);
    const { access_token } = await tokens();
    const user = await (await api('/v1/user', access_token)).json();
    expect(user).toMatchObject({ user_id: ADA_ID, username: 'ada', email: 'ada@sandbox.example' });
  });

  it('asks for user name, password and consent on its pages', async () => {
    await start();
    const url = new URL(`${sandbox.issuer}/auth`);
    url.search = new URLSearchParams({
      client_id: CLIENT,
      response_type: 'code',
      redirect_uri: 'http://127.0.0.1:1/callback',
      scope: 'openid',
      state: 's',
      code_challenge: b64(createHash('sha256').update('x'.repeat(43)).digest()),
      code_challenge_method: 'S256',
    }).toString();
    const seen: string[] = [];
    const end = await browse(
      url.href,
      (next) => next.startsWith('http://127.0.0.1:1/'),
      (page) => {
        seen.push(page.title);
        if (page.title.startsWith('Sign in'))
          return {
            username: 'bob',
            password: seen.length === 1 ? 'wrong' : 'bob-sandbox-password',
            do: 'login',
          };
        return { do: 'consent' };
      },
    );
    expect(seen).toEqual([
      'Sign in to the CodeMie sandbox',
      'Sign in to the CodeMie sandbox',
      'Allow access?',
    ]);
    expect(end.searchParams.get('code')).toBeTruthy();
  });

  it('rejects a sign-in without PKCE', async () => {
    await start({ autoApprove: 'ada' });
    const url = `${sandbox.issuer}/auth?client_id=${CLIENT}&response_type=code&redirect_uri=http://127.0.0.1:1/callback&scope=openid&state=s`;
    const end = await browse(url, (next) => next.startsWith('http://127.0.0.1:1/'));
    expect(end.searchParams.get('error')).toBe('invalid_request');
  });

  it('rotates refresh tokens, and revokes the grant when one is reused', async () => {
    await start({ autoApprove: 'ada' });
    const first = await tokens();
    const second = await refresh(first.refresh_token);
    expect(second.status).toBe(200);
    const rotated = ((await second.json()) as { refresh_token: string }).refresh_token;
    expect(rotated).not.toBe(first.refresh_token);
    const reuse = await refresh(first.refresh_token);
    expect([reuse.status, ((await reuse.json()) as { error: string }).error]).toEqual([400, 'invalid_grant']);
    expect((await refresh(rotated)).status).toBe(400);
    const outcomes = sandbox
      .events()
      .filter((event) => event.kind === 'token')
      .map((event) => [event.grant, event.outcome]);
    expect(outcomes).toEqual([
      ['authorization_code', 'ok'],
      ['refresh_token', 'ok'],
      ['refresh_token', 'invalid_grant'],
      ['refresh_token', 'invalid_grant'],
    ]);
  });

  it('honors short lifetimes and revocation', async () => {
    await start({ autoApprove: 'ada', accessTokenTtl: 5 });
    const { refresh_token, expires_in } = await tokens();
    expect(expires_in).toBe(5);
    await fetch(
      `${sandbox.issuer}/token/revocation`,
      form({ client_id: CLIENT, token: refresh_token, token_type_hint: 'refresh_token' }),
    );
    expect((await refresh(refresh_token)).status).toBe(400);
    expect(sandbox.events().some((event) => event.kind === 'revoke')).toBe(true);
  });

  it('connects a device by opening the address with auto-approval, and by form otherwise', async () => {
    for (const autoApprove of ['ada', undefined]) {
      if (sandbox) await sandbox.close();
      await start(autoApprove === undefined ? {} : { autoApprove });
      const begun = (await (
        await fetch(
          `${sandbox.issuer}/device/auth`,
          form({ client_id: CLIENT, scope: 'openid offline_access' }),
        )
      ).json()) as Record<string, string>;
      const poll = (): Promise<Response> =>
        fetch(
          `${sandbox.issuer}/token`,
          form({
            grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
            client_id: CLIENT,
            device_code: begun['device_code'] ?? '',
          }),
        );
      expect(await (await poll()).json()).toMatchObject({ error: 'authorization_pending' });
      if (autoApprove === undefined) {
        await browse(
          begun['verification_uri'] ?? '',
          () => false,
          (page) => {
            if (page.title === 'Connect a device')
              return { user_code: begun['user_code'] ?? '', ...page.hidden };
            if (page.title === 'Connect this device?') return page.hidden;
            if (page.title.startsWith('Sign in'))
              return { username: 'ada', password: 'ada-sandbox-password', do: 'login' };
            if (page.title === 'Allow access?') return { do: 'consent' };
            return undefined;
          },
        );
      } else expect((await fetch(begun['verification_uri_complete'] ?? '')).status).toBe(200);
      const done = await poll();
      expect(done.status).toBe(200);
      const { access_token, refresh_token } = (await done.json()) as Record<string, string>;
      expect(refresh_token).toBeTruthy();
      expect((await api('/v1/user', access_token)).status).toBe(200);
    }
  });
});

const LISTED = [
  'gpt-4.1',
  'gpt-4.1-mini',
  'gpt-5-2025-08-07',
  'gpt-5-mini-2025-08-07',
  'gpt-5-nano-2025-08-07',
  'o3-mini',
  'o1',
  'o3-2025-04-16',
  'o4-mini-2025-04-16',
  'claude-4-5-haiku',
  'claude-4-5-sonnet',
  'claude-sonnet-4-6',
  'claude-opus-4-5-20251101',
  'claude-opus-4-6-20260205',
  'gemini-3-flash',
  'gemini-3.1-pro',
  'gemini-3.1-flash-image',
  'deepseek-r1',
];

describe('the platform API', () => {
  beforeEach(() => start({ autoApprove: 'ada' }));

  it('names its issuer in protected-resource metadata', async () => {
    const metadata = await (
      await fetch(`${sandbox.url}/.well-known/oauth-protected-resource/code-assistant-api`)
    ).json();
    expect(metadata).toMatchObject({ authorization_servers: [sandbox.issuer], resource: sandbox.apiUrl });
  });

  it('verifies tokens: signature, algorithm, audience, expiry', async () => {
    const good = await sandbox.mintToken({ user: 'ada' });
    expect((await api('/v1/user', good)).status).toBe(200);
    const { privateKey } = await generateKeyPair('RS256');
    const claims = {
      iss: sandbox.issuer,
      aud: sandbox.apiUrl,
      sub: ADA_ID,
      exp: Math.floor(Date.now() / 1000) + 60,
    };
    const bad = {
      signature: await new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(privateKey),
      none: new UnsecuredJWT(claims).encode(),
      audience: await sandbox.mintToken({ user: 'ada', audience: 'https://elsewhere' }),
      expired: await sandbox.mintToken({ user: 'ada', ttlSeconds: -5 }),
      garbage: 'abc',
    };
    for (const [name, token] of Object.entries(bad)) {
      const answer = await api('/v1/user', token);
      expect([name, answer.status]).toEqual([name, 401]);
      expect(await answer.json()).toMatchObject({ error: { message: 'Authentication failed' } });
    }
    expect((await api('/v1/user')).status).toBe(401);
  });

  it('lists and allows each user the models of their roles', async () => {
    const models = async (user: string): Promise<string[]> => {
      const answer = await api('/v1/llm_models?include_all=true', await sandbox.mintToken({ user }));
      return ((await answer.json()) as { base_name: string }[]).map((model) => model.base_name);
    };
    expect(await models('ada')).toEqual(LISTED);
    expect(LISTED).toEqual(expect.arrayContaining(await models('bob')));
    expect(await models('bob')).not.toContain('claude-opus-4-6-20260205');
    expect(await models('eve')).toEqual([]);
    const call = async (user: string): Promise<number> => {
      const body = JSON.stringify({
        model: 'claude-opus-4-6-20260205',
        max_tokens: 9,
        messages: [{ role: 'user', content: 'hi' }],
      });
      return (await api('/v1/messages', await sandbox.mintToken({ user }), { method: 'POST', body })).status;
    };
    // The proxy behind the platform rejects with a 401, which says nothing about the sign-in.
    expect([await call('ada'), await call('bob')]).toEqual([200, 401]);
  });

  it('requires client 0.0.47 or newer when the version header is sent', async () => {
    const token = await sandbox.mintToken({ user: 'ada' });
    const call = async (version: string): Promise<number> =>
      (await api('/v1/models', token, { headers: { 'x-codemie-cli': version } })).status;
    expect([
      await call('codemie-cli/0.0.46'),
      await call('nonsense'),
      await call('codemie-cli/0.1.0'),
    ]).toEqual([426, 426, 200]);
  });

  it('rejects a foreign Host header, and control calls from web pages', async () => {
    const { get } = await import('node:http');
    const status = (path: string, headers: Record<string, string>): Promise<number> =>
      new Promise((resolve) =>
        get(`${sandbox.url}${path}`, { headers }, (answer) => resolve(answer.resume().statusCode ?? 0)),
      );
    expect(await status('/code-assistant-api/v1/info', { host: 'evil.example' })).toBe(421);
    const events = new URL(`${sandbox.controlUrl}/events`).pathname;
    expect(await status(events, { origin: 'https://evil.example' })).toBe(403);
    expect(await status(events, {})).toBe(200);
  });
});

describe('odd requests', () => {
  it('do not crash the sandbox, and print nothing', async () => {
    await start();
    for (const path of [
      '/oidc/token',
      '/oidc/interaction/stale',
      '/oidc/session/end',
      '/oidc/session/end/success',
      '//',
      '/oidc/device?user_code=ABCD-EFGH',
      '/oidc/me',
    ]) {
      const answer = await fetch(`${sandbox.url}${path}`, { headers: { origin: 'https://evil.example' } });
      expect(answer.status, path).toBeLessThan(500);
      const page = await answer.text();
      if (!path.includes('session/end')) expect(page, path).not.toContain('<script');
      expect(page, path).not.toContain('fonts.googleapis');
    }
    expect((await fetch(`${sandbox.apiUrl}/v1/info`)).status).toBe(200);
    expect((await fetch(`${sandbox.apiUrl}/api/hello`, { method: 'HEAD' })).status).toBe(404);
  });

  it('a streamed answer takes the requested time', async () => {
    await start();
    const token = await sandbox.mintToken({ user: 'ada' });
    const body = JSON.stringify({
      model: 'claude-sonnet-4-6',
      stream: true,
      messages: [{ role: 'user', content: 'wait 2 seconds' }],
    });
    const started = Date.now();
    await (await api('/v1/messages', token, { method: 'POST', body })).text();
    expect(Date.now() - started).toBeGreaterThan(1900);
  });
});

describe('faults', () => {
  beforeEach(() => start({ autoApprove: 'ada' }));
  const fault = (body: unknown): Promise<Response> =>
    fetch(`${sandbox.controlUrl}/faults`, { method: 'POST', body: JSON.stringify(body) });

  it.each([
    ['api-401', 401],
    ['api-403', 403],
    ['api-302-login', 302],
    ['api-200-login', 200],
    ['429', 429],
    ['500', 500],
  ])('%s gives %d, once', async (name, status) => {
    const token = await sandbox.mintToken({ user: 'ada' });
    expect((await fault({ fault: name, count: 1 })).status).toBe(200);
    const hit = await api('/v1/user', token);
    expect(hit.status).toBe(status);
    if (name === 'api-200-login') expect(hit.headers.get('content-type')).toContain('text/html');
    expect((await api('/v1/user', token)).headers.get('content-type')).toContain('json');
  });

  it('expire-access expires the tokens issued so far, and no later ones', async () => {
    const before = await sandbox.mintToken({ user: 'ada' });
    const { access_token, refresh_token } = await tokens();
    await fault({ fault: 'expire-access' });
    expect([(await api('/v1/user', before)).status, (await api('/v1/user', access_token)).status]).toEqual([
      401, 401,
    ]);
    const renewed = (await (await refresh(refresh_token)).json()) as { access_token: string };
    expect((await api('/v1/user', renewed.access_token)).status).toBe(200);
  });

  it('revoke-session ends refresh tokens', async () => {
    const { refresh_token } = await tokens();
    await fault({ fault: 'revoke-session' });
    expect((await refresh(refresh_token)).status).toBe(400);
  });

  it('drop, slow and clock-skew', async () => {
    const token = await sandbox.mintToken({ user: 'ada' });
    await fault({ fault: 'drop', count: 1 });
    await expect(api('/v1/user', token)).rejects.toThrow();
    await fault({ fault: 'slow', count: 1, value: 0.3 });
    const started = Date.now();
    await api('/v1/user', token);
    expect(Date.now() - started).toBeGreaterThan(290);
    await fault({ fault: 'clock-skew', value: 3600 });
    const date = Date.parse((await api('/v1/info')).headers.get('date') ?? '');
    expect(date - Date.now()).toBeGreaterThan(3_500_000);
    await fetch(`${sandbox.controlUrl}/faults`, { method: 'DELETE' });
    expect((await api('/v1/user', token)).status).toBe(200);
  });

  it('affects the token endpoint, and rejects an unknown fault', async () => {
    const { refresh_token } = await tokens();
    await fault({ fault: '500', count: 1, route: 'token' });
    expect((await refresh(refresh_token)).status).toBe(500);
    expect((await refresh(refresh_token)).status).toBe(200);
    expect((await fault({ fault: 'earthquake' })).status).toBe(400);
  });
});

describe('the hand-off', () => {
  it('sends gateway cookies to a local port in unescaped base64, renews them, and clears them', async () => {
    await start({ signIn: 'hand-off', autoApprove: 'ada' });
    const end = await browse(`${sandbox.apiUrl}/v1/auth/login/4711`, (next) => next.includes(':4711/'));
    const location = end.href;
    expect(location).toMatch(/^http:\/\/localhost:4711\/auth\?token=/);
    const { cookies } = JSON.parse(Buffer.from(location.split('token=')[1] ?? '', 'base64').toString('utf8'));
    const cookie = `_oauth2_proxy=${cookies._oauth2_proxy}`;
    expect((await api('/v1/user', undefined, { headers: { cookie } })).status).toBe(200);
    expect((await fetch(`${sandbox.url}/oauth2/auth`, { headers: { cookie } })).status).toBe(202);
    expect((await fetch(`${sandbox.url}/oauth2/auth`, { headers: { cookie: `${cookie}x` } })).status).toBe(
      401,
    );
  });
});
