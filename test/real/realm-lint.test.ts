import { beforeAll, describe, expect, it } from 'vitest';
import { BUILT_IN_FACTS, factsOf } from '../../src/realm/lint/facts.ts';
import { BUILT_IN, CLIENT_ROLES } from '../../src/realm/lint/known/built-in.ts';
import { KNOWN_FIELDS } from '../../src/realm/lint/known/fields.ts';
import { COMPONENTS, CONFIG_KEYS, PROVIDERS, THEMES } from '../../src/realm/lint/known/providers.ts';
import type { JsonObject } from '../../src/system/json.ts';
import { client, type Example, flow, flows, step, whole } from '../realm/lint/examples.ts';
import { FLOW_EXAMPLES } from '../realm/lint/flows.ts';
import { KEY_EXAMPLES } from '../realm/lint/keys.ts';
import { NAME_EXAMPLES } from '../realm/lint/names.ts';
import {
  KEYCLOAK_VERSION,
  type KeycloakServer,
  keycloakServer,
  prepareKeycloak,
} from '../support/keycloak-server.ts';
import { type Json, named, type Operator, operator } from '../support/realm-cli.ts';
import { adminOf } from '../support/realm-connection.ts';
import { expectShape } from '../support/schemas.ts';

const missing = prepareKeycloak();
let keycloak: KeycloakServer;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

const words = (text: string): readonly string[] => text.trim().split(/\s+/).toSorted();
const namesOf = (list: unknown, key: string): readonly unknown[] =>
  (list as Json[]).map((one) => one[key]).toSorted();

describe.skipIf(missing !== undefined || KEYCLOAK_VERSION !== '26.5.5')(
  'what lint knows without a server',
  () => {
    it('is what a real server has installed', async () => {
      const authenticators = Object.keys(CONFIG_KEYS);
      const facts = await factsOf(await adminOf(keycloak, 'master'), authenticators);
      const installed = (names: ReadonlySet<string> | undefined) => [...(names ?? [])].toSorted();
      for (const [kind, text] of Object.entries(PROVIDERS))
        expect(installed(facts.providers(kind)), kind).toEqual(words(text));
      for (const [type, text] of Object.entries(COMPONENTS))
        expect(installed(facts.components(type)), type).toEqual(words(text));
      // The test server has a theme more.
      for (const [purpose, text] of Object.entries(THEMES))
        expect(installed(facts.themes(purpose)), purpose).toEqual(expect.arrayContaining([...words(text)]));
      for (const name of authenticators)
        expect(installed(facts.configKeys(name)), name).toEqual(installed(BUILT_IN_FACTS.configKeys(name)));
    });

    it('is what a new realm has', async () => {
      await keycloak.importRealm({ enabled: true }, 'lint-new');
      const { call } = keycloak;
      const whole = (await call(
        'POST',
        '/lint-new/partial-export?exportClients=true&exportGroupsAndRoles=true',
      )) as Json;
      const list = (name: string) => whole[name] as Json[];
      // One of them came with 26.7.
      expect(BUILT_IN.scopes).toEqual(expect.arrayContaining([...namesOf(list('clientScopes'), 'name')]));
      expect(namesOf(list('clientScopes'), 'name').length).toBeGreaterThanOrEqual(BUILT_IN.scopes.length - 1);
      expect(namesOf(list('clients'), 'clientId')).toEqual(BUILT_IN.clients);
      const top = list('authenticationFlows').filter(({ topLevel }) => topLevel === true);
      expect(namesOf(top, 'alias')).toEqual(BUILT_IN.flows);
      const below = list('authenticationFlows').filter(({ topLevel }) => topLevel !== true);
      expect(namesOf(below, 'alias')).toEqual(BUILT_IN.subFlows.toSorted());
      const roles = (whole['roles'] as { client: Record<string, Json[]> }).client;
      for (const [client, names] of Object.entries(CLIENT_ROLES))
        expect(namesOf(roles[client], 'name')).toEqual(names);
    });
  },
);

/** What Keycloak 26.5 does not know yet. */
const SINCE_26_7 = [
  'Realm.maxSecondaryAuthFailures',
  'Realm.scimApiEnabled',
  'Realm.webAuthnPolicyPasswordlessMediation',
  'Realm.webAuthnPolicyPasswordlessResidentKey',
  'Realm.webAuthnPolicyResidentKey',
  'Organization.groups',
  ...['User', 'Member'].flatMap((type) => [
    `${type}.issuedVerifiableCredentials`,
    `${type}.verifiableCredentials`,
  ]),
];
const tooNew = KEYCLOAK_VERSION.startsWith('26.5') ? SINCE_26_7 : [];

