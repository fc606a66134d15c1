import { describe, expect, it } from 'vitest';
import type { KeycloakAdmin } from '../../src/keycloak/admin.ts';
import { connectKeycloak } from '../../src/keycloak/connect.ts';
import type { KeycloakConnection } from '../../src/keycloak/connection.ts';
import { CodemieError } from '../../src/system/errors.ts';
import { Secret } from '../../src/system/secret.ts';
import { type TestContextOptions, testContext } from '../support/context.ts';
import { type Scripted, type Seen, scriptedKeycloak } from '../support/fake-keycloak.ts';

const CLIENT = { kind: 'client', clientId: 'reader', secret: new Secret('reader-secret-1') } as const;
const PERSON = { kind: 'password', username: 'admin', password: new Secret('admin-password-1') } as const;
const TOKEN = '/protocol/openid-connect/token';

interface Setup {
  readonly admin: KeycloakAdmin;
  readonly seen: readonly Seen[];
  readonly tokens: () => readonly string[];
}

/** @param answer to requests of the admin API; `undefined` for the default. */
async function setup(
  answer: (seen: Seen, turn: number) => Scripted | undefined,
  connection: Partial<KeycloakConnection> = {},
  options: TestContextOptions = {},
): Promise<Setup> {
  let issued = 0;
  const { url, seen } = await scriptedKeycloak((request, turn) => {
    const scripted = answer(request, turn);
    if (scripted !== undefined) return scripted;
    if (!request.path.endsWith(TOKEN)) return { body: [] };
    issued += 1;
    return { body: { access_token: `token-${issued}`, expires_in: 60 } };
  });
  const context = testContext({ limits: { pausesMs: [1, 1] }, ...options });
  const admin = connectKeycloak(context, { server: url, realm: 'shop', login: CLIENT, ...connection });
  return {
    admin,
    seen,
    tokens: () => seen.filter(({ path }) => path.endsWith(TOKEN)).map(({ path }) => path.split('/')[2] ?? ''),
  };
}

async function failure(work: Promise<unknown>): Promise<CodemieError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CodemieError)) throw new Error(`expected a failure, got ${String(error)}`);
  return error;
}

const isToken = ({ path }: Seen): boolean => path.endsWith(TOKEN);

