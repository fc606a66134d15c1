import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { type Json, named, type Operator, operator } from '../support/realm-cli.ts';
import { realmFile } from '../support/realm-connection.ts';
import { below, step, subFlow, topFlow } from '../support/realm-flows.ts';
import { expectShape } from '../support/schemas.ts';

const missing = prepareKeycloak();
let keycloak: KeycloakServer;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

const clientNamed = async ({ call }: Operator, clientId: string): Promise<Json> =>
  named(await call('GET', `/clients?clientId=${clientId}`), 'clientId', clientId);

describe.skipIf(missing !== undefined)('values of variables', () => {
  const ODD: Record<string, string> = {
    QUOTES: 'say "hello", it\'s \\"fine\\" \\ \\n',
    LINES: 'first\nsecond\tthird\r\nfourth',
    DOLLAR: `\${OTHER} $\${OTHER} \${OTHER:x} $& $1`,
    MARKUP: '<b>&amp; & {{ x }} %20 #',
    LETTERS: 'Zürich, größe, 漢字, 🛥, e\u0301',
    OTHER: 'must never be seen',
  };
  const names = ['QUOTES', 'LINES', 'DOLLAR', 'MARKUP', 'LETTERS'];

  it(`quotes, backslashes, newlines, \${OTHER}, & and other alphabets arrive character for character`, async () => {
    const person = await operator(keycloak, 'odd-values', undefined, ODD);
    const path = person.file({
      realm: 'odd-values',
      enabled: true,
      displayName: `all of them: \${LETTERS} \${MARKUP}`,
      roles: { realm: names.map((name) => ({ name, description: `\${${name}}` })) },
      clients: names.map((name) => ({
        clientId: name,
        secret: `\${${name}}`,
        attributes: { note: `\${${name}}` },
      })),
      groups: [{ name: 'g', attributes: { values: names.map((name) => `\${${name}}`) } }],
    });
    expect(await person.json(0, 'apply', path, '--yes')).toMatchObject({ verified: true });
    for (const name of names) {
      expect(await person.call('GET', `/roles/${name}`)).toMatchObject({ description: ODD[name] });
      expect(await clientNamed(person, name)).toMatchObject({
        secret: ODD[name],
        attributes: { note: ODD[name] },
      });
    }
    expect(await person.call('GET', '')).toMatchObject({
      displayName: `all of them: ${ODD['LETTERS']} ${ODD['MARKUP']}`,
    });
    const [group] = (await person.call('GET', '/groups?briefRepresentation=false')) as Json[];
    expect(group).toMatchObject({ attributes: { values: names.map((name) => ODD[name]) } });
    expect((await person.json(0, 'plan', path, '--detailed-exitcode')).changes).toEqual([]);
    expect(person.traces().join('')).not.toContain('must never be seen');
  });

  it('a variable that is not set stops every command before any request, and names its place', async () => {
    const person = await operator(keycloak, 'no-variable');
    const path = person.file({ clients: [{ clientId: 'web', secret: `\${WEB_SECRET}` }] });
    for (const command of [['plan'], ['verify'], ['drift'], ['apply', '--yes']]) {
      const { code, stderr } = await person.run(...command, path);
      expect(code).toBe(2);
      expect(stderr).toContain(`\${WEB_SECRET} at clients[0].secret`);
    }
    expect(person.proxy.passed).toEqual([]);
  });

  it(`texts of Keycloak such as \${CLAIM.preferred_username} stay as they are`, async () => {
    const env = { username: 'not-this', CLAIM: 'not-this' };
    const person = await operator(keycloak, 'literals', undefined, env);
    const template = `\${CLAIM.preferred_username}`;
    const path = person.file({
      realm: 'literals',
      enabled: true,
      displayName: `\${username} and \${role_x}`,
      identityProviders: [{ alias: 'up', providerId: 'oidc', config: { clientId: 'x', clientSecret: 'y' } }],
      identityProviderMappers: [
        {
          name: 'user name',
          identityProviderAlias: 'up',
          identityProviderMapper: 'oidc-username-idp-mapper',
          config: { template, syncMode: 'INHERIT' },
        },
      ],
    });
    await person.json(0, 'apply', path, '--yes');
    expect(await person.call('GET', '')).toMatchObject({ displayName: `\${username} and \${role_x}` });
    const [mapper] = (await person.call('GET', '/identity-provider/instances/up/mappers')) as Json[];
    expect(mapper).toMatchObject({ config: { template } });
    expect((await person.json(0, 'plan', path, '--detailed-exitcode')).changes).toEqual([]);
  });
});

