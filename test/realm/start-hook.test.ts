import { describe, expect, it } from 'vitest';
import type { KeycloakAdmin } from '../../src/keycloak/admin.ts';
import { connectKeycloak } from '../../src/keycloak/connect.ts';
import { ownershipOf } from '../../src/realm/model/ownership.ts';
import type { JsonObject } from '../../src/realm/model/values.ts';
import { AT_START, startHook } from '../../src/realm/start-hook.ts';
import type { CodemieError } from '../../src/system/errors.ts';
import { testContext } from '../support/context.ts';
import { type Scripted, type Seen, scriptedKeycloak } from '../support/fake-keycloak.ts';
import { CLIENT, failure, isToken } from '../support/keycloak-client.ts';
import { noOpenssl, tlsServer } from '../support/tls-server.ts';

const REALM = { realm: 'shop', enabled: true, sslRequired: 'external', attributes: {} };
const ROLE: JsonObject = { roles: { realm: [{ name: 'member' }] } };

/** A server with a bare realm. @param answer what it says instead; `undefined` for what a bare realm says. */
async function server(answer: (seen: Seen, turn: number) => Scripted | undefined) {
  const created: string[] = [];
  const { url, seen } = await scriptedKeycloak((request, turn) => {
    const scripted = answer(request, turn);
    if (scripted !== undefined) return scripted;
    if (isToken(request)) return { body: { access_token: `token-${turn}`, expires_in: 60 } };
    const path = request.path.replace(/^\/admin\/realms\/shop/, '').split('?')[0] ?? '';
    if (request.method === 'POST' && path === '/roles') created.push(request.body);
    if (path === '/roles') return { body: created.map((role, id) => ({ ...JSON.parse(role), id })) };
    if (path === '') return { body: REALM };
    if (path === '/clients') return { body: [{ id: 'c1', clientId: 'account' }] };
    return { body: path === '/users/profile' ? {} : [] };
  });
  return { url, seen, writes: () => seen.filter((one) => one.method !== 'GET' && !isToken(one)) };
}

interface Run {
  readonly waits: string[];
  readonly result: ReturnType<typeof startHook>;
  /** ms that passed on the clock of the program. */
  readonly passed: () => number;
}

/** @param urls of the first connections, in their order; the last one is used from then on. */
function start(urls: readonly string[], files: readonly JsonObject[], waitMs = 60_000): Run {
  let now = 0;
  const sleep = async (ms: number): Promise<void> => {
    now += ms;
  };
  const context = testContext({ limits: { pausesMs: [] } });
  const waits: string[] = [];
  const left = [...urls];
  const connect = (): KeycloakAdmin => {
    const url = (left.length > 1 ? left.shift() : left[0]) ?? '';
    return connectKeycloak(context, { server: url, realm: 'shop', adminRealm: 'master', login: CLIENT });
  };
  const result = startHook(connect, files, ownershipOf(files, [], AT_START), {
    clock: { now: () => now, sleep },
    signal: context.signal,
    waitMs,
    onWait: ({ message }) => void waits.push(message),
    onPlan: async () => undefined,
    onObject: () => undefined,
  });
  return { waits, result, passed: () => now };
}

const NOBODY = 'http://127.0.0.1:1';

describe('a start hook waits', () => {
  it.each<[string, Scripted]>([
    ['503 while Keycloak starts', { status: 503 }],
    ['a failure while Keycloak starts', { status: 500, body: { error: 'unknown_error' } }],
    ['the page of a proxy that knows no server yet', { status: 404, body: '404 page not found' }],
    ['a connection that breaks', { cut: true }],
  ])('after %s', async (_, scripted) => {
    const { url, writes } = await server((seen, turn) => (isToken(seen) && turn < 3 ? scripted : undefined));
    const { waits, result } = start([url], [ROLE]);
    expect((await result).plan.changes).toMatchObject([{ action: 'create', type: 'role', id: 'member' }]);
    expect(waits).toHaveLength(3);
    expect(writes()).toHaveLength(1);
  });

  it('after a refused connection, and after a name that is not there yet', async () => {
    const { url } = await server(() => undefined);
    const { waits, result } = start([NOBODY, 'http://keycloak.invalid', NOBODY, url], [ROLE]);
    await result;
    expect(waits).toEqual([
      expect.stringContaining('refused the connection'),
      expect.stringContaining('could not be found'),
      expect.stringContaining('refused the connection'),
    ]);
  });

  it.skipIf(noOpenssl !== undefined)('after a certificate that is not the right one yet', async () => {
    const { url } = await server(() => undefined);
    const early = await tlsServer();
    const { waits, result } = start([early.url.replace(/\/$/, ''), url], [ROLE]);
    await result;
    expect(waits).toEqual([expect.stringContaining("certificate that isn't trusted")]);
    expect(early.requests()).toBe(0);
  });

  it('no longer than told, and then gives the last reason', async () => {
    const { result, passed, waits } = start([NOBODY], [ROLE], 30_000);
    const error = await failure(result);
    expect(error).toMatchObject({ code: 'UNREACHABLE', exit: 'unreachable' });
    expect(error.message).toMatch(/^Keycloak was not ready within 30 s: .*refused the connection/);
    expect(passed()).toBe(30_000);
    expect(waits.length).toBeLessThan(60);
  });

  it('until the program is told to stop', async () => {
    const context = testContext();
    const reason = new Error('stopped');
    const connect = () => connectKeycloak(context, { server: NOBODY, realm: 'shop', login: CLIENT });
    const ended = startHook(connect, [ROLE], ownershipOf([ROLE], [], AT_START), {
      clock: context.clock,
      signal: context.signal,
      waitMs: 3_600_000,
      onWait: () => context.stop(reason),
      onPlan: async () => undefined,
      onObject: () => undefined,
    });
    await expect(ended).rejects.toBe(reason);
  });

  it('again where the server goes away in the middle', async () => {
    const { url, writes } = await server(({ method, path }, turn) =>
      method === 'POST' && path.endsWith('/roles') && turn < 2 ? { status: 503 } : undefined,
    );
    const { waits, result } = start([url], [ROLE]);
    await result;
    expect(waits).toHaveLength(2);
    expect(writes()).toHaveLength(3);
  });
});

