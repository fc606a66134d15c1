import { describe, expect, it } from 'vitest';
import { connectKeycloak } from '../../src/keycloak/connect.ts';
import { testContext } from '../support/context.ts';
import { type Scripted, scriptedKeycloak } from '../support/fake-keycloak.ts';
import { CLIENT, failure, isToken, PERSON, setup, TOKEN } from '../support/keycloak-client.ts';

describe('a server in trouble', () => {
  it.each<[string, Scripted]>([
    ['503', { status: 503 }],
    ['502', { status: 502, body: '<html>' }],
    ['a dropped connection', { cut: true }],
    ['an answer that breaks off', { torn: true }],
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

  it('a server that is not there is an error at once, which names the setting of its address', async () => {
    const { admin } = await setup(() => undefined, { server: 'http://127.0.0.1:1' });
    expect(await failure(admin.get('/clients'))).toMatchObject({
      code: 'UNREACHABLE',
      fix: undefined,
      hint: expect.stringContaining('KEYCLOAK_URL'),
    });
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

  it('a read that failed inside Keycloak is sent once more, a write is not', async () => {
    const broken = { status: 500, body: { error: 'unknown_error' } };
    let failures = 1;
    const { admin, seen } = await setup((request) => {
      if (isToken(request)) return undefined;
      failures -= 1;
      return failures >= 0 ? broken : { body: { id: '1' } };
    });
    const sent = (method: string): number =>
      seen.filter((request) => request.method === method && !isToken(request)).length;
    expect(await admin.get('/clients/1')).toEqual({ id: '1' });
    expect(sent('GET')).toBe(2);
    failures = 5;
    expect((await failure(admin.get('/clients/1'))).code).toBe('KEYCLOAK_FAILED');
    expect(sent('GET')).toBe(4);
    expect((await failure(admin.send('POST', '/clients', {}))).code).toBe('KEYCLOAK_FAILED');
    expect(sent('POST')).toBe(1);
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

  it('ends where a server sends the same page again and again', async () => {
    const page = Array.from({ length: 500 }, (_, at) => ({ id: `id-${at}` }));
    const { admin, seen } = await setup((request) => (isToken(request) ? undefined : { body: page }));
    expect(await admin.getAll('/groups')).toHaveLength(500);
    expect(seen.filter((request) => !isToken(request))).toHaveLength(2);
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

  it.each([
    ['DELETE', '/roles/..'],
    ['DELETE', '/groups/.'],
    ['PUT', '/roles/../composites'],
    ['DELETE', '/identity-provider/instances/..?x=1'],
  ])('sends no %s %s, because a URL with such a name means another object', async (method, path) => {
    const { admin, seen } = await setup(() => undefined);
    expect(await failure(admin.send(method, path))).toMatchObject({ code: 'USAGE', exit: 'usage' });
    expect(seen).toEqual([]);
  });

  it('refuses a realm with such a name, and sends other names with dots', async () => {
    const { admin, seen } = await setup(() => undefined, { realm: '..' });
    expect((await failure(admin.send('DELETE', ''))).message).toContain('with the name ".."');
    expect(seen).toEqual([]);
    const dotted = await setup(() => undefined, { realm: 'a..b' });
    await dotted.admin.get('/roles/...');
    expect(dotted.seen.at(-1)?.path).toBe('/admin/realms/a..b/roles/...');
  });
});
