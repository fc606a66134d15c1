import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { outcomeOf } from '../support/commands.ts';
import { temporaryFolder, testContext } from '../support/context.ts';
import { type CountingProxy, countingProxy } from '../support/counting-proxy.ts';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { serviceAccount } from '../support/realm-connection.ts';
import { expectShape } from '../support/schemas.ts';

const missing = prepareKeycloak();
let keycloak: KeycloakServer;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

const NEEDED = ['view-users', 'view-realm'];
const PLAN = ['platform', 'migrate', 'plan', '--source-only'] as const;

interface Report {
  readonly source: { readonly digest: string };
  readonly counts: { readonly users: number; readonly memberships: number };
  readonly admins: readonly { readonly username: string; readonly via: string }[];
  readonly findings: readonly { readonly rule: string; readonly message: string }[];
  readonly notCovered: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads a realm with an account that has these roles. */
async function plan(
  realm: string,
  roles: readonly string[],
  ...args: readonly string[]
): Promise<{ code: number; stdout: string; stderr: string; proxy: CountingProxy }> {
  const clients = (await keycloak.call('GET', `/${realm}/clients?clientId=viewer`)) as { id: string }[];
  for (const { id } of clients) await keycloak.call('DELETE', `/${realm}/clients/${id}`);
  await serviceAccount(keycloak, realm, roles);
  const proxy = await countingProxy(keycloak.url);
  const context = testContext({
    env: {
      KEYCLOAK_ADMIN_URL: proxy.url,
      KEYCLOAK_ADMIN_REALM: realm,
      KEYCLOAK_ADMIN_CLIENT_ID: 'viewer',
      KEYCLOAK_ADMIN_CLIENT_SECRET: 'viewer-secret-of-this-test',
    },
  });
  return { ...(await outcomeOf(context, ...PLAN, ...args)), proxy };
}

async function report(realm: string, roles: readonly string[], ...args: readonly string[]): Promise<Report> {
  const { code, stdout, stderr } = await plan(realm, roles, '--json', ...args);
  expect(code, stdout + stderr).toBe(0);
  expect(stdout + stderr).not.toMatch(/viewer-secret-of-this-test|eyJ/);
  return expectShape<Report>('platform-migrate-plan-source', stdout);
}

function person(username: string, more: Fields = {}): Fields {
  return {
    username,
    enabled: true,
    email: `${username}@acme.example`,
    firstName: 'A',
    lastName: 'B',
    attributes: { applications: ['team'] },
    ...more,
  };
}

/** Lets administrators see attributes that the profile does not declare: the change that the hint names. */
async function showAttributes(realm: string): Promise<void> {
  const profile = (await keycloak.call('GET', `/${realm}/users/profile`)) as Fields;
  await keycloak.call('PUT', `/${realm}/users/profile`, {
    ...profile,
    unmanagedAttributePolicy: 'ADMIN_VIEW',
  });
}

const COMPOSITES = {
  realm: [
    { name: 'admin' },
    { name: 'lead', composite: true, composites: { realm: ['admin'] } },
    { name: 'boss', composite: true, composites: { realm: ['lead'] } },
    // Keycloak lets composite roles contain each other in a circle.
    { name: 'round', composite: true, composites: { realm: ['boss'] } },
  ],
  client: { web: [{ name: 'chief', composite: true, composites: { realm: ['boss'] } }] },
};

const PEOPLE = [
  person('direct', { realmRoles: ['admin'] }),
  person('in-sub', { groups: ['/ops/sub'] }),
  person('below-sub', { groups: ['/ops/sub/deep'] }),
  person('composite', { realmRoles: ['boss'] }),
  person('only-above', { groups: ['/ops'] }),
  person('none'),
];

const GROUPS = [
  {
    name: 'ops',
    subGroups: [{ name: 'sub', realmRoles: ['lead'], subGroups: [{ name: 'deep' }] }],
    attributes: { applications: ['from-a-group'] },
  },
];

describe.skipIf(missing !== undefined)('administrators through groups and composite roles', () => {
  it('are all found, each with its path, and from the export of that realm come the same', async () => {
    await keycloak.importRealm(
      { enabled: true, roles: COMPOSITES, groups: GROUPS, users: PEOPLE, clients: [{ clientId: 'web' }] },
      'source-admins',
    );
    const { id } = (await keycloak.call('GET', '/source-admins/roles/round')) as { id: string };
    const lead = await keycloak.call('GET', '/source-admins/roles/lead');
    await keycloak.call('POST', '/source-admins/roles/boss/composites', [{ id }]);
    await keycloak.call('POST', `/source-admins/roles-by-id/${id}/composites`, [lead]);
    await showAttributes('source-admins');
    const found = await report('source-admins', NEEDED);
    const admins = Object.fromEntries(found.admins.map(({ username, via }) => [username, via]));
    expect(admins).toEqual({
      direct: 'role admin',
      'in-sub': 'group /ops/sub > role lead > role admin',
      'below-sub': 'group /ops/sub > role lead > role admin',
      composite: 'role boss > role lead > role admin',
    });
    expect(found.counts).toMatchObject({ users: 6, memberships: 6 });
    expect(found.findings).toMatchObject([{ rule: 'group-attributes' }]);

    const exported = await exportOf('source-admins');
    const file = join(temporaryFolder(), 'realm.json');
    writeFileSync(file, JSON.stringify(exported));
    const outcome = await outcomeOf(testContext(), ...PLAN, '--from-file', file, '--json');
    const again = expectShape<Report>('platform-migrate-plan-source', outcome.stdout);
    expect(again.admins).toEqual(found.admins);
    expect(again.source.digest).toBe(found.source.digest);
  });

  it('by a role of a client are found with view-clients, and said to be unseen without it', async () => {
    const users = [person('by-client', { clientRoles: { web: ['chief'] } }), person('plain')];
    await keycloak.importRealm(
      { enabled: true, roles: COMPOSITES, users, clients: [{ clientId: 'web' }] },
      'source-client-roles',
    );
    await showAttributes('source-client-roles');
    const seen = await report('source-client-roles', [...NEEDED, 'view-clients']);
    expect(seen.admins).toMatchObject([
      {
        username: 'by-client',
        via: 'role chief of client web > role boss > role lead > role admin',
      },
    ]);
    expect(seen.notCovered).toEqual([]);
    expect(seen.findings).toMatchObject([{ rule: 'needless-roles' }]);
    const unseen = await report('source-client-roles', NEEDED, '--allow-no-admin');
    expect(unseen.admins).toEqual([]);
    expect(unseen.notCovered).toMatchObject([expect.stringContaining('view-clients')]);
  });
});

describe.skipIf(missing !== undefined)(
  'attributes that are there but that the admin API does not show',
  () => {
    it('stop the plan with the change to make; after it, 50 users have their projects, and we wrote nothing', async () => {
      await keycloak.importRealm({ enabled: true, roles: { realm: [{ name: 'admin' }] } }, 'source-hidden');
      const users = Array.from({ length: 50 }, (_, at) =>
        person(`user${at}`, at === 0 ? { realmRoles: ['admin'] } : {}),
      );
      await keycloak.call('POST', '/source-hidden/partialImport', { ifResourceExists: 'FAIL', users });
      const stopped = await plan('source-hidden', NEEDED);
      expect(stopped.code).toBe(9);
      expect(stopped.stdout).toBe('');
      expect(stopped.stderr).toContain('SOURCE_UNFIT');
      expect(stopped.stderr).toContain('"unmanagedAttributePolicy": "ADMIN_VIEW"');
      expect(stopped.proxy.writes()).toEqual([]);
      await showAttributes('source-hidden');
      const { code, stdout, proxy } = await plan('source-hidden', NEEDED, '--json');
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ counts: { users: 50, memberships: 50, admins: 1 } });
      expect(proxy.writes()).toEqual([]);
    });
  },
);