describe('a start hook does not wait', () => {
  it.each<[string, Scripted]>([
    [
      'a wrong password',
      { status: 401, body: { error: 'invalid_grant', error_description: 'Invalid user credentials' } },
    ],
    ['an unknown client', { status: 401, body: { error: 'invalid_client' } }],
  ])('after %s', async (_, scripted) => {
    const { url, seen } = await server((request) => (isToken(request) ? scripted : undefined));
    const { result, waits, passed } = start([url], [ROLE]);
    expect(await failure(result)).toMatchObject({ code: 'KEYCLOAK_LOGIN', exit: 'auth' });
    expect([waits, passed(), seen.every(isToken)]).toEqual([[], 0, true]);
  });

  it.each([
    ['a realm that is there', undefined],
    ['a realm that is to be created', { status: 404, body: { error: 'Realm not found.' } }],
  ])('and writes nothing to %s where the files have an error', async (_, realm) => {
    const { url, writes } = await server(({ path }) => (path === '/admin/realms/shop' ? realm : undefined));
    const file = { ...ROLE, clients: [{ clientId: 'web', defaultClientScopes: ['nope'] }] };
    const { result, passed } = start([url], [file]);
    const error: CodemieError = await failure(result);
    expect(error.code).toBe('REALM_BLOCKED');
    expect(error.message).toContain('There is no client scope "nope"');
    expect([writes(), passed()]).toEqual([[], 0]);
  });

  it('and writes nothing where the account does not see what the files have', async () => {
    const { url, writes } = await server(({ path }) =>
      path.includes('/identity-provider/') ? { status: 403 } : undefined,
    );
    const file = { ...ROLE, identityProviders: [{ alias: 'azure' }] };
    const error = await failure(start([url], [file]).result);
    expect(error).toMatchObject({ code: 'ACCESS_DENIED', exit: 'denied' });
    expect(error.message).toContain('that the files have: identity providers.');
    expect(error.hint).toContain('view-identity-providers');
    expect(writes()).toEqual([]);
  });
});

describe('a start hook beside another one', () => {
  it('goes on where the other was first', async () => {
    const { url } = await server(({ method, path }, turn) =>
      method === 'POST' && path.endsWith('/roles') && turn === 0
        ? { status: 409, body: { errorMessage: 'Role with name member already exists' } }
        : undefined,
    );
    await start([url], [ROLE]).result;
  });

  it('waits as long as the other creates the realm', async () => {
    let answers = 0;
    const { url } = await server(({ method, path }) => {
      if (path === '/admin/realms')
        return { status: 409, body: { errorMessage: 'Duplicate resource error' } };
      if (method !== 'GET' || path !== '/admin/realms/shop') return undefined;
      answers += 1;
      return answers <= 8 ? { status: 404, body: { error: 'Realm not found.' } } : undefined;
    });
    const { result, waits } = start([url], [ROLE]);
    await result;
    expect(waits).toHaveLength(8);
    expect(waits[0]).toContain('Duplicate resource error');
  });

  it('takes a new token for a realm that the other has just created', async () => {
    const { url, seen } = await server(({ path }, turn) =>
      path === '/admin/realms/shop' && turn === 0 ? { status: 403 } : undefined,
    );
    await start([url], [ROLE]).result;
    expect(seen.filter(isToken)).toHaveLength(2);
  });

  it('gives up on a write that fails again and again', async () => {
    const { url, writes } = await server(({ method, path }) =>
      method === 'POST' && path.endsWith('/roles')
        ? { status: 400, body: { errorMessage: 'no such thing' } }
        : undefined,
    );
    const error = await failure(start([url], [ROLE]).result);
    expect(error.code).toBe('KEYCLOAK_REJECTED');
    expect(error.message).toContain('no such thing');
    expect(writes()).toHaveLength(4);
  });
});
