import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { KeycloakAdmin } from '../../src/keycloak/admin.ts';
import { connectKeycloak } from '../../src/keycloak/connect.ts';
import type { KeycloakConnection } from '../../src/keycloak/connection.ts';
import { readRealm } from '../../src/realm/read.ts';
import { idKey } from '../../src/realm/reading.ts';
import { Secret } from '../../src/system/secret.ts';
import { testContext } from '../support/context.ts';
import { type CountingProxy, countingProxy } from '../support/counting-proxy.ts';
import { comparable, exportedRealm } from '../support/exported-realm.ts';
import { ADMIN, type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';

const missing = prepareKeycloak();
const FIXTURES = 'test/fixtures/realms';
/** A folder of further realm files, each read in the same way. */
const MORE = process.env['CODEMIE_REALM_FILES'];
const PERSON = { kind: 'password', username: ADMIN.username, password: new Secret(ADMIN.password) } as const;

let keycloak: KeycloakServer;
let proxy: CountingProxy;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

async function connect(realm: string, changes: Partial<KeycloakConnection> = {}): Promise<KeycloakAdmin> {
  proxy = await countingProxy(keycloak.url);
  return connectKeycloak(testContext(), { server: proxy.url, realm, login: PERSON, ...changes });
}

/** Creates a client in the realm that may do what the roles of realm-management allow. */
async function account(realm: string, roles: readonly string[]): Promise<KeycloakConnection['login']> {
  const at = (path: string): string => `/${realm}${path}`;
  const secret = 'viewer-secret-of-this-test';
  await keycloak.call('POST', at('/clients'), {
    clientId: 'viewer',
    secret,
    publicClient: false,
    protocol: 'openid-connect',
    serviceAccountsEnabled: true,
    standardFlowEnabled: false,
    directAccessGrantsEnabled: false,
  });
  const idOf = async (path: string): Promise<string> => {
    const found = await keycloak.call('GET', at(path));
    return ((Array.isArray(found) ? found[0] : found) as { id: string }).id;
  };
  const management = await idOf('/clients?clientId=realm-management');
  const user = await idOf(`/clients/${await idOf('/clients?clientId=viewer')}/service-account-user`);
  const all = (await keycloak.call('GET', at(`/clients/${management}/roles`))) as { name: string }[];
  await keycloak.call(
    'POST',
    at(`/users/${user}/role-mappings/clients/${management}`),
    all.filter(({ name }) => roles.includes(name)),
  );
  return { kind: 'client', clientId: 'viewer', secret: new Secret(secret) };
}

const VIEW = ['view-realm', 'view-clients', 'view-identity-providers', 'view-users'];

function fixture(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(FIXTURES, `${name}.json`), 'utf8'));
}

describe.skipIf(missing !== undefined)('a realm is read completely', () => {
  it.each([
    ...['bare', 'harbour', 'odd-names', 'missing-authenticator'].map((name) => [name, FIXTURES]),
    ...(MORE === undefined ? [] : readdirSync(MORE).map((file) => [file.replace(/\.json$/, ''), MORE])),
  ])('%s reads as Keycloak itself exports it, and nothing is written', async (name = '', folder = '') => {
    const realm = `read-${name}`;
    const { id: _, ...file } = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
    await keycloak.importRealm(file, realm);
    const admin = await connect(realm);
    const reading = await readRealm(admin);
    expect(comparable(reading.representation)).toEqual(await exportedRealm(keycloak, realm));
    expect(reading.unseen).toEqual([]);
    expect(proxy.writes()).toEqual([]);
    expect(proxy.admin()).toHaveLength(admin.requests.reads);
    expect(JSON.stringify(reading.representation)).not.toMatch(/"id":|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-/);
    await keycloak.call('DELETE', `/${realm}`);
  });

  it('the harbour’s types that are not covered are counted', async () => {
    await keycloak.importRealm(fixture('harbour'), 'counted');
    await keycloak.call('POST', '/counted/organizations', {
      name: 'Agency',
      domains: [{ name: 'agency.example' }],
    });
    const { notCovered, userProfile } = await readRealm(await connect('counted'));
    expect(Object.fromEntries(notCovered.map(({ type, count }) => [type, count]))).toMatchObject({
      organizations: 1,
      'client policies': 1,
      'client profiles': 1,
      'user federation': 1,
      'languages with texts of their own': 1,
    });
    expect(userProfile).toMatchObject({ unmanagedAttributePolicy: 'ADMIN_EDIT' });
  });

  it('two groups with the same path are told apart by their ids', async () => {
    await keycloak.importRealm(fixture('odd-names'), 'slashes');
    const { ids } = await readRealm(await connect('slashes'));
    const both = [ids.get(idKey('group', 'a/b')), ids.get(idKey('group', 'a', 'b'))];
    expect(new Set(both).size).toBe(2);
    expect(both).not.toContain(undefined);
  });

  it('every id in the table leads to its object', async () => {
    await keycloak.importRealm(fixture('harbour'), 'ids');
    const { ids } = await readRealm(await connect('ids'));
    const at = async (path: string): Promise<unknown> => keycloak.call('GET', `/ids${path}`);
    const id = (...key: Parameters<typeof idKey>): string => ids.get(idKey(...key)) ?? 'none';
    expect(await at(`/clients/${id('client', 'crane')}`)).toMatchObject({ clientId: 'crane' });
    const models = 'protocol-mappers/models';
    expect(
      await at(`/clients/${id('client', 'crane')}/${models}/${id('client-mapper', 'crane', 'shift')}`),
    ).toMatchObject({ name: 'shift' });
    expect(
      await at(
        `/client-scopes/${id('client-scope', 'berth')}/${models}/${id('scope-mapper', 'berth', 'berth')}`,
      ),
    ).toMatchObject({ name: 'berth' });
    expect(await at(`/roles-by-id/${id('realm-role', 'captain')}`)).toMatchObject({ name: 'captain' });
    expect(await at(`/roles-by-id/${id('client-role', 'crane', 'maintain')}`)).toMatchObject({
      name: 'maintain',
    });
    expect(await at(`/groups/${id('group', 'tenants', 'north', 'pier 7')}`)).toMatchObject({
      name: 'pier 7',
    });
    expect(await at(`/users/${id('service-account', 'dispatcher')}`)).toMatchObject({
      username: 'service-account-dispatcher',
    });
    expect(await at(`/authentication/flows/${id('flow', 'harbour gate')}`)).toMatchObject({
      alias: 'harbour gate',
    });
    expect(await at(`/authentication/executions/${id('execution', 'harbour gate', '2')}`)).toMatchObject({
      authenticator: 'deny-access-authenticator',
      priority: 7,
    });
    expect(await at(`/authentication/config/${id('authenticator-config', 'gate message')}`)).toMatchObject({
      config: { denyErrorMessage: 'Captains only' },
    });
    const mapper = id('identity-provider-mapper', 'agency', 'captains');
    expect(await at(`/identity-provider/instances/agency/mappers/${mapper}`)).toMatchObject({
      name: 'captains',
    });
    expect(id('identity-provider', 'agency')).not.toBe('none');
  });
});