describe('signing in', () => {
  it('a client signs in to the realm itself, with one token for all requests', async () => {
    const { admin, tokens, seen } = await setup(() => undefined);
    await Promise.all([admin.get('/clients'), admin.get('/roles'), admin.get('/groups')]);
    expect(tokens()).toEqual(['shop']);
    expect(seen[0]?.body).toBe(
      'grant_type=client_credentials&client_id=reader&client_secret=reader-secret-1',
    );
    expect(seen.slice(1).map(({ authorization }) => authorization)).toEqual(Array(3).fill('Bearer token-1'));
  });

  it('a client that the realm does not know signs in to master', async () => {
    const { admin, tokens } = await setup(({ path }) =>
      path.includes('/realms/shop/protocol') ? { status: 401, body: { error: 'invalid_client' } } : undefined,
    );
    await admin.get('/clients');
    expect(tokens()).toEqual(['shop', 'master']);
  });

  it('a person signs in to master with admin-cli, and --admin-realm names another realm', async () => {
    const first = await setup(() => undefined, { login: PERSON });
    await first.admin.get('/clients');
    expect(first.tokens()).toEqual(['master']);
    expect(first.seen[0]?.body).toContain('client_id=admin-cli');
    const second = await setup(() => undefined, { login: PERSON, adminRealm: 'staff' });
    await second.admin.get('/clients');
    expect(second.tokens()).toEqual(['staff']);
  });

  it('a wrong password is an error that names the user and the realm, and never the password', async () => {
    const { admin, tokens } = await setup(
      (seen) =>
        isToken(seen)
          ? { status: 401, body: { error: 'invalid_grant', error_description: 'Invalid user credentials' } }
          : undefined,
      { login: PERSON },
    );
    const error = await failure(admin.get('/clients'));
    expect(error).toMatchObject({ code: 'KEYCLOAK_LOGIN', exit: 'auth' });
    expect(error.message).toBe(
      `Keycloak rejected the user "admin" in the realm "master" of ${admin.server}: Invalid user credentials.`,
    );
    expect(error.hint).toContain('KC_BOOTSTRAP_ADMIN_PASSWORD');
    expect(`${error.message}${error.hint}`).not.toContain('admin-password-1');
    // Keycloak locks an account after a few wrong passwords.
    expect(tokens()).toHaveLength(1);
  });

  it('a wrong client secret is an error that names both realms', async () => {
    const { admin } = await setup((seen) =>
      isToken(seen) ? { status: 401, body: { error: 'unauthorized_client' } } : undefined,
    );
    const error = await failure(admin.get('/clients'));
    expect(error.code).toBe('KEYCLOAK_LOGIN');
    expect(error.message).toContain('the client "reader" in the realms "shop" and "master"');
  });

  it('a client of a realm that does not exist: the error says so, and that master rejected it', async () => {
    const { admin } = await setup(({ path }) => {
      if (!path.endsWith(TOKEN)) return undefined;
      return path.includes('/realms/shop/')
        ? { status: 404, body: { error: 'Realm does not exist' } }
        : { status: 401, body: { error: 'invalid_client' } };
    });
    const error = await failure(admin.get('/clients'));
    expect(error.code).toBe('KEYCLOAK_LOGIN');
    expect(error.message).toBe(
      `Keycloak rejected the client "reader" in the realm "master" of ${admin.server}: invalid_client. There is no realm "shop".`,
    );
  });

  it('an unknown realm to sign in to is an error of its own', async () => {
    const { admin } = await setup(
      (seen) => (isToken(seen) ? { status: 404, body: { error: 'Realm does not exist' } } : undefined),
      { adminRealm: 'stuff' },
    );
    const error = await failure(admin.get('/clients'));
    expect(error).toMatchObject({ code: 'KEYCLOAK_REALM', exit: 'usage' });
    expect(error.message).toContain('no realm "stuff"');
  });

  it.each<[string, Scripted]>([
    ['a web page', { status: 404, body: '<html>', headers: { 'content-type': 'text/html' } }],
    ['a redirect to a sign-in page', { status: 302, headers: { location: 'https://sso.example.com/login' } }],
    [
      'a path of an old server',
      { status: 404, body: { error: 'Unable to find matching target resource method' } },
    ],
  ])('an address that is not a Keycloak server is named: %s', async (_what, scripted) => {
    const { admin } = await setup((seen) => (isToken(seen) ? scripted : undefined));
    const error = await failure(admin.get('/clients'));
    expect(error).toMatchObject({ code: 'KEYCLOAK_ABSENT', exit: 'unreachable' });
    expect(error.hint).toContain('/auth');
  });
});

describe('tokens', () => {
  it('a token is replaced before it expires', async () => {
    let now = 1_000_000;
    const { admin, tokens } = await setup(
      () => undefined,
      {},
      {
        override: { clock: { now: () => now, sleep: async () => undefined } },
      },
    );
    await admin.get('/clients');
    now += 49_000;
    await admin.get('/clients');
    expect(tokens()).toHaveLength(1);
    now += 2_000;
    await admin.get('/clients');
    expect(tokens()).toHaveLength(2);
  });

  it('after a 401 the request is sent once more with a new token, a write too', async () => {
    const { admin, tokens, seen } = await setup(({ authorization }) =>
      authorization === 'Bearer token-1'
        ? { status: 401, body: { error: 'HTTP 401 Unauthorized' } }
        : undefined,
    );
    await admin.send('PUT', '/clients/1', { enabled: true });
    expect(tokens()).toHaveLength(2);
    expect(seen.filter(({ method }) => method === 'PUT').map(({ body }) => body)).toEqual([
      '{"enabled":true}',
      '{"enabled":true}',
    ]);
  });

  it('many requests that meet a 401 together ask for one new token', async () => {
    const { admin, tokens } = await setup(({ authorization }) =>
      authorization === 'Bearer token-1' ? { status: 401 } : undefined,
    );
    await Promise.all(Array.from({ length: 20 }, (_, at) => admin.get(`/roles-by-id/${at}`)));
    expect(tokens()).toHaveLength(2);
  });

  it('a second 401 is an error, not a circle', async () => {
    const { admin, seen } = await setup((request) => (isToken(request) ? undefined : { status: 401 }));
    expect(await failure(admin.get('/clients'))).toMatchObject({ code: 'KEYCLOAK_LOGIN' });
    expect(seen.filter((request) => !isToken(request))).toHaveLength(2);
  });
});