describe.skipIf(missing !== undefined)('an account for reading users', () => {
  beforeAll(async () => {
    if (missing !== undefined) return;
    const users = [
      person('root', { realmRoles: ['admin'] }),
      person('off', { enabled: false }),
      person('service-account-bot', { serviceAccountClientId: 'bot' }),
    ];
    const clients = [{ clientId: 'bot', serviceAccountsEnabled: true }];
    const realm = { enabled: true, roles: { realm: [{ name: 'admin' }] }, users, clients };
    await keycloak.importRealm(realm, 'source-account');
    await showAttributes('source-account');
  }, 60_000);

  it.each([
    [[], 'view-users and view-realm'],
    [['view-users'], 'view-realm'],
    [['view-realm'], 'view-users'],
  ])('needs view-users and view-realm: with %j it is told what it lacks', async (roles, lacking) => {
    const { code, stderr, stdout } = await plan('source-account', roles);
    expect(code).toBe(6);
    expect(stderr).toContain(`it lacks ${lacking}.`);
    expect(stdout).toBe('');
  });

  it('is refused with query-users, for which Keycloak counts all users and lists none', async () => {
    const { code, stderr, stdout } = await plan('source-account', [
      'query-users',
      'query-groups',
      'view-realm',
    ]);
    expect(code).toBe(6);
    expect(stderr).toContain('0 of 2 users');
    expect(stdout).toBe('');
  });

  it('is told which of the documented roles it does not need', async () => {
    const documented = [
      'view-users',
      'view-clients',
      'view-authorization',
      'view-events',
      'view-realm',
      'view-identity-providers',
      'query-users',
      'query-clients',
      'query-groups',
      'query-realms',
    ];
    const { findings } = await report('source-account', documented);
    expect(findings).toMatchObject([{ rule: 'needless-roles' }]);
    const needless = documented.filter((role) => !NEEDED.includes(role)).sort();
    expect(findings[0]?.message).toContain(`${needless.join(', ')}.`);
  });

  it('reads disabled users and accounts of clients where they are asked for', async () => {
    expect((await report('source-account', NEEDED)).counts).toMatchObject({ users: 1 });
    const all = await report('source-account', NEEDED, '--include-disabled', '--include-service-accounts');
    // The account that reads is an account of a client, too.
    expect(all.counts).toMatchObject({ users: 4, memberships: 3 });
  });
});

/** What `kc.sh export` writes for a realm, put together from the admin API. */
async function exportOf(realm: string): Promise<Fields> {
  const path = `/${realm}/partial-export?exportClients=true&exportGroupsAndRoles=true`;
  const whole = (await keycloak.call('POST', path)) as Fields;
  const users = (await keycloak.call('GET', `/${realm}/users?max=100`)) as Fields[];
  return {
    ...whole,
    users: await Promise.all(
      users.map(async (user) => {
        const at = `/${realm}/users/${user['id']}`;
        const roles = (await keycloak.call('GET', `${at}/role-mappings`)) as {
          realmMappings?: { name: string }[];
          clientMappings?: Record<string, { mappings: { name: string }[] }>;
        };
        const groups = (await keycloak.call('GET', `${at}/groups`)) as { path: string }[];
        return {
          ...user,
          realmRoles: roles.realmMappings?.map(({ name }) => name) ?? [],
          clientRoles: Object.fromEntries(
            Object.entries(roles.clientMappings ?? {}).map(([client, { mappings }]) => [
              client,
              mappings.map(({ name }) => name),
            ]),
          ),
          groups: groups.map((group) => group.path),
        };
      }),
    ),
  };
}