describe.skipIf(missing !== undefined)('D7: more than ten sub-groups, more than a hundred providers', () => {
  it('all 105 providers, 130 sub-groups, 130 mappers and 150 clients are read', async () => {
    const many = <T>(count: number, make: (name: string) => T): T[] =>
      Array.from({ length: count }, (_, at) => make(`n${String(at).padStart(3, '0')}`));
    await keycloak.importRealm(
      {
        enabled: true,
        groups: [{ name: 'tenants', subGroups: many(130, (name) => ({ name })) }],
        identityProviders: many(105, (alias) => ({
          alias,
          providerId: 'oidc',
          enabled: true,
          config: {
            clientId: 'c',
            clientSecret: 's',
            authorizationUrl: 'https://a.example/a',
            tokenUrl: 'https://a.example/t',
          },
        })),
        clients: many(150, (name) => ({
          clientId: name,
          protocol: 'openid-connect',
          publicClient: true,
          protocolMappers: name === 'n000' ? many(130, mapperNamed) : [],
        })),
      },
      'crowded',
    );
    const { representation } = await readRealm(await connect('crowded'));
    const list = (name: string) => representation[name] as readonly Record<string, unknown>[];
    expect(list('identityProviders')).toHaveLength(105);
    expect(list('groups')[0]?.['subGroups']).toHaveLength(130);
    const own = list('clients').filter(({ clientId }) => /^n\d/.test(String(clientId)));
    expect(own).toHaveLength(150);
    expect(own.find(({ clientId }) => clientId === 'n000')?.['protocolMappers']).toHaveLength(130);
  });
});

function mapperNamed(name: string): Record<string, unknown> {
  return {
    name,
    protocol: 'openid-connect',
    protocolMapper: 'oidc-hardcoded-claim-mapper',
    config: { 'claim.name': name, 'claim.value': 'x', 'access.token.claim': 'true' },
  };
}

describe.skipIf(missing !== undefined)('requests', () => {
  it('a realm with 50 clients of 14 mappers is read with at most 150, and two readings are the same', async () => {
    const fifty = Array.from({ length: 50 }, (_, at) => at);
    await keycloak.importRealm(
      {
        enabled: true,
        roles: { realm: fifty.map((at) => ({ name: `role-${at}` })) },
        groups: fifty.map((at) => ({ name: `group-${at}`, realmRoles: [`role-${at}`] })),
        clients: fifty.map((at) => ({
          clientId: `client-${at}`,
          protocol: 'openid-connect',
          publicClient: false,
          secret: `secret-of-client-${at}`,
          serviceAccountsEnabled: at < 5,
          protocolMappers: Array.from({ length: 14 }, (_, of) => mapperNamed(`mapper-${of}`)),
        })),
      },
      'fifty',
    );
    const admin = await connect('fifty');
    const first = await readRealm(admin);
    expect(proxy.admin().length).toBeLessThanOrEqual(150);
    expect(proxy.writes()).toEqual([]);
    const second = await readRealm(admin);
    expect(comparable(second.representation)).toEqual(comparable(first.representation));
  });

  it('scope mappings of a client with full scope are read where they are asked for', async () => {
    await keycloak.importRealm(
      { ...fixture('harbour'), scopeMappings: [{ client: 'deck', roles: ['sailor'] }] },
      'deck',
    );
    const mappings = async (asked: readonly string[]) =>
      (await readRealm(await connect('deck'), { scopeMappingsOf: new Set(asked) })).representation[
        'scopeMappings'
      ];
    const deck = { client: 'deck', roles: ['sailor'] };
    expect(await mappings([])).not.toContainEqual(deck);
    expect(await mappings(['deck'])).toContainEqual(deck);
  });

  it('a token that lives one second is replaced during the reading', async () => {
    await keycloak.importRealm({ ...fixture('harbour'), accessTokenLifespan: 1 }, 'hasty');
    const admin = await connect('hasty', { login: await account('hasty', VIEW) });
    for (let turn = 0; turn < 20 && proxy.signIns().length < 4; turn += 1) await readRealm(admin);
    expect(proxy.signIns().length).toBeGreaterThanOrEqual(4);
  });
});

