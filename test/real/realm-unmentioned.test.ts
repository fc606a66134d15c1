import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { type Json, named, type Operator, operator, type PlanReport } from '../support/realm-cli.ts';

const missing = prepareKeycloak();
let keycloak: KeycloakServer;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

/** A realm that Keycloak itself imports, with an operator. */
async function imported(realm: string, representation: Json): Promise<Operator> {
  await keycloak.importRealm({ enabled: true, ...representation }, realm);
  return operator(keycloak, realm);
}

const many = <T>(count: number, make: (name: string) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(`n${String(at).padStart(3, '0')}`));

const lines = ({ changes }: PlanReport): readonly string[] =>
  changes.map(({ action, type, id, path }) => [action, type, id, path].filter(Boolean).join(' '));

/** Every type may lose what the files do not mention. */
const DELETE_ALL = Object.fromEntries(
  [
    'roles',
    'clientScopes',
    'clients',
    'groups',
    'authenticationFlows',
    'identityProviders',
    'requiredActions',
    'users',
  ].map((family) => [family, '*']),
);

describe.skipIf(missing !== undefined)('what no file mentions', () => {
  const STRAY = { roles: { realm: [{ name: 'stray' }] }, clients: [{ clientId: 'stray' }] };

  it('a stray role, client and scope stay; the ones that are declared for deletion go, and nothing else', async () => {
    const person = await imported('strays', STRAY);
    await person.call('POST', '/client-scopes', { name: 'stray', protocol: 'openid-connect' });
    const plan = (codemie: Json) => person.json(0, 'plan', person.file({ displayName: 'x', codemie }));
    const gone = async (codemie: Json) =>
      lines(await plan(codemie)).filter((line) => !line.includes('displayName'));
    expect(await gone({})).toEqual([]);
    expect(await gone({ delete: { roles: ['stray'], clients: ['other'] } })).toEqual(['delete role stray']);
    expect(await gone({ delete: { roles: '*', clients: '*' }, lifecycle: { roles: 'seed' } })).toEqual([
      'delete client stray',
    ]);
    const all = { delete: { roles: '*', clients: '*', clientScopes: ['stray'] } };
    expect((await gone(all)).toSorted()).toEqual([
      'delete client stray',
      'delete client-scope stray',
      'delete role stray',
    ]);
    await person.json(0, 'apply', person.file({ codemie: all }), '--yes');
    for (const list of ['/roles', '/clients', '/client-scopes'])
      expect(JSON.stringify(await person.call('GET', list))).not.toContain('"stray"');
  });

  it('250 tenant groups and 300 users are untouched by an apply that may delete everything but groups, and all are exported', async () => {
    const person = await imported('tenants', {
      groups: [{ name: 'tenants', subGroups: many(250, (name) => ({ name })) }],
      users: many(300, (username) => ({ username, enabled: true, groups: ['/tenants/n001'] })),
    });
    const { id } = named(await person.call('GET', '/groups'), 'name', 'tenants');
    const read = async () => [
      await person.call('GET', `/groups/${id}/children?max=-1&briefRepresentation=false`),
      await person.call('GET', '/users?max=-1'),
      await person.call('GET', '/groups'),
    ];
    const before = await read();
    const path = person.file({
      displayName: 'Many',
      clients: [{ clientId: 'new' }],
      groups: [{ name: 'tenants', subGroups: [{ name: 'n000' }] }],
      users: [{ username: 'n001', firstName: 'Another', groups: ['/tenants/n002'] }],
      codemie: { lifecycle: { groups: 'seed', clientScopes: 'seed' }, delete: DELETE_ALL },
    });
    const { changes } = await person.json(0, 'apply', path, '--yes');
    expect(changes.filter(({ type }) => type === 'group' || type === 'user')).toEqual([]);
    expect(await read()).toEqual(before);
    expect((before[0] as Json[]).length).toBe(250);
    expect((before[1] as Json[]).length).toBe(300);
    const out = person.file('', 'export.json');
    await person.run('export', '--out', out);
    const { groups, users } = JSON.parse(readFileSync(out, 'utf8')) as { groups: Json[]; users?: Json[] };
    expect(groups[0]?.['subGroups']).toHaveLength(250);
    expect(users ?? []).toEqual([]);
    // Of the people it asks for those in the file alone, by name.
    const asked = person.proxy.passed.flatMap(({ path: one }) => /\/users(\?.*)?$/.exec(one)?.[1] ?? []);
    expect(new Set(asked)).toEqual(new Set(['?exact=true&briefRepresentation=true&username=n001']));
  });

  it('105 providers, 130 sub-groups, 130 mappers and 150 clients are all in an export, the plan with it is empty, and nothing is deleted', async () => {
    const person = await imported('crowded', {
      groups: [{ name: 'tenants', subGroups: many(130, (name) => ({ name })) }],
      identityProviders: many(105, (alias) => ({
        alias,
        providerId: 'oidc',
        config: {
          clientId: 'c',
          clientSecret: 's',
          authorizationUrl: 'https://a.example/a',
          tokenUrl: 'https://a.example/t',
        },
      })),
      clients: many(150, (clientId) => ({
        clientId,
        protocol: 'openid-connect',
        publicClient: true,
        protocolMappers: clientId === 'n000' ? many(130, mapperNamed) : [],
      })),
    });
    const out = person.file('', 'export.json');
    await person.run('export', '--out', out);
    const exported = JSON.parse(readFileSync(out, 'utf8')) as Record<string, Json[]>;
    const own = (exported['clients'] ?? []).filter(({ clientId }) => /^n\d/.test(String(clientId)));
    expect(exported['identityProviders']).toHaveLength(105);
    expect(exported['groups']?.[0]?.['subGroups']).toHaveLength(130);
    expect(own).toHaveLength(150);
    expect(own[0]?.['protocolMappers']).toHaveLength(130);
    expect((await person.json(0, 'plan', out, '--detailed-exitcode')).changes).toEqual([]);
    const path = person.file({ ...exported, codemie: { delete: DELETE_ALL } }, 'deletes.json');
    expect((await person.json(0, 'plan', path, '--detailed-exitcode')).changes).toEqual([]);
    expect(person.proxy.writes()).toEqual([]);
  });
});

function mapperNamed(name: string): Json {
  return {
    name,
    protocol: 'openid-connect',
    protocolMapper: 'oidc-hardcoded-claim-mapper',
    config: { 'claim.name': name, 'claim.value': 'x', 'access.token.claim': 'true' },
  };
}