describe('a server in trouble', () => {
  it.each<[string, Scripted]>([
    ['503', { status: 503 }],
    ['502', { status: 502, body: '<html>' }],
    ['a dropped connection', { cut: true }],
  ])('a read and a sign-in are repeated after %s', async (_what, scripted) => {
    const { admin } = await setup((_seen, turn) => (turn < 2 ? scripted : undefined));
    expect(await admin.get('/clients')).toEqual([]);
  });

  it('a write is not repeated after a dropped connection', async () => {
    const { admin, seen } = await setup(({ method, path }) =>
      method === 'POST' && path.endsWith('/clients') ? { cut: true } : undefined,
    );
    expect(await failure(admin.send('POST', '/clients', {}))).toMatchObject({ code: 'UNREACHABLE' });
    expect(seen.filter((request) => !isToken(request))).toHaveLength(1);
  });

  it('a server that is still starting is named as not ready', async () => {
    const { admin } = await setup(() => ({ status: 503 }));
    const error = await failure(admin.get('/clients'));
    expect(error).toMatchObject({ code: 'UNREACHABLE', exit: 'unreachable' });
    expect(error.message).toContain('is not ready (HTTP 503)');
  });

  it('a server that is not there is an error at once', async () => {
    const { admin } = await setup(() => undefined, { server: 'http://127.0.0.1:1' });
    expect(await failure(admin.get('/clients'))).toMatchObject({ code: 'UNREACHABLE' });
  });

  it('a request that is never answered ends when the program is stopped', async () => {
    const context = testContext();
    const { url, seen } = await scriptedKeycloak((request) =>
      isToken(request) ? { body: { access_token: 't', expires_in: 60 } } : { hang: true },
    );
    const admin = connectKeycloak(context, { server: url, realm: 'shop', login: CLIENT });
    const pending = admin.get('/clients').catch((error: unknown) => error);
    await expect.poll(() => seen.length).toBe(2);
    const reason = new Error('stopped');
    context.stop(reason);
    expect(await pending).toBe(reason);
  });
});

describe('refusals', () => {
  it.each([
    ['/clients', 'view-clients'],
    ['/client-scopes', 'view-clients'],
    ['/identity-provider/instances', 'view-identity-providers'],
    ['/groups', 'view-users'],
    ['/users/1/role-mappings', 'view-users'],
    ['/authentication/flows', 'view-realm'],
    ['', 'view-realm'],
  ])('403 for %j names the missing role %s', async (path, role) => {
    const { admin } = await setup((seen) => (isToken(seen) ? undefined : { status: 403 }));
    const error = await failure(admin.get(path));
    expect(error).toMatchObject({ code: 'ACCESS_DENIED', exit: 'denied' });
    expect(error.hint).toBe(`Give it the role ${role} of the client "realm-management" in the realm "shop".`);
  });

  it('an account of master gets its roles from a client of master', async () => {
    const { admin } = await setup((seen) => (isToken(seen) ? undefined : { status: 403 }), { login: PERSON });
    expect((await failure(admin.send('PUT', '/clients/1', {}))).hint).toBe(
      'Give it the role manage-clients of the client "shop-realm" in the realm "master".',
    );
  });

  it('404 for the realm itself says that there is no such realm', async () => {
    const { admin } = await setup((seen) =>
      isToken(seen) ? undefined : { status: 404, body: { error: 'Realm not found.' } },
    );
    expect((await failure(admin.get(''))).message).toBe(
      `The Keycloak server at ${admin.server} has no realm "shop".`,
    );
  });

  it.each<[string, Scripted, string, string]>([
    [
      '409',
      { status: 409, body: { errorMessage: 'Client x already exists' } },
      'KEYCLOAK_REJECTED',
      ': Client x already exists.',
    ],
    [
      '500 without a reason',
      { status: 500, body: { error: 'unknown_error' } },
      'KEYCLOAK_FAILED',
      'HTTP 500 for POST /clients.',
    ],
    [
      'a web page of a proxy',
      { status: 403, body: '<html>', headers: { 'content-type': 'text/html' } },
      'KEYCLOAK_ABSENT',
      'HTTP 403',
    ],
    [
      'a broken proxy',
      { status: 500, body: '<html>', headers: { 'content-type': 'text/html' } },
      'KEYCLOAK_FAILED',
      'HTTP 500',
    ],
  ])('%s is told in the words of the server', async (_what, scripted, code, words) => {
    const { admin } = await setup((seen) => (isToken(seen) ? undefined : scripted));
    const error = await failure(admin.send('POST', '/clients', {}));
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
  });

  it('leaves a refusal to a caller that wants to see it', async () => {
    const { admin } = await setup((seen) =>
      isToken(seen) ? undefined : { status: 404, body: { error: 'no' } },
    );
    expect(await admin.call('GET', '/clients/1')).toMatchObject({ status: 404, body: { error: 'no' } });
  });
});