/** Every member that lint knows, each with nothing in it; lists and maps have one object, so that its members are there. */
function everyMember(type: string, above: readonly string[] = []): JsonObject {
  const fields = (KNOWN_FIELDS[type] ?? '').trim().split(/\s+/);
  const entries = fields.flatMap(
    (word): readonly (readonly [string, JsonObject | readonly JsonObject[] | null])[] => {
      const [name = '', shape = 'text'] = word.split(':');
      const [of = ''] = /^\w+/.exec(shape) ?? [];
      if (tooNew.includes(`${type}.${name}`)) return [];
      const isObject = of in KNOWN_FIELDS && !above.includes(of);
      return [[name, isObject ? wrapped(shape.slice(of.length), everyMember(of, [...above, of])) : null]];
    },
  );
  return Object.fromEntries(entries);
}

function wrapped(containers: string, value: JsonObject): JsonObject | readonly JsonObject[] {
  if (containers.endsWith('[]')) return wrapped(containers.slice(0, -2), [value] as never);
  return containers.endsWith('{}') ? wrapped(containers.slice(0, -2), { x: value }) : value;
}

describe.skipIf(missing !== undefined)('the members that lint knows', () => {
  /** Keycloak reads the whole text before it looks at anything else: an unknown member is another error than a bad value. */
  const reading = async (file: JsonObject): Promise<string> => {
    try {
      await keycloak.call('POST', '', file);
      return 'read';
    } catch (error) {
      return String(error).includes('unable to read contents from stream') ? 'refused' : 'read';
    }
  };

  it('are all read by Keycloak, in every object', async () => {
    expect(await reading({ ...everyMember('Realm'), realm: 'lint/members' })).toBe('read');
  });

  it('are refused with one letter changed', async () => {
    for (const file of [
      { client: [] },
      { clients: [{ clientIds: 'a' }] },
      { components: { x: [{ provider: 'a' }] } },
    ])
      expect(await reading({ realm: 'lint/members', ...file })).toBe('refused');
  });
});

const refused = [KEY_EXAMPLES, NAME_EXAMPLES, FLOW_EXAMPLES].flatMap((examples) =>
  Object.entries(examples).flatMap(([rule, list]) =>
    list.filter(({ isRefused }) => isRefused).map((example) => [rule, example.path, example] as const),
  ),
);

describe.skipIf(missing !== undefined)(
  'Keycloak refuses what lint calls an error, and takes the same file without it',
  () => {
    it.each(refused)('%s at %s', async (_rule, _path, { bad, good }: Example) => {
      await expect(keycloak.importRealm(bad, 'acme')).rejects.toThrow(/: (400|409|500) /);
      await keycloak.importRealm(good, 'acme');
      await keycloak.call('DELETE', '/acme');
    });
  },
);

/** Everything in it is accepted by Keycloak, and none of it works. */
const BROKEN = whole({
  roles: { realm: [{ name: 'default-roles-lint-broken' }] },
  users: [{ username: 'ada', clientRoles: { 'realm-management': ['view-groups'] } }],
  clients: [
    client('portal', { publicClient: false, secret: '**********', defaultClientScopes: ['profile', 'nope'] }),
    client('page', { secret: 'hunter2' }),
  ],
  requiredActions: [
    { alias: 'terms_and_conditions', providerId: 'terms_and_conditions', name: 'T', enabled: true },
  ],
  defaultGroups: ['/nope'],
  ...flows(
    [
      flow('mine', [step('auth-cookie')], { builtIn: true }),
      flow('gone', [step('registration-profile-action')]),
      flow('deny', [step('deny-access-authenticator', 'REQUIRED', 'no')]),
    ],
    { no: { error_message: 'Only captains.' } },
  ),
});

interface Report {
  readonly ok: boolean;
  readonly findings: readonly { readonly rule: string; readonly severity: string; readonly path: string }[];
}

async function lint(person: Operator, exit: number, ...args: string[]): Promise<Report> {
  const { code, stdout, stderr } = await person.run('lint', ...args, '--json');
  expect(code, stderr + stdout).toBe(exit);
  return expectShape<Report & Record<string, unknown>>('realm-lint', stdout);
}