describe.skipIf(missing !== undefined)('secrets', () => {
  it('no command shows one, writes one to a file, or leaves one behind', async () => {
    const harbour = realmFile('harbour');
    const text = JSON.stringify(harbour).replaceAll('secret-of-this-test', 'secret-of-this-other-test');
    await keycloak.importRealm(harbour, 'secrets');
    const person = await operator(keycloak, 'secrets');
    const path = person.file(text);
    const wrong = person.file(text.replace('"berth","basic"', '"berth","nope"'), 'wrong.json');
    const commands = [
      ['plan', path],
      ['plan', path, '--json'],
      ['drift', path],
      ['plan', wrong],
      ['apply', wrong, '--yes'],
      ['apply', path],
      ['apply', path, '--yes', '--json'],
      ['verify', path, '--verbose'],
      ['export', '--out', 'export.yaml', '--json'],
      ['plan', path, '--realm', 'secrets-nowhere'],
    ];
    const codes: (number | null)[] = [];
    for (const command of commands) codes.push((await person.run(...command)).code);
    expect(codes).toEqual([0, 0, 10, 1, 1, 2, 0, 0, 0, 0]);
    const secrets = [
      ...(text.match(/[a-z]+-secret-of-this-other-test/g) ?? []),
      ...(JSON.stringify(harbour).match(/[a-z]+-(secret|password)-of-this-test/g) ?? []),
      ADMIN.password,
    ];
    expect(new Set(secrets).size).toBeGreaterThanOrEqual(8);
    for (const trace of person.traces())
      for (const secret of secrets) expect(trace.includes(secret), trace.slice(0, 400)).toBe(false);
  });
});

describe.skipIf(missing !== undefined)('several files, several realms', () => {
  it('two files for one realm are one realm: neither erases what the other says, alone or together', async () => {
    await keycloak.importRealm({ enabled: true }, 'two-files');
    const person = await operator(keycloak, 'two-files');
    const delete_ = { codemie: { delete: { clients: '*', roles: '*' } } };
    const first = { clients: [{ clientId: 'a', redirectUris: ['https://a.example/*'] }] };
    const one = person.file({ ...first, roles: { realm: [{ name: 'ra' }] } }, 'one.json');
    const two = person.file('clients:\n  - clientId: b\nroles:\n  realm:\n    - name: rb\n', 'two.yaml');
    const both = person.file(delete_, 'delete.json');
    await person.json(0, 'apply', one, '--yes');
    await person.json(0, 'apply', two, '--yes');
    for (const files of [[one], [two], [one, two], [two, one], [one, two, both]])
      expect((await person.json(0, 'plan', ...files, '--detailed-exitcode')).changes).toEqual([]);
    const later = person.file(
      { clients: [{ clientId: 'a', redirectUris: ['https://b.example/*'] }] },
      'later.json',
    );
    const { changes } = await person.json(0, 'plan', one, later);
    expect(changes).toMatchObject([{ id: 'a', path: 'redirectUris', after: ['https://b.example/*'] }]);
  });

  it('one file with ids makes two realms, named on the command line and by a variable', async () => {
    await keycloak.importRealm(realmFile('harbour'), 'cx-source');
    const source = (await keycloak.call(
      'POST',
      '/cx-source/partial-export?exportClients=true&exportGroupsAndRoles=true',
    )) as Json;
    const clean = JSON.parse(
      JSON.stringify(source).replaceAll('"**********"', '"a-secret-of-this-test"'),
    ) as Json;
    expect(JSON.stringify(clean).match(/"id":"[0-9a-f-]{36}"/g)?.length).toBeGreaterThan(50);
    const person = await operator(keycloak, 'cx-b');
    const { realm: _, ...file } = clean;
    const path = person.file(file);
    await person.json(0, 'apply', path, '--yes', '--realm', 'cx-a');
    await person.json(0, 'apply', path, '--yes');
    for (const realm of ['cx-a', 'cx-b'])
      expect(await person.json(0, 'verify', path, '--realm', realm)).toMatchObject({ realm, changes: [] });
  });

  it('a flow override by alias survives an edit of the flow and the move to a second realm', async () => {
    const file = (priority: number): Json => ({
      enabled: true,
      authenticationFlows: [
        topFlow('own', step('auth-cookie', 'ALTERNATIVE', 10), below('own forms', 'ALTERNATIVE', 20)),
        subFlow('own forms', step('auth-username-password-form', 'REQUIRED', priority)),
      ],
      clients: [{ clientId: 'c', authenticationFlowBindingOverrides: { browser: 'own' } }],
    });
    const person = await operator(keycloak, 'override-a');
    for (const realm of ['override-a', 'override-b'])
      await person.json(0, 'apply', person.file(file(5)), '--yes', '--realm', realm);
    const bound = async (realm: string) => {
      const at = (path: string) => keycloak.call('GET', `/${realm}${path}`);
      const client = named(await at('/clients?clientId=c'), 'clientId', 'c');
      const { id } = named(await at('/authentication/flows'), 'alias', 'own');
      expect(client['authenticationFlowBindingOverrides']).toEqual({ browser: id });
      return id;
    };
    const [a, b] = [await bound('override-a'), await bound('override-b')];
    expect(a).not.toBe(b);
    const edited = person.file(file(7));
    const writes = person.proxy.writes().length;
    await person.json(0, 'apply', edited, '--yes');
    expect(person.proxy.writes()).toHaveLength(writes + 1);
    expect(await bound('override-a')).toBe(a);
    expect((await person.json(0, 'verify', edited)).changes).toEqual([]);
  });
});

