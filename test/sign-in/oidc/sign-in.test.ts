import { afterEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/file.ts';
import type { OidcCredential } from '../../../src/credentials/credential.ts';
import { openStore } from '../../../src/credentials/keep/open-store.ts';
import type { Http, HttpRequest, HttpResponse } from '../../../src/net/http.ts';
import { unreachable } from '../../../src/net/unreachable.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../src/sandbox/start.ts';
import type { SignInRequest } from '../../../src/sign-in/request.ts';
import { signIn } from '../../../src/sign-in/sign-in.ts';
import { elapsedMs } from '../../../src/system/clock.ts';
import { Secret } from '../../../src/system/secret.ts';
import { browse } from '../../support/browser.ts';
import { type TestContext, type TestContextOptions, testContext } from '../../support/context.ts';
import { ADA_ID, BOB_ID } from '../../support/people.ts';

let sandbox: Sandbox;
afterEach(() => sandbox.close());

async function start(options: SandboxOptions = {}): Promise<void> {
  sandbox = await startSandbox({ autoApprove: 'ada', ...options });
}

/** A context whose browser is an HTTP client that completes the sign-in. */
function person(options: TestContextOptions = {}): TestContext {
  return testContext({
    onOpen: async (address) => {
      void browse(address, () => false).catch(() => undefined);
      return true;
    },
    ...options,
    env: { BROWSER: 'a-browser', ...options.env },
  });
}

function request(change: Partial<SignInRequest> = {}): SignInRequest {
  return {
    url: sandbox.url,
    store: 'plaintext-file',
    method: 'browser',
    openBrowser: true,
    timeoutMs: 20_000,
    ...change,
  };
}

/** The real HTTP client, with changed responses for some addresses. */
function tampering(
  change: (request: HttpRequest, answer: HttpResponse) => HttpResponse | undefined,
): (http: Http) => Http {
  return (http) => async (sent) => {
    const answer = await http(sent);
    return change(sent, answer) ?? answer;
  };
}

function tamperedPerson(
  change: (request: HttpRequest, answer: HttpResponse) => HttpResponse | undefined,
): TestContext {
  const base = person();
  const http = tampering(change)(base.http);
  const fetch: TestContext['fetch'] = async (url, init) => {
    const { fetchOver } = await import('../../../src/net/fetch.ts');
    return fetchOver(http)(url, init);
  };
  return { ...base, http, fetch };
}

const json = (
  answer: HttpResponse,
  edit: (body: Record<string, unknown>) => Record<string, unknown>,
): HttpResponse => ({
  ...answer,
  headers: Object.fromEntries(Object.entries(answer.headers).filter(([name]) => name !== 'content-length')),
  body: Buffer.from(JSON.stringify(edit(JSON.parse(answer.body.toString('utf8'))))),
});

describe('sign-in by browser', () => {
  it('results in a profile, a stored credential, and the person from the platform', async () => {
    await start();
    const context = person();
    const result = await signIn(context, request());
    expect(result).toMatchObject({
      profileName: 'default',
      origin: sandbox.url,
      store: 'plaintext-file',
      user: { email: 'ada@sandbox.example' },
    });
    const { profiles, activeProfile } = readConfig(context.home);
    expect(activeProfile).toBe('default');
    expect(profiles['default']).toEqual({
      name: 'default',
      provider: 'ai-run-sso',
      authMethod: 'sso',
      codeMieUrl: sandbox.url,
      credential: { store: 'plaintext-file', id: `${sandbox.url}#${ADA_ID}` },
    });
    const stored = (await (
      await openStore('plaintext-file', context)
    ).get(`${sandbox.url}#${ADA_ID}`)) as OidcCredential;
    expect(stored).toMatchObject({
      issuer: sandbox.issuer,
      clientId: 'codemie-cli',
      identity: { id: ADA_ID, email: 'ada@sandbox.example' },
    });
    expect(stored.refreshToken).toBeDefined();
  });

  it('S10: state, verifier and nonce are long, new each time, and never on disk', async () => {
    await start();
    const seen = new Set<string>();
    const context = person();
    for (let i = 0; i < 2; i += 1) {
      await signIn(context, request());
      const { searchParams } = new URL(context.opened[i] ?? '');
      for (const name of ['state', 'nonce', 'code_challenge']) {
        const value = searchParams.get(name) ?? '';
        expect(Buffer.from(value, 'base64url').length).toBeGreaterThanOrEqual(16);
        seen.add(value);
      }
      expect(searchParams.get('code_challenge_method')).toBe('S256');
      expect(searchParams.get('redirect_uri')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    }
    expect(seen.size).toBe(6);
  });

  it('S11: a response that names another issuer is refused before the exchange', async () => {
    await start();
    const context = person({
      onOpen: async (address) => {
        const end = await browse(address, (next) => next.includes('/callback?'));
        end.searchParams.set('iss', 'https://evil.example');
        await fetch(end, { redirect: 'manual' });
        return true;
      },
    });
    await expect(signIn(context, request())).rejects.toMatchObject({ code: 'SIGN_IN_FAILED' });
    expect(sandbox.events().filter((event) => event.kind === 'token')).toEqual([]);
    expect(readConfig(context.home).profiles).toEqual({});
  });

  it('S11: a response without the issuer is refused if the provider promises it', async () => {
    await start();
    const context = person({
      onOpen: async (address) => {
        const end = await browse(address, (next) => next.includes('/callback?'));
        end.searchParams.delete('iss');
        end.searchParams.set('session_state', 'x');
        await fetch(end, { redirect: 'manual' });
        return true;
      },
    });
    await expect(signIn(context, request())).rejects.toMatchObject({ code: 'SIGN_IN_FAILED' });
    expect(sandbox.events().filter((event) => event.kind === 'token')).toEqual([]);
  });

  it('S12: metadata of another issuer, or with an endpoint without https, is refused', async () => {
    await start();
    const isMetadata = (sent: HttpRequest): boolean => sent.url.includes('openid-configuration');
    const other = tamperedPerson((sent, answer) =>
      isMetadata(sent) ? json(answer, (body) => ({ ...body, issuer: 'https://evil.example' })) : undefined,
    );
    await expect(signIn(other, request())).rejects.toMatchObject({ code: 'ISSUER_INVALID' });
    const clear = tamperedPerson((sent, answer) =>
      isMetadata(sent)
        ? json(answer, (body) => ({ ...body, token_endpoint: 'http://evil.example/token' }))
        : undefined,
    );
    await expect(signIn(clear, request())).rejects.toMatchObject({ code: 'URL_INSECURE' });
    await expect(signIn(person(), request({ issuer: 'http://idp.example' }))).rejects.toMatchObject({
      code: 'URL_INSECURE',
    });
    expect([...other.opened, ...clear.opened]).toEqual([]);
  });

  const header = (alg: string): string => Buffer.from(JSON.stringify({ alg })).toString('base64url');
  it.each([
    ['alg none', (token: string) => `${header('none')}.${token.split('.')[1]}.`],
    ['alg HS256', (token: string) => `${header('HS256')}.${token.split('.').slice(1).join('.')}`],
    [
      'a changed claim',
      (token: string) =>
        [
          token.split('.')[0],
          Buffer.from(
            JSON.stringify({
              ...JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()),
              sub: 'eve',
            }),
          ).toString('base64url'),
          token.split('.')[2],
        ].join('.'),
    ],
    ['no ID token at all', () => undefined],
  ])('S13: an ID token with %s is refused, and nothing is stored', async (_name, change) => {
    await start();
    const context = tamperedPerson((sent, answer) =>
      sent.url.endsWith('/token') && answer.status === 200
        ? json(answer, (body) => ({ ...body, id_token: change(String(body['id_token'])) }))
        : undefined,
    );
    await expect(signIn(context, request())).rejects.toMatchObject({ code: 'SIGN_IN_FAILED' });
    expect(readConfig(context.home).profiles).toEqual({});
  });

  it('S13: the error names a wrong clock and the difference', async () => {
    await start();
    await fetch(`${sandbox.controlUrl}/faults`, {
      method: 'POST',
      body: JSON.stringify({ fault: 'clock-skew', value: -3600 }),
    });
    await expect(signIn(person(), request())).rejects.toMatchObject({
      code: 'CLOCK_SKEW',
      message: expect.stringMatching(/36\d\d|35\d\d/),
    });
  });

  it.each([undefined, -1, 'soon'])('S14: expires_in %j counts as a short life', async (expires_in) => {
    await start();
    const context = tamperedPerson((sent, answer) =>
      sent.url.endsWith('/token') ? json(answer, (body) => ({ ...body, expires_in })) : undefined,
    );
    const { credential } = await signIn(context, request());
    expect((credential.expiresAt ?? 0) - context.clock.now()).toBeLessThanOrEqual(60_000);
  });

  it('S15: a response over 1 MiB or with wrong types is a typed error', async () => {
    await start();
    const types = tamperedPerson((sent, answer) =>
      sent.url.endsWith('/token') ? json(answer, (body) => ({ ...body, access_token: 7 })) : undefined,
    );
    await expect(signIn(types, request())).rejects.toMatchObject({ code: 'SIGN_IN_FAILED' });
    const { createHttp } = await import('../../../src/net/client.ts');
    const { createServer } = await import('node:http');
    const server = createServer((_request, response) => response.end('x'.repeat(1_100_000))).listen(
      0,
      '127.0.0.1',
    );
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await expect(
      createHttp({
        userAgent: 'test',
        ca: () => undefined,
        env: {},
        sleep: async () => undefined,
        elapsed: elapsedMs,
      })({
        url: `http://127.0.0.1:${port}/`,
      }),
    ).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
    server.close();
  });

  it('S16: a redirect of the token endpoint is not followed', async () => {
    await start();
    const seen: string[] = [];
    const context = tamperedPerson((sent, answer) => {
      seen.push(sent.url);
      return sent.url.endsWith('/token')
        ? { ...answer, status: 302, headers: { location: 'http://127.0.0.1:9/steal' } }
        : undefined;
    });
    await expect(signIn(context, request())).rejects.toMatchObject({ code: 'SIGN_IN_FAILED' });
    expect(seen.some((url) => url.includes('steal'))).toBe(false);
  });

  it('S5: a denial exits with 6', async () => {
    await start();
    const context = person({
      onOpen: async (address) => {
        const { searchParams } = new URL(address);
        void fetch(
          `${searchParams.get('redirect_uri')}?error=access_denied&state=${searchParams.get('state')}`,
        ).catch(() => undefined);
        return true;
      },
    });
    await expect(signIn(context, request())).rejects.toMatchObject({
      code: 'SIGN_IN_DENIED',
      exit: 'denied',
    });
  });

  it('S9: exits with 7, closes the listener and stores nothing if you do not sign in', async () => {
    await start();
    const context = person({ onOpen: () => true });
    await expect(signIn(context, request({ timeoutMs: 300 }))).rejects.toMatchObject({
      code: 'SIGN_IN_TIMEOUT',
      exit: 'timeout',
    });
    const redirect = new URL(context.opened[0] ?? '').searchParams.get('redirect_uri') ?? '';
    await expect(fetch(redirect)).rejects.toThrow();
    expect(readConfig(context.home).profiles).toEqual({});
  });

  it('S9: closes the listener and stores nothing if it is interrupted while waiting', async () => {
    await start();
    const context = person({
      onOpen: () => {
        setImmediate(() => context.stop(new Error('stopped')));
        return true;
      },
    });
    const ending = signIn(context, request());
    await expect(ending).rejects.toThrow('stopped');
    await expect(
      fetch(new URL(context.opened[0] ?? '').searchParams.get('redirect_uri') ?? ''),
    ).rejects.toThrow();
  });

  it('S20: a broken store fails the sign-in before the browser opens', async () => {
    await start();
    const context = person();
    await expect(signIn(context, request({ store: 'keychain' }))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      remedies: expect.objectContaining({ length: 3 }),
    });
    expect(context.opened).toEqual([]);
  });

  it('S35: signing in again stores the new credential, then revokes the old one; if it fails, the old one stays usable', async () => {
    await start();
    const context = person();
    const first = (await signIn(context, request())).credential as OidcCredential;
    const failing = person({ onOpen: () => true });
    const again = { ...failing, home: context.home, env: { ...failing.env, CODEMIE_HOME: context.home } };
    await expect(signIn(again, request({ timeoutMs: 200 }))).rejects.toMatchObject({
      code: 'SIGN_IN_TIMEOUT',
    });
    const store = await openStore('plaintext-file', context);
    const kept = (await store.get(`${sandbox.url}#${ADA_ID}`)) as OidcCredential;
    expect(kept.refreshToken?.equals(first.refreshToken)).toBe(true);
    expect(sandbox.events().filter((event) => event.kind === 'revoke')).toEqual([]);

    const second = (await signIn(context, request())).credential as OidcCredential;
    const now = (await store.get(`${sandbox.url}#${ADA_ID}`)) as OidcCredential;
    expect(now.refreshToken?.equals(second.refreshToken)).toBe(true);
    expect(sandbox.events().filter((event) => event.kind === 'revoke').length).toBeGreaterThan(0);
  });
});

