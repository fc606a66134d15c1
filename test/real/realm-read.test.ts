import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readRealm } from '../../src/realm/read.ts';
import { idKey } from '../../src/realm/reading.ts';
import { comparable, exportedRealm } from '../support/exported-realm.ts';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import {
  adminOf,
  connectThroughProxy,
  FIXTURES,
  realmFile,
  serviceAccount,
  VIEW,
} from '../support/realm-connection.ts';

const missing = prepareKeycloak();
/** A folder of further realm files, each read in the same way. */
const MORE = process.env['CODEMIE_REALM_FILES'];

let keycloak: KeycloakServer;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

describe.skipIf(missing !== undefined)('a realm is read completely', () => {
  it.each([
    ...['bare', 'harbour', 'odd-names', 'missing-authenticator'].map((name) => [name, FIXTURES]),
    ...(MORE === undefined ? [] : readdirSync(MORE).map((file) => [file.replace(/\.json$/, ''), MORE])),
  ])('%s reads as Keycloak itself exports it, and nothing is written', async (name = '', folder = '') => {
    const realm = `read-${name}`;
    await keycloak.importRealm(realmFile(name, folder), realm);
    const { admin, proxy } = await connectThroughProxy(keycloak, realm);
    const reading = await readRealm(admin);
    expect(comparable(reading.representation)).toEqual(await exportedRealm(keycloak, realm));
    expect(reading.unseen).toEqual([]);
    expect(proxy.writes()).toEqual([]);
    expect(proxy.admin()).toHaveLength(admin.requests.reads);
    expect(JSON.stringify(reading.representation)).not.toMatch(/"id":|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-/);
    await keycloak.call('DELETE', `/${realm}`);
  });

  it('the harbour’s types that are not covered are counted', async () => {
    await keycloak.importRealm(realmFile('harbour'), 'counted');
    await keycloak.call('POST', '/counted/organizations', {
      name: 'Agency',
      domains: [{ name: 'agency.example' }],
    });
    const { notCovered, userProfile } = await readRealm(await adminOf(keycloak, 'counted'));
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
    await keycloak.importRealm(realmFile('odd-names'), 'slashes');
    const { ids } = await readRealm(await adminOf(keycloak, 'slashes'));
    const both = [ids.get(idKey('group', 'a/b')), ids.get(idKey('group', 'a', 'b'))];
    expect(new Set(both).size).toBe(2);
    expect(both).not.toContain(undefined);
  });

  it('a person with the name of a service account is not taken for it', async () => {
    const robot = {
      clientId: 'robot',
      protocol: 'openid-connect',
      publicClient: false,
      serviceAccountsEnabled: true,
    };
    await keycloak.importRealm(
      {
        enabled: true,
        clients: [robot, { ...robot, clientId: 'second' }],
        users: [
          {
            username: 'the-robot',
            enabled: true,
            serviceAccountClientId: 'robot',
            realmRoles: ['offline_access'],
          },
          { username: 'service-account-robot', enabled: true },
        ],
      },
      'impostor',
    );
    const { representation } = await readRealm(await adminOf(keycloak, 'impostor'));
    expect(representation['users']).toContainEqual(
      expect.objectContaining({ username: 'the-robot', realmRoles: ['offline_access'] }),
    );
    expect(JSON.stringify(representation['users'])).not.toContain('service-account-robot');
  });

  it('every id in the table leads to its object', async () => {
    await keycloak.importRealm(realmFile('harbour'), 'ids');
    const { ids } = await readRealm(await adminOf(keycloak, 'ids'));
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
    const { admin, proxy } = await connectThroughProxy(keycloak, 'fifty');
    const first = await readRealm(admin);
    expect(proxy.admin().length).toBeLessThanOrEqual(150);
    expect(proxy.writes()).toEqual([]);
    const second = await readRealm(admin);
    expect(comparable(second.representation)).toEqual(comparable(first.representation));
  });

  it('scope mappings of a client with full scope are read where they are asked for', async () => {
    await keycloak.importRealm(
      { ...realmFile('harbour'), scopeMappings: [{ client: 'deck', roles: ['sailor'] }] },
      'deck',
    );
    const mappings = async (asked: readonly string[]) =>
      (await readRealm(await adminOf(keycloak, 'deck'), { scopeMappingsOf: new Set(asked) })).representation[
        'scopeMappings'
      ];
    const deck = { client: 'deck', roles: ['sailor'] };
    expect(await mappings([])).not.toContainEqual(deck);
    expect(await mappings(['deck'])).toContainEqual(deck);
  });

  it('a token that lives one second is replaced during the reading', async () => {
    await keycloak.importRealm({ ...realmFile('harbour'), accessTokenLifespan: 1 }, 'hasty');
    const login = await serviceAccount(keycloak, 'hasty', VIEW);
    const { admin, proxy } = await connectThroughProxy(keycloak, 'hasty', { login });
    // On a fast server a reading takes a tenth of the token's life.
    for (let turn = 0; turn < 100 && proxy.signIns().length < 4; turn += 1) await readRealm(admin);
    expect(proxy.signIns().length).toBeGreaterThanOrEqual(4);
  });
});
