import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeExample } from '../../src/realm/example/example.ts';
import { withVariables } from '../../src/realm/file/variables.ts';
import { renderStage } from '../../src/realm/render/render.ts';
import { exampleRows } from '../support/example-rows.ts';
import { EXAMPLE_VARIABLES } from '../support/example-variables.ts';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { type Json, type Operator, operator } from '../support/realm-cli.ts';
import { accountRow, type RealmRows, realmRows } from '../support/realm-rows.ts';

const missing = prepareKeycloak();
let keycloak: KeycloakServer;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

/** The files of the example for a stage, as `codemie realm render` writes them. */
async function rendered(stage: string): Promise<{ readonly realm: string; readonly providers: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'example-'));
  writeExample(folder);
  const { files } = await renderStage(
    {
      templates: 'infra/deployment/templates/configs',
      stages: 'infra/deployment/stages.yaml',
      find: (path) => join(folder, path),
    },
    stage,
    undefined,
  );
  const textOf = (name: string): string => files.find((file) => file.name === name)?.text ?? '';
  return { realm: textOf('keycloak-realm.json'), providers: textOf('keycloak-identity-providers.json') };
}

interface Filled extends Operator {
  readonly files: readonly string[];
}

async function operatorOf(realm: string, stage: string): Promise<Filled> {
  const person = await operator(keycloak, realm, undefined, EXAMPLE_VARIABLES);
  const { realm: text, providers } = await rendered(stage);
  return { ...person, files: [person.file(text), person.file(providers, 'providers.json')] };
}

/** What Keycloak does with the files by itself: an import, and then a partial one. */
async function importByKeycloak({ realm, files: [file = '', providers = ''] }: Filled): Promise<void> {
  const filled = (path: string): Json =>
    withVariables(JSON.parse(readFileSync(path, 'utf8')), EXAMPLE_VARIABLES, path) as Json;
  await keycloak.importRealm(filled(file), realm);
  const body = { ...filled(providers), ifResourceExists: 'OVERWRITE' };
  await keycloak.call('POST', `/${realm}/partialImport`, body);
}

describe.skipIf(missing !== undefined)('the example realm on a real Keycloak', () => {
  it.each(['dev', 'latest'])(
    'applied to an empty server, reads back as every row of its description (stage %s)',
    async (stage) => {
      const person = await operatorOf(`example-applied-${stage}`, stage);
      expect(await person.json(0, 'apply', ...person.files, '--yes')).toMatchObject({ verified: true });
      expect((await person.json(0, 'verify', ...person.files)).changes).toEqual([]);
      await expectRows(person.realm, stage);
    },
  );

  it.each(['dev', 'latest'])(
    'imported by Keycloak, reads back the same, and a plan finds nothing (stage %s)',
    async (stage) => {
      const person = await operatorOf(`example-imported-${stage}`, stage);
      await importByKeycloak(person);
      await expectRows(person.realm, stage);
      expect((await person.json(0, 'plan', ...person.files, '--detailed-exitcode')).changes).toEqual([]);
      expect(person.proxy.writes()).toEqual([]);
    },
  );
});

async function expectRows(realm: string, stage: string): Promise<void> {
  const rows = await realmRows(keycloak, realm);
  const expected = exampleRows(stage);
  for (const table of Object.keys(expected) as (keyof RealmRows)[])
    expect(rows[table], table).toEqual(expected[table]);
  expect(await accountRow(keycloak, realm, 'root@hub.example')).toEqual({
    email: 'root@hub.example',
    firstName: 'Rosa',
    lastName: 'Root',
    emailVerified: true,
    enabled: true,
    roles: ['AIHubAccess', 'AIHubSysAdmin'],
    clientRoles: {},
    groups: ['/tenants/acme'],
  });
  expect(await accountRow(keycloak, realm, 'service-account-aihub-api-service')).toMatchObject({
    clientRoles: {
      account: ['view-groups'],
      'realm-management': [
        ...['manage-users', 'query-groups', 'query-users', 'view-clients'],
        ...['view-identity-providers', 'view-realm', 'view-users'],
      ],
    },
  });
}