describe('sign-in by device (RFC 8628)', () => {
  const device = (change: Partial<SignInRequest> = {}): SignInRequest =>
    request({ method: 'device', timeoutMs: 60_000, ...change });

  /** A clock that only counts, so that minutes of polling take no time. `during` runs before each wait. */
  function patient(
    change: (request: HttpRequest, answer: HttpResponse) => HttpResponse | undefined,
    during: (waits: number[]) => Promise<void> | void = () => undefined,
  ) {
    const base = tamperedPerson(change);
    const waits: number[] = [];
    let now = Date.now();
    const clock = {
      now: () => now,
      sleep: async (ms: number, signal?: AbortSignal) => {
        signal?.throwIfAborted();
        await during(waits);
        waits.push(ms);
        now += ms;
      },
    };
    return { context: { ...base, clock }, waits };
  }

  const approve = async (context: TestContext): Promise<void> => {
    const address = /^http\S+user_code=\S+$/m.exec(context.out.stderr)?.[0];
    if (address !== undefined) await fetch(address);
  };

  it('S17: waits for the interval, 5 s more after slow_down, and survives a network failure', async () => {
    await start();
    let polls = 0;
    const scene: { context?: TestContext } = {};
    const { context, waits } = patient(
      (sent, answer) => {
        if (!sent.url.endsWith('/token')) return undefined;
        polls += 1;
        if (polls === 2) return json({ ...answer, status: 400 }, () => ({ error: 'slow_down' }));
        if (polls === 4) throw unreachable(new URL(sent.url), 'refused the connection', 'ECONNREFUSED');
        return undefined;
      },
      async (soFar) => {
        if (soFar.length === 5 && scene.context !== undefined) await approve(scene.context);
      },
    );
    scene.context = context;
    const { credential } = await signIn(context, device());
    expect(credential.identity.id).toBe(ADA_ID);
    expect(waits.slice(0, 4)).toEqual([5000, 5000, 10_000, 10_000]);
    expect(waits[4]).toBeGreaterThanOrEqual(10_000);
    expect(context.out.stderr).toContain('Only approve this if you started it');
  });

  it.each([
    ['access_denied', 'SIGN_IN_DENIED', 'denied'],
    ['expired_token', 'SIGN_IN_TIMEOUT', 'timeout'],
  ])('S17: %s ends the sign-in with %s', async (error, code, exit) => {
    await start();
    const { context } = patient((sent, answer) =>
      sent.url.endsWith('/token') ? json({ ...answer, status: 400 }, () => ({ error })) : undefined,
    );
    await expect(signIn(context, device())).rejects.toMatchObject({ code, exit });
  });

  it('S17: the sign-in ends when the code expires unused', async () => {
    await start();
    const { context } = patient(() => undefined);
    await expect(signIn(context, device({ timeoutMs: 30_000 }))).rejects.toMatchObject({
      code: 'SIGN_IN_TIMEOUT',
    });
  });

  it.each([
    'http://evil.example/device',
    'https://evil.example/device',
    'javascript:alert(1)',
    'https://127.0.0.1/\u001b[2J',
  ])('S18: the address %j is not shown', async (address) => {
    await start();
    const { context } = patient((sent, answer) =>
      sent.url.includes('/device/auth')
        ? json(answer, (body) => ({ ...body, verification_uri: address }))
        : undefined,
    );
    await expect(signIn(context, device())).rejects.toMatchObject({
      code: expect.stringMatching(/DEVICE_ADDRESS|SIGN_IN_FAILED/),
    });
    expect(context.out.stderr).not.toContain(address);
  });
});

describe('a supplied token', () => {
  it('is stored unchanged, with a notice about characters around it; an expired one is not stored', async () => {
    await start();
    const context = person();
    const token = await sandbox.mintToken({ user: 'bob' });
    const result = await signIn(
      context,
      request({ method: 'token', secret: new Secret(`Bearer ${token}\n`) }),
    );
    expect(result).toMatchObject({
      credential: { kind: 'jwt', identity: { id: BOB_ID } },
      notices: [expect.any(String)],
    });
    expect(readConfig(context.home).profiles['default']).toMatchObject({
      provider: 'bearer-auth',
      authMethod: 'jwt',
    });
    const dead = await sandbox.mintToken({ user: 'bob', ttlSeconds: -5 });
    await expect(
      signIn(context, request({ method: 'token', secret: new Secret(dead) })),
    ).rejects.toMatchObject({ code: 'AUTH_EXPIRED' });
    const foreign = await sandbox.mintToken({ user: 'bob', audience: 'https://elsewhere' });
    // The platform gives the same response while its database is down, so a token that has not expired is stored.
    const kept = await signIn(context, request({ method: 'token', secret: new Secret(foreign) }));
    expect(kept.notices).toContainEqual(expect.stringContaining('Saved, but not verified'));
  });
});