describe('lists and counters', () => {
  it('reads a list to its end, and an entry that moved between pages once', async () => {
    const all = Array.from({ length: 1100 }, (_, at) => ({ id: `id-${at}` }));
    const { admin, seen } = await setup((request) => {
      if (isToken(request)) return undefined;
      const query = new URL(request.path, 'http://x').searchParams;
      const first = Number(query.get('first'));
      return {
        body: all.slice(Math.max(0, first - 1), first + Number(query.get('max')) - (first > 0 ? 1 : 0)),
      };
    });
    expect(await admin.getAll('/groups?briefRepresentation=false')).toHaveLength(1100);
    expect(seen.filter((request) => !isToken(request)).map(({ path }) => path.split('?')[1])).toEqual([
      'briefRepresentation=false&first=0&max=500',
      'briefRepresentation=false&first=500&max=500',
      'briefRepresentation=false&first=1000&max=500',
    ]);
  });

  it('counts reads and writes; a partial export is a read', async () => {
    const { admin } = await setup(() => undefined);
    await admin.get('/clients');
    await admin.call('POST', '/partial-export');
    await admin.send('DELETE', '/clients/1');
    expect(admin.requests).toEqual({ reads: 2, writes: 1 });
  });

  it('runs at most eight requests at a time', async () => {
    const context = testContext();
    let running = 0;
    let most = 0;
    const { url } = await scriptedKeycloak(() => ({ body: { access_token: 't', expires_in: 60 } }));
    const http: typeof context.http = async (request) => {
      running += 1;
      most = Math.max(most, running);
      const response = await context.http(request);
      running -= 1;
      return response;
    };
    const admin = connectKeycloak({ ...context, http }, { server: url, realm: 'shop', login: CLIENT });
    await Promise.all(Array.from({ length: 40 }, () => admin.get('/clients')));
    expect(most).toBe(8);
  });

  it('keeps the path of an old server, such as /auth', async () => {
    const { url, seen } = await scriptedKeycloak(({ path }) =>
      path.endsWith(TOKEN) ? { body: { access_token: 't', expires_in: 60 } } : { body: [] },
    );
    const admin = connectKeycloak(testContext(), { server: `${url}/auth`, realm: 'shop', login: CLIENT });
    await admin.get('/clients');
    expect(seen.map(({ path }) => path)).toEqual([
      `/auth/realms/shop${TOKEN}`,
      '/auth/admin/realms/shop/clients',
    ]);
  });

  it('escapes the name of a realm in the path', async () => {
    const { admin, seen } = await setup(() => undefined, { realm: 'a/b c' });
    await admin.get('/clients');
    expect(seen.at(-1)?.path).toBe('/admin/realms/a%2Fb%20c/clients');
  });
});