describe.skipIf(missing !== undefined)('codemie realm lint', () => {
  it('finds what Keycloak accepts and breaks', async () => {
    await keycloak.importRealm(BROKEN, 'lint-broken');
    const person = await operator(keycloak, 'lint-broken');
    const { findings } = await lint(person, 10, person.file({ ...BROKEN, realm: 'lint-broken' }));
    expect(findings.map(({ rule }) => rule).toSorted()).toEqual([
      'config-key-unknown',
      'default-role-twin',
      'flow-called-built-in',
      'group-unknown',
      'provider-unknown',
      'required-action-unknown',
      'role-unknown',
      'scope-unknown',
      'secret-mask',
      'secret-of-public-client',
    ]);
    expect(person.proxy.passed).toEqual([]);
    const list = async (path: string) => (await person.call('GET', path)) as Json[];
    const clientOf = async (id: string) => (await list(`/clients?clientId=${id}`))[0] ?? {};
    expect(namesOf(await list('/roles'), 'name')).toContain('default-roles-lint-broken-1');
    expect(await clientOf('portal')).toMatchObject({
      secret: '**********',
      defaultClientScopes: ['profile'],
    });
    expect(await clientOf('page')).not.toHaveProperty('secret');
    expect(await list('/default-groups')).toEqual([]);
    expect(namesOf(await list('/authentication/required-actions'), 'alias')).not.toContain(
      'terms_and_conditions',
    );
    const management = await clientOf('realm-management');
    expect(namesOf(await list(`/clients/${String(management['id'])}/roles`), 'name')).toContain(
      'view-groups',
    );
    const mine = named(await list('/authentication/flows'), 'alias', 'mine');
    await expect(person.call('DELETE', `/authentication/flows/${String(mine['id'])}`)).rejects.toThrow(
      /built in/,
    );
    await expect(list('/authentication/flows/gone/executions')).rejects.toThrow(/404/);
    const known = (await person.call(
      'GET',
      '/authentication/config-description/deny-access-authenticator',
    )) as Json;
    expect(namesOf(known['properties'], 'name')).toEqual(['denyErrorMessage']);
  });

  it('finds no error in the export of a new realm, and needs no server for that', async () => {
    await keycloak.importRealm({ enabled: true }, 'lint-export');
    const person = await operator(keycloak, 'lint-export');
    const file = person.file('', 'export.json');
    expect((await person.run('export', '--out', file)).code).toBe(0);
    const { length } = person.proxy.passed;
    expect(await lint(person, 0, file)).toEqual({ schemaVersion: 1, ok: true, findings: [] });
    expect(person.proxy.passed).toHaveLength(length);
  });

  it('asks the server of --server what is installed, also for a realm that is not there yet, and writes nothing', async () => {
    const person = await operator(keycloak, 'lint-nowhere');
    const file = person.file(
      whole({
        loginTheme: 'harbour',
        ...flows([flow('own', [step('shift-form'), step('deny-access-authenticator', 'REQUIRED', 'no')])], {
          no: { message: 'x' },
        }),
      }),
    );
    const { findings } = await lint(
      person,
      10,
      file,
      '--server',
      person.proxy.url,
      '--realm',
      'lint-nowhere',
    );
    expect(findings.map(({ rule, severity }) => `${rule} ${severity}`).toSorted()).toEqual([
      'config-key-unknown error',
      'provider-missing error',
      'theme-unknown warning',
    ]);
    expect(person.proxy.writes()).toEqual([]);
  });

  it('prints each finding with a place to open and what to do, and ends with their number', async () => {
    const person = await operator(keycloak, 'lint-text');
    const file = person.file({
      realm: 'acme',
      enabled: true,
      browserFlow: 'nope',
      clients: [{ clientId: 'a', secret: 'hunter2' }],
    });
    const { code, stdout } = await person.run('lint', file);
    expect(code).toBe(10);
    expect(stdout).toContain(`${file}:4  error  flow-unknown  browserFlow`);
    expect(stdout).toContain('    Fix: Add the flow to authenticationFlows, or correct the alias.');
    expect(stdout.trimEnd()).toMatch(/\n1 error and 1 warning in 1 file\.$/);
    expect(stdout).not.toContain('hunter2');
    expect((await person.run('lint', person.file({ displayName: 'Acme' }))).stdout).toBe(
      'No findings in 1 file.\n',
    );
  });
});