describe.skipIf(missing !== undefined)('an account that may only view', () => {
  it('reads what an administrator reads, and says that organizations are hidden', async () => {
    await keycloak.importRealm(fixture('harbour'), 'viewed');
    const login = await account('viewed', VIEW);
    const whole = await readRealm(await connect('viewed'));
    const viewed = await readRealm(await connect('viewed', { login }));
    expect(comparable(viewed.representation)).toEqual(comparable(whole.representation));
    expect(viewed.unseen).toEqual([{ what: 'organizations', permission: expect.any(String), members: [] }]);
    expect(proxy.signIns().map(({ path }) => path.split('/')[2])).toEqual(['viewed']);
  });

  it('names a flow that only Keycloak’s export shows', async () => {
    await keycloak.importRealm(fixture('missing-authenticator'), 'half-seen');
    const login = await account('half-seen', VIEW);
    const { unseen, representation } = await readRealm(await connect('half-seen', { login }));
    expect(unseen).toEqual([
      expect.objectContaining({
        permission: 'manage-realm',
        members: ['authenticationFlows/retina browser'],
      }),
    ]);
    expect(representation['authenticationFlows']).toContainEqual(
      expect.objectContaining({ alias: 'retina browser', authenticationExecutions: expect.any(Array) }),
    );
  });

  it.each<[string, readonly string[]]>([
    ['view-clients', ['clients', 'client scopes']],
    ['view-identity-providers', ['identity providers']],
    ['view-users', ['groups', 'service accounts']],
  ])('without %s says what it cannot see', async (role, what) => {
    const realm = `without-${role}`;
    await keycloak.importRealm({ ...fixture('harbour'), organizationsEnabled: false }, realm);
    const login = await account(
      realm,
      VIEW.filter((name) => name !== role),
    );
    const { unseen, representation } = await readRealm(await connect(realm, { login }));
    expect(unseen.map((one) => [one.what, one.permission])).toEqual(
      expect.arrayContaining(what.map((one) => [one, role])),
    );
    for (const { members } of unseen)
      for (const name of members) expect(representation).not.toHaveProperty([name]);
  });

  it('without view-realm the reading is refused, naming the role', async () => {
    await keycloak.importRealm(fixture('bare'), 'closed');
    const login = await account('closed', ['view-clients']);
    await expect(readRealm(await connect('closed', { login }))).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      hint: 'Give it the role "view-realm" of the client "realm-management" in the realm "closed".',
    });
  });
});

describe.skipIf(missing !== undefined)('what goes wrong is told apart', () => {
  it('a wrong password', async () => {
    const admin = await connect('master', { login: { ...PERSON, password: new Secret('not-the-password') } });
    await expect(readRealm(admin)).rejects.toMatchObject({
      code: 'KEYCLOAK_LOGIN',
      message: expect.stringContaining('rejected the user "admin" in the realm "master"'),
    });
  });

  it('a wrong secret of a client, looked for in its realm and in master', async () => {
    const login = { kind: 'client', clientId: 'nobody', secret: new Secret('not-the-secret') } as const;
    await expect(readRealm(await connect('master', { login }))).rejects.toMatchObject({
      code: 'KEYCLOAK_LOGIN',
    });
  });

  it('an unknown realm, for a person and for a client of master', async () => {
    await expect(readRealm(await connect('nowhere'))).rejects.toMatchObject({
      code: 'KEYCLOAK_REALM',
      message: expect.stringContaining('has no realm "nowhere"'),
    });
    await expect(readRealm(await connect('master', { adminRealm: 'nowhere' }))).rejects.toMatchObject({
      code: 'KEYCLOAK_REALM',
    });
  });

  it('a path at which there is no Keycloak', async () => {
    const admin = await connect('master', { server: `${keycloak.url}/auth` });
    await expect(readRealm(admin)).rejects.toMatchObject({ code: 'KEYCLOAK_ABSENT' });
  });

  it('a server that is not there', async () => {
    const admin = await connect('master', { server: 'http://127.0.0.1:1' });
    await expect(readRealm(admin)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});
