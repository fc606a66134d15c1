import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { difference } from '../../src/realm/diff.ts';
import { objectsOf } from '../../src/realm/model/objects.ts';
import { ownershipOf } from '../../src/realm/model/ownership.ts';
import type { JsonObject } from '../../src/realm/model/values.ts';
import { readRealm } from '../../src/realm/read.ts';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { type Json, type Operator, operator, type PlanReport } from '../support/realm-cli.ts';
import { adminOf, FIXTURES, realmFile } from '../support/realm-connection.ts';

const missing = prepareKeycloak();
/** A folder of further realm files, which go the same way. */
const MORE = process.env['CODEMIE_REALM_FILES'];

let keycloak: KeycloakServer;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

const FILES: readonly (readonly [name: string, folder: string])[] = [
  ['odd-names', FIXTURES],
  ...(MORE === undefined
    ? []
    : readdirSync(MORE).map((file) => [file.replace(/\.json$/, ''), MORE] as const)),
];

/** The API refuses a client of the first one, whose name is no name for a certificate. */
const ALL_BUT_OURS = FILES.slice(1);

/** Deletes everything that it does not mention, so that a comparison finds what is only on one side. */
const WHOLE = {
  codemie: {
    delete: {
      roles: '*',
      clientScopes: '*',
      clients: '*',
      groups: '*',
      authenticationFlows: '*',
      identityProviders: '*',
    },
  },
};

async function whole(realm: string): Promise<JsonObject> {
  const { representation, userProfile } = await readRealm(await adminOf(keycloak, realm));
  return { ...representation, ...(userProfile && { userProfile }) };
}

/** `type id` of every object that is not the same in two readings. */
function differing(before: JsonObject, after: JsonObject): readonly string[] {
  const { changes } = difference(objectsOf(after), objectsOf(before), ownershipOf([WHOLE], []));
  return [...new Set(changes.map(({ type, id }) => `${type} ${id}`))];
}

/** As the file is, but what looks like a variable is a text. */
function literal(name: string, folder: string): string {
  return JSON.stringify(realmFile(name, folder)).replace(/\$\{(?=[A-Z])/g, '$$${');
}

/** Whether the files have errors, which a plan has named: then an apply writes nothing. */
async function isBlocked({ run, proxy }: Operator, path: string): Promise<boolean> {
  const { code, stdout } = await run('plan', path, '--json');
  if (code === 0) return false;
  const { findings } = JSON.parse(stdout) as PlanReport;
  expect(findings).toContainEqual(expect.objectContaining({ severity: 'error' }));
  expect((await run('apply', path, '--yes')).code).toBe(1);
  expect(proxy.writes()).toEqual([]);
  return true;
}

/** What no command looks at. */
async function uncovered({ call }: Operator): Promise<unknown> {
  const { clientPolicies, clientProfiles } = (await call('GET', '')) as Json;
  const clients = (await call('GET', '/clients')) as Json[];
  const authorized = clients.filter((client) => client['authorizationServicesEnabled'] === true);
  const settings = authorized.map(({ id }) => call('GET', `/clients/${id}/authz/resource-server/settings`));
  const components = (await call('GET', '/components')) as Json[];
  return {
    clientPolicies,
    clientProfiles,
    components: components.filter(({ providerId }) => providerId !== 'declarative-user-profile'),
    languages: await call('GET', '/localization'),
    settings: await Promise.all(settings),
    people: await call('GET', '/users?max=-1'),
  };
}

describe.skipIf(missing !== undefined)('a realm file that Keycloak imports', () => {
  it.each(FILES)(
    '%s: an export and the plan with it find nothing, and write nothing',
    async (name, folder) => {
      const realm = `export-${name}`;
      await keycloak.importRealm(realmFile(name, folder), realm);
      const person = await operator(keycloak, realm);
      const out = person.file('', 'export.json');
      expect((await person.run('export', '--out', out)).code).toBe(0);
      expect((await person.json(0, 'plan', out, '--detailed-exitcode')).changes).toEqual([]);
      expect(person.proxy.writes()).toEqual([]);
      await keycloak.call('DELETE', `/${realm}`);
    },
  );

  it.each(FILES)(
    '%s: the plan with the file itself has what an apply removes, and nothing else changes',
    async (name, folder) => {
      const realm = `itself-${name}`;
      await keycloak.importRealm(realmFile(name, folder), realm);
      const person = await operator(keycloak, realm);
      const path = person.file(literal(name, folder));
      if (await isBlocked(person, path)) return;
      const before = { covered: await whole(realm), uncovered: await uncovered(person) };
      const { changes } = await person.json(0, 'plan', path);
      expect(person.proxy.writes()).toEqual([]);
      await person.json(0, 'apply', path, '--yes');
      expect((await person.json(0, 'verify', path)).changes).toEqual([]);
      const planned = changes.map(({ type, id }) => `${type} ${id}`);
      expect(differing(before.covered, await whole(realm)).filter((one) => !planned.includes(one))).toEqual(
        [],
      );
      expect(await uncovered(person)).toEqual(before.uncovered);
      await keycloak.call('DELETE', `/${realm}`);
    },
  );

  it.each(ALL_BUT_OURS)('%s: an apply to an empty server arrives whole', async (name, folder) => {
    const realm = `empty-${name}`;
    const person = await operator(keycloak, realm);
    const path = person.file(literal(name, folder));
    if (await isBlocked(person, path)) return;
    expect(await person.json(0, 'apply', path, '--yes')).toMatchObject({ verified: true });
    expect((await person.json(0, 'verify', path)).changes).toEqual([]);
    await keycloak.call('DELETE', `/${realm}`);
  });
});
