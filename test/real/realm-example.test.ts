import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { withVariables } from '../../src/realm/file/variables.ts';
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

/** An operator in the folder of a project that `codemie realm init` and `render` have written. */
interface Project extends Operator {
  readonly files: readonly string[];
  /** @returns the text of a rendered file. */
  text(file: string): string;
}

async function project(realm: string, stage: string): Promise<Project> {
  const person = await operator(keycloak, realm, undefined, EXAMPLE_VARIABLES);
  const folder = dirname(person.file(''));
  expect(await person.run('init', '.')).toMatchObject({ code: 0 });
  expect(await person.run('render', '--stage', stage)).toMatchObject({ code: 0 });
  const files = ['realm', 'identity-providers'].map((name) => `infra/configs/keycloak/keycloak-${name}.json`);
  return { ...person, files, text: (file) => readFileSync(join(folder, file), 'utf8') };
}

/** What Keycloak does with the files by itself: an import, and then a partial one. */
async function importByKeycloak({ realm, files: [file = '', providers = ''], text }: Project): Promise<void> {
  const filled = (path: string): Json =>
    withVariables(JSON.parse(text(path)), EXAMPLE_VARIABLES, path) as Json;
  await keycloak.importRealm(filled(file), realm);
  const body = { ...filled(providers), ifResourceExists: 'OVERWRITE' };
  await keycloak.call('POST', `/${realm}/partialImport`, body);
}

describe.skipIf(missing !== undefined)('the example realm on a real Keycloak', () => {
  it('applied to an empty server, reads back as every row of its description, and a second apply writes nothing', async () => {
    const person = await project('example-applied', 'latest');
    expect(await person.json(0, 'apply', ...person.files, '--yes')).toMatchObject({ verified: true });
    expect((await person.json(0, 'verify', ...person.files)).changes).toEqual([]);
    await expectRows(person.realm, 'latest');
    const writes = person.proxy.writes().length;
    expect((await person.json(0, 'apply', ...person.files, '--yes')).changes).toEqual([]);
    expect(person.proxy.writes()).toHaveLength(writes);
  });

  it.each(['dev', 'latest'])(
    'imported by Keycloak, reads back the same, and a plan finds nothing (stage %s)',
    async (stage) => {
      const person = await project(`example-imported-${stage}`, stage);
      await importByKeycloak(person);
      await expectRows(person.realm, stage);
      expect((await person.json(0, 'plan', ...person.files, '--detailed-exitcode')).changes).toEqual([]);
      expect(person.proxy.writes()).toEqual([]);
    },
  );
});

describe.skipIf(missing !== undefined)('one line of the example is edited', () => {
  it('a redirect URI, a mapper, the requirement of a step: one write each, and no id changes', async () => {
    const person = await project('example-edited', 'latest');
    const [file = '', providers = ''] = person.files;
    await person.json(0, 'apply', ...person.files, '--yes');
    const ids = await idsOf(person);
    const text = person.text(file);
    const edits: readonly (readonly [found: string, from: RegExp, to: string])[] = [
      [
        'client aihub-frontend redirectUris',
        /"redirectUris": \[\s*"https:/,
        '"redirectUris": ["https://more.example/*", "https:',
      ],
      [
        'client-scope-mapper tenants/tenants config.claim.name',
        /"claim\.name": "tenants"/,
        '"claim.name": "hubs"',
      ],
      [
        'execution browser-aihub-conditional-2fa/auth-otp-form requirement',
        /("auth-otp-form", "authenticatorFlow": false, "requirement": )"ALTERNATIVE"/,
        '$1"REQUIRED"',
      ],
    ];
    for (const [found, from, to] of edits) {
      expect(text).toMatch(from);
      const edited = person.file(text.replace(from, to), 'edited.json');
      const writes = person.proxy.writes().length;
      const { changes } = await person.json(0, 'apply', edited, providers, '--yes');
      expect(changes.map(({ type, id, path }) => `${type} ${id} ${path}`)).toEqual([found]);
      expect(person.proxy.writes()).toHaveLength(writes + 1);
      await person.json(0, 'apply', ...person.files, '--yes');
      expect(person.proxy.writes()).toHaveLength(writes + 2);
    }
    expect(await idsOf(person)).toEqual(ids);
  });
});

async function idsOf({ call }: Operator): Promise<unknown> {
  const flows = (await call('GET', '/authentication/flows')) as Json[];
  const paths = [
    '/clients',
    '/client-scopes',
    '/roles',
    '/identity-provider/instances',
    ...flows.map(({ alias }) => `/authentication/flows/${encodeURIComponent(String(alias))}/executions`),
  ];
  const idsAt = async (path: string) =>
    ((await call('GET', path)) as Json[]).map(({ id, internalId }) => id ?? internalId).sort();
  return Promise.all(paths.map(idsAt));
}

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