describe.skipIf(missing !== undefined)('JSON output', () => {
  it('a plan has the published shape and is the same twice; so are an apply and an export', async () => {
    await keycloak.importRealm(realmFile('harbour'), 'shapes');
    const person = await operator(keycloak, 'shapes');
    const old = topFlow('old', step('auth-cookie', 'REQUIRED'));
    await person.call('POST', '/authentication/flows', { ...old, authenticationExecutions: [] });
    const path = person.file({
      displayName: 'New',
      browserFlow: 'browser',
      clients: [
        { clientId: 'crane', redirectUris: [], defaultClientScopes: ['nope'] },
        { clientId: 'new', secret: 'x', attributes: { a: '1' } },
      ],
      identityProviders: [{ alias: 'agency', config: { clientSecret: 'x' } }],
      codemie: { delete: { authenticationFlows: ['harbour after broker'], groups: ['/guests'] } },
    });
    const [first, second] = [
      await person.run('plan', path, '--json'),
      await person.run('plan', path, '--json'),
    ];
    expect(first.stdout).toBe(second.stdout);
    const plan = expectShape<{ counts: Json; findings: Json[]; blockers: Json[]; hiddenSecrets: string[] }>(
      'realm-plan',
      first.stdout,
    );
    expect(plan.counts).toEqual({ create: 1, update: 2, delete: 2, rebind: 1 });
    expect(plan.findings.map(({ rule }) => rule)).toEqual(['scope-unknown', 'gate-open']);
    expect(plan.blockers).toHaveLength(1);
    expect(plan.hiddenSecrets).toHaveLength(1);
    for (const command of ['verify', 'drift'])
      expectShape('realm-plan', (await person.run(command, path, '--json')).stdout);
    const applied = await person.run('apply', person.file({ displayName: 'New' }), '--yes', '--json');
    expect(expectShape('realm-apply', applied.stdout)).toMatchObject({ applied: 1, verified: true });
    const exported = await person.run('export', '--out', 'e.json', '--json');
    expect(expectShape('realm-export', exported.stdout)).toMatchObject({ realm: 'shapes', file: 'e.json' });
    await person.run('export', '--out', 'again.json');
    const [once, twice] = ['e.json', 'again.json'].map((file) =>
      readFileSync(join(dirname(path), file), 'utf8'),
    );
    expect(once).toBe(twice);
  });
});
