import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { keyProvider } from '../../src/config/providers.ts';
import type { Access } from '../../src/credentials/access.ts';
import type { Credential, SessionCredential } from '../../src/credentials/credential.ts';
import { notRenewable } from '../../src/credentials/errors.ts';
import { fixedAccess } from '../../src/credentials/fixed-access.ts';
import { CodemieError } from '../../src/system/errors.ts';
import { Secret } from '../../src/system/secret.ts';
import { testContext } from '../support/context.ts';
import { type FakePlatform, fakePlatform, jwtCredential, post, testGateway } from '../support/platform.ts';

interface Recorded {
  readonly status: number;
  readonly body: unknown;
}

/** Recorded responses of the platform and of what is behind it. */
const ANSWERS = JSON.parse(
  readFileSync(new URL('../fixtures/refusals.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Recorded>>;

function send(response: ServerResponse, name: string): void {
  const { status, body } = ANSWERS[name] ?? { status: 500, body: `no answer ${name}` };
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

interface Scene {
  readonly platform: FakePlatform;
  /** The requested paths, in order. */
  readonly asked: readonly string[];
}

/** A platform whose models respond with `model`, and `GET /v1/user` with `user`. */
async function scene(model: string, user = 'user'): Promise<Scene> {
  const asked: string[] = [];
  const platform = await fakePlatform((request, response) => {
    const path = (request.url ?? '').replace('/code-assistant-api', '');
    asked.push(path);
    request.resume().once('end', () => send(response, path === '/v1/user' ? user : model));
  });
  return { platform, asked };
}

/** An access that can refresh itself, and counts. */
function renewing(origin: string): Partial<Access> & { readonly renewals: () => number } {
  let count = 0;
  return {
    source: 'store',
    refreshable: true,
    fresh: async () => jwtCredential(origin, `platform-token-${count}`),
    renew: async () => {
      count += 1;
      return jwtCredential(origin, `platform-token-${count}`);
    },
    renewals: () => count,
  };
}

it.each(['model-denied', 'bad-upstream-key'])(
  'a model that your key may not use is not reported as an expired sign-in (%s)',
  async (refusal) => {
    const { platform, asked } = await scene(refusal);
    const access = renewing(platform.origin);
    const gateway = await testGateway(platform.origin, access);
    const { status, body } = await post(gateway, '/v1/messages');
    expect([status, JSON.parse(body)]).toEqual([401, ANSWERS[refusal]?.body]);
    expect([asked, access.renewals()]).toEqual([['/v1/messages', '/v1/user'], 0]);
  },
);

it('a refused model is not reported as expiry with a token from the environment either', async () => {
  const { platform } = await scene('model-denied');
  const gateway = await testGateway(platform.origin);
  expect(JSON.parse((await post(gateway, '/v1/messages')).body)).toEqual(ANSWERS['model-denied']?.body);
});

it('many refused model calls check only once whether you are signed in, and again after a while', async () => {
  const { platform, asked } = await scene('model-denied');
  let now = Date.now();
  const context = testContext({ override: { clock: { now: () => now, sleep: async () => undefined } } });
  const gateway = await testGateway(platform.origin, renewing(platform.origin), context);
  const count = (): number => asked.filter((path) => path === '/v1/user').length;
  await Promise.all(Array.from({ length: 8 }, () => post(gateway, '/v1/messages')));
  await post(gateway, '/v1/messages');
  expect(count()).toBe(1);
  now += 60_000;
  await post(gateway, '/v1/messages');
  expect(count()).toBe(2);
});

it('a compressed refusal of a model reaches the agent in readable form', async () => {
  const { platform } = await scene('model-denied');
  const zipped = gzipSync(JSON.stringify(ANSWERS['model-denied']?.body));
  const { answer } = platform;
  platform.answer = (request, response) => {
    if (request.url?.endsWith('/v1/user') === true) answer(request, response);
    else response.writeHead(401, { 'content-encoding': 'gzip', 'content-length': zipped.length }).end(zipped);
  };
  const gateway = await testGateway(platform.origin, renewing(platform.origin));
  const { status, headers, body } = await post(gateway, '/v1/messages');
  expect([status, headers['content-encoding'], JSON.parse(body)]).toEqual([
    401,
    undefined,
    ANSWERS['model-denied']?.body,
  ]);
});

it('a long refusal passes through whole', async () => {
  const { platform } = await scene('model-denied');
  const { answer } = platform;
  const long = JSON.stringify({ error: { type: 'x', message: 'x'.repeat(300_000) } });
  platform.answer = (request, response) =>
    request.url?.endsWith('/v1/user') === true
      ? answer(request, response)
      : void response.writeHead(401).end(long);
  const gateway = await testGateway(platform.origin, renewing(platform.origin));
  expect((await post(gateway, '/v1/messages')).body).toBe(long);
});

it('a refusal by the platform itself refreshes at once, without a check', async () => {
  const { platform, asked } = await scene('authentication-required');
  const access = renewing(platform.origin);
  const gateway = await testGateway(platform.origin, access);
  expect((await post(gateway, '/v1/messages')).body).toContain(
    'no longer accepts your sign-in (“Authentication required”)',
  );
  expect([asked, access.renewals()]).toEqual([['/v1/messages', '/v1/messages'], 1]);
});

it('a refusal that cannot be checked passes through, and is checked the next time', async () => {
  const { platform, asked } = await scene('model-denied');
  const { answer } = platform;
  platform.answer = (request, response) =>
    request.url?.endsWith('/v1/user') === true ? request.socket.destroy() : answer(request, response);
  const access = renewing(platform.origin);
  const gateway = await testGateway(platform.origin, access);
  expect(JSON.parse((await post(gateway, '/v1/messages')).body)).toEqual(ANSWERS['model-denied']?.body);
  expect([asked, access.renewals()]).toEqual([['/v1/messages'], 0]);
});

it('a deactivated user reads that, and not to sign in again', async () => {
  const { platform } = await scene('deactivated');
  const access: Partial<Access> = {
    source: 'store',
    refreshable: true,
    renew: async () => Promise.reject(notRenewable('jwt')),
  };
  const gateway = await testGateway(platform.origin, access);
  const { status, body } = await post(gateway, '/v1/messages');
  expect([status, JSON.parse(body).error.message]).toEqual([
    401,
    `${platform.origin} rejected your account: Account is deactivated. Ask your CodeMie administrator to activate your account.`,
  ]);
});

it('a refusal of a token that has not expired is reported as possibly temporary', async () => {
  const { platform } = await scene('authentication-failed');
  const credential: Credential = { ...jwtCredential(platform.origin), expiresAt: Date.now() + 3_600_000 };
  const gateway = await testGateway(platform.origin, { fresh: async () => credential });
  const { body } = await post(gateway, '/v1/messages');
  expect(body).toContain('(“Authentication failed”), although it has not expired. This may be temporary.');
  expect(body).not.toContain('Get a new one');
  // An agent that reads these words repeats the request for more than a minute.
  expect(body).not.toMatch(/try again/i);
});

it('the text of a refusal is shown without secrets and control characters, and truncated', async () => {
  const { platform } = await scene('authentication-required');
  platform.answer = (_request, response) => {
    const message = `no \u001b[31mred\u202e ${'long '.repeat(200)} Bearer platform-token-1`;
    response.writeHead(401).end(JSON.stringify({ error: { message, details: null, help: null } }));
  };
  const gateway = await testGateway(platform.origin);
  const { message } = JSON.parse((await post(gateway, '/v1/messages')).body).error;
  expect(message).not.toMatch(/[\u001b\u202e]|platform-token/);
  expect(message.length).toBeLessThan(400);
});

it.each([
  ['a model that a provider’s key may not use', 200, 'key not allowed to access model'],
  ['a provider’s key that does not count', 401, 'no longer accepts your sign-in'],
])('%s is reported as such', async (_name, list, words) => {
  const platform = await fakePlatform((request, response) => {
    const isList = request.url === '/v1/models';
    request.resume().once('end', () => {
      if (isList && list === 200) response.end('{"data":[]}');
      else send(response, 'model-denied');
    });
  });
  const selection = fixedAccess(platform.origin, jwtCredential(platform.origin), {
    keyProvider: keyProvider('litellm'),
    apiBase: platform.origin,
  });
  const gateway = await testGateway(platform.origin, { ...selection, source: 'store' });
  const { status, body } = await post(gateway, '/v1/messages');
  expect([status, body]).toEqual([401, expect.stringContaining(words)]);
});

const session = (origin: string): SessionCredential => ({
  kind: 'session',
  origin,
  identity: {},
  obtainedAt: 0,
  cookies: { _oauth2_proxy: new Secret('cG|1800000000|c2ln') },
});

it('a model’s refusal passes through while the gateway accepts its session', async () => {
  const { platform } = await scene('model-denied');
  const credential = session(platform.origin);
  let renewals = 0;
  const access: Partial<Access> = {
    refreshable: true,
    fresh: async () => credential,
    renew: async () => {
      renewals += 1;
      throw notRenewable('gateway session');
    },
  };
  const gateway = await testGateway(platform.origin, access);
  for (let i = 0; i < 3; i += 1)
    expect(JSON.parse((await post(gateway, '/v1/messages')).body)).toEqual(ANSWERS['model-denied']?.body);
  expect(renewals).toBe(1);
});

it('an expired gateway session is reported as expired', async () => {
  const { platform } = await scene('model-denied');
  const credential = session(platform.origin);
  const ended = new CodemieError({ code: 'AUTH_REVOKED', message: 'The session has ended.' });
  const gateway = await testGateway(platform.origin, {
    refreshable: true,
    fresh: async () => credential,
    renew: () => Promise.reject(ended),
  });
  const { status, body } = await post(gateway, '/v1/messages');
  expect([status, JSON.parse(body).error.message]).toEqual([401, 'The session has ended.']);
});

it('a response does not wait for a refreshed session to be stored', async () => {
  const platform = await fakePlatform((request, response) => {
    request.resume().once('end', () => response.writeHead(200, { 'set-cookie': 'a=b' }).end('{"ok":true}'));
  });
  let store: () => void = () => undefined;
  const stored = new Promise<void>((resolve) => {
    store = resolve;
  });
  const gateway = await testGateway(platform.origin, { observe: () => stored });
  expect((await post(gateway, '/v1/messages')).body).toBe('{"ok":true}');
  const closed = gateway.close();
  store();
  await closed;
});

it.each([
  ['/v1/messages', 'too-old', 'version 0.0.47 or later'],
  ['/v1/messages', 'not-a-version', 'version 0.0.47 or later'],
  ['/v1/chat/completions', 'too-old', 'version 0.0.47 or later'],
])('a platform that requires a later version is explained (%s, %s)', async (path, name, demand) => {
  const { platform, asked } = await scene(name);
  const gateway = await testGateway(platform.origin, renewing(platform.origin));
  const { status, headers, body } = await post(gateway, path);
  expect([status, headers['x-should-retry']]).toEqual([426, 'false']);
  expect(JSON.parse(body).error.message).toBe(
    `CodeMie requires ${demand} of the CLI; you have codemie ${CODEMIE_VERSION}. Run: npm install -g codemie@latest`,
  );
  expect(asked).toEqual([path]);
});
