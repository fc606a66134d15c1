import { beforeAll, describe, expect, it } from 'vitest';
import { compareRealm } from '../../src/realm/compare.ts';
import { ownershipOf } from '../../src/realm/model/ownership.ts';
import type { JsonObject } from '../../src/realm/model/values.ts';
import { readRealm } from '../../src/realm/read.ts';
import type { RealmReading } from '../../src/realm/reading.ts';
import { Secret } from '../../src/system/secret.ts';
import { comparable } from '../support/exported-realm.ts';
import { ADMIN, type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import {
  adminOf,
  connectThroughProxy,
  realmFile,
  serviceAccount,
  VIEW,
} from '../support/realm-connection.ts';

const missing = prepareKeycloak();

let keycloak: KeycloakServer;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

/** Newer servers have workflows, which only realm-admin may see. */
function hidden({ unseen }: RealmReading): RealmReading['unseen'] {
  return unseen.filter(({ what }) => what !== 'workflows');
}

describe.skipIf(missing !== undefined)('an account that may only view', () => {
  it('reads what an administrator reads, and says that organizations are hidden', async () => {
    await keycloak.importRealm(realmFile('harbour'), 'viewed');
    const login = await serviceAccount(keycloak, 'viewed', VIEW);
    const whole = await readRealm(await adminOf(keycloak, 'viewed'));
    const { admin, proxy } = await connectThroughProxy(keycloak, 'viewed', { login });
    const viewed = await readRealm(admin);
    expect(comparable(viewed.representation)).toEqual(comparable(whole.representation));
    const permission = expect.stringContaining('view-organizations');
    expect(hidden(viewed)).toEqual([{ what: 'organizations', permission, members: [] }]);
    expect(proxy.signIns().map(({ path }) => path.split('/')[2])).toEqual(['viewed']);
  });

  it('names a flow that only Keycloak’s export shows', async () => {
    const file = realmFile('missing-authenticator') as JsonObject;
    await keycloak.importRealm({ ...file }, 'half-seen');
    const login = await serviceAccount(keycloak, 'half-seen', VIEW);
    const reading = await readRealm(await adminOf(keycloak, 'half-seen', { login }));
    const { representation } = reading;
    expect(hidden(reading)).toEqual([
      expect.objectContaining({
        permission: 'manage-realm',
        members: ['authenticationFlows/retina browser'],
      }),
    ]);
    expect(representation['authenticationFlows']).toContainEqual(
      expect.objectContaining({ alias: 'retina browser', authenticationExecutions: expect.any(Array) }),
    );
    const admin = await adminOf(keycloak, 'half-seen', { login });
    expect((await compareRealm(admin, [file], ownershipOf([file], []))).plan.changes).toEqual([]);
  });

  it.each<[string, readonly string[]]>([
    ['view-clients', ['clients', 'client scopes']],
    ['view-identity-providers', ['identity providers']],
    ['view-users', ['groups', 'service accounts']],
  ])('without %s says what it cannot see', async (role, what) => {
    const realm = `without-${role}`;
    await keycloak.importRealm({ ...realmFile('harbour'), organizationsEnabled: false }, realm);
    const login = await serviceAccount(
      keycloak,
      realm,
      VIEW.filter((name) => name !== role),
    );
    const { unseen, representation } = await readRealm(await adminOf(keycloak, realm, { login }));
    expect(unseen.map((one) => [one.what, one.permission])).toEqual(
      expect.arrayContaining(what.map((one) => [one, role])),
    );
    for (const { members } of unseen)
      for (const name of members) expect(representation).not.toHaveProperty([name]);
  });

  it('without view-realm the reading is refused, naming the role', async () => {
    await keycloak.importRealm(realmFile('bare'), 'closed');
    const login = await serviceAccount(keycloak, 'closed', ['view-clients']);
    await expect(readRealm(await adminOf(keycloak, 'closed', { login }))).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      hint: 'Give it the role view-realm of the client "realm-management" in the realm "closed".',
    });
  });
});

describe.skipIf(missing !== undefined)('what goes wrong is told apart', () => {
  it('a wrong password', async () => {
    const admin = await adminOf(keycloak, 'master', {
      login: { kind: 'password', username: ADMIN.username, password: new Secret('not-the-password') },
    });
    await expect(readRealm(admin)).rejects.toMatchObject({
      code: 'KEYCLOAK_LOGIN',
      message: expect.stringContaining('rejected the user "admin" in the realm "master"'),
    });
  });

  it('a wrong secret of a client, looked for in its realm and in master', async () => {
    const login = { kind: 'client', clientId: 'nobody', secret: new Secret('not-the-secret') } as const;
    await expect(readRealm(await adminOf(keycloak, 'master', { login }))).rejects.toMatchObject({
      code: 'KEYCLOAK_LOGIN',
    });
  });

  it('an unknown realm, for a person and for a client of master', async () => {
    await expect(readRealm(await adminOf(keycloak, 'nowhere'))).rejects.toMatchObject({
      code: 'KEYCLOAK_REALM',
      message: expect.stringContaining('has no realm "nowhere"'),
    });
    await expect(
      readRealm(await adminOf(keycloak, 'master', { adminRealm: 'nowhere' })),
    ).rejects.toMatchObject({
      code: 'KEYCLOAK_REALM',
    });
  });

  it('a path at which there is no Keycloak', async () => {
    const admin = await adminOf(keycloak, 'master', { server: `${keycloak.url}/auth` });
    await expect(readRealm(admin)).rejects.toMatchObject({ code: 'KEYCLOAK_ABSENT' });
  });

  it('a server that is not there', async () => {
    const admin = await adminOf(keycloak, 'master', { server: 'http://127.0.0.1:1' });
    await expect(readRealm(admin)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});
