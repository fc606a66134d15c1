import { describe, expect, it } from 'vitest';
import type { Scripted } from '../support/fake-keycloak.ts';
import { failure, isToken, PERSON, setup, TOKEN } from '../support/keycloak-client.ts';

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
