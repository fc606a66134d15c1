import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { codemie, type Outcome, outcomeOf } from '../support/commands.ts';
import { temporaryFolder, testContext } from '../support/context.ts';
import { type CountingProxy, countingProxy } from '../support/counting-proxy.ts';
import { blocksOfGuides, wordsOf } from '../support/documents.ts';
import { ADMIN, type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { exportedUser, exportOf } from '../support/realm-export.ts';

const missing = prepareKeycloak();
let keycloak: KeycloakServer;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

const NEEDED = ['view-realm', 'view-users'];
const NAME = 'codemie-migration-client';

type Fields = Readonly<Record<string, unknown>>;

const REALM = 'migration-client';
const at = (path: string): string => `/${REALM}${path}`;

beforeAll(async () => {
  if (missing !== undefined) return;
  const users = [
    { username: 'root', enabled: true, realmRoles: ['admin'], attributes: { applications: ['team'] } },
  ];
  await keycloak.importRealm({ enabled: true, roles: { realm: [{ name: 'admin' }] }, users }, REALM);
  const profile = (await keycloak.call('GET', at('/users/profile'))) as Fields;
  await keycloak.call('PUT', at('/users/profile'), { ...profile, unmanagedAttributePolicy: 'ADMIN_VIEW' });
}, 60_000);

beforeEach(async () => {
  if (missing !== undefined) return;
  const found = await client();
  if (found !== undefined) await keycloak.call('DELETE', at(`/clients/${found['id']}`));
});

async function client(): Promise<Fields | undefined> {
  return ((await keycloak.call('GET', at(`/clients?clientId=${NAME}`))) as Fields[])[0];
}

/** The roles that the account of the client has. */
async function roles(): Promise<readonly string[]> {
  const account = await keycloak.call('GET', at(`/clients/${(await client())?.['id']}/service-account-user`));
  const mappings = await keycloak.call('GET', at(`/users/${(account as Fields)['id']}/role-mappings`));
  const { clientMappings = {} } = mappings as {
    clientMappings?: Record<string, { mappings: { name: string }[] }>;
  };
  return (clientMappings['realm-management']?.mappings ?? []).map(({ name }) => name).sort();
}

interface Operator {
  readonly env: Record<string, string>;
  readonly proxy: CountingProxy;
  run(...args: readonly string[]): Promise<Outcome>;
}

async function operator(): Promise<Operator> {
  const proxy = await countingProxy(keycloak.url);
  const env = {
    KEYCLOAK_URL: proxy.url,
    KEYCLOAK_REALM: REALM,
    KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN.username,
    KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
  };
  const run: Operator['run'] = (...args) =>
    outcomeOf(testContext({ env }), 'platform', 'migration-client', ...args);
  return { env, proxy, run };
}

/** The variables with which the client reads the users of the realm. */
function sourceOf(secret: string): Record<string, string> {
  return {
    KEYCLOAK_ADMIN_URL: keycloak.url,
    KEYCLOAK_ADMIN_REALM: REALM,
    KEYCLOAK_ADMIN_CLIENT_ID: NAME,
    KEYCLOAK_ADMIN_CLIENT_SECRET: secret,
  };
}

function plan(secret: string, ...args: readonly string[]): Promise<Outcome> {
  return outcomeOf(
    testContext({ env: sourceOf(secret) }),
    'platform',
    'migrate',
    'plan',
    '--source-only',
    ...args,
  );
}

describe.skipIf(missing !== undefined)('the client for an import', () => {
  it('is created with the two roles that reading users needs, and its secret is all that stdout has', async () => {
    const one = await operator();
    const { code, stdout, stderr } = await one.run('create');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^\w{20,}\n$/);
    expect(stderr).not.toContain(stdout.trim());
    expect(await roles()).toEqual(NEEDED);
    expect(await client()).toMatchObject({
      redirectUris: [],
      webOrigins: [],
      standardFlowEnabled: false,
      directAccessGrantsEnabled: false,
      publicClient: false,
    });
    const planned = await plan(stdout.trim(), '--json');
    expect(planned.code, planned.stderr).toBe(0);
    expect(JSON.parse(planned.stdout)).toMatchObject({
      counts: { users: 1, memberships: 1, admins: 1 },
      findings: [],
    });
    expect(planned.stdout + planned.stderr).not.toContain(stdout.trim());
  });

  it('stays the same when it is created again: the secret, and the roles that are asked for now', async () => {
    const one = await operator();
    const { stdout: secret } = await one.run('create', '--documented-roles');
    expect(await roles()).toHaveLength(10);
    expect(await client()).toMatchObject({
      redirectUris: ['/*'],
      webOrigins: ['/*'],
      authorizationServicesEnabled: true,
    });
    expect((await one.run('create')).stdout).toBe(secret);
    expect(await roles()).toEqual(NEEDED);
    const writes = one.proxy.writes().length;
    const again = await one.run('create');
    expect(again.stdout).toBe(secret);
    expect(again.stderr).toContain('Kept client');
    expect(one.proxy.writes()).toHaveLength(writes);
  });

  it('has its secret printed as a Kubernetes Secret', async () => {
    const one = await operator();
    const { stdout: secret } = await one.run('create');
    const { stdout } = await one.run('create', '--as-secret');
    expect(parse(stdout)).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'codemie-migration-secret', namespace: 'codemie' },
      type: 'Opaque',
      stringData: { client_secret: secret.trim() },
    });
    const names = ['--secret-name', 'other', '--secret-key', 'key', '--namespace', 'on'];
    expect(parse((await one.run('create', '--as-secret', ...names)).stdout)).toMatchObject({
      metadata: { name: 'other', namespace: 'on' },
      stringData: { key: secret.trim() },
    });
  });

  it('is deleted, and deleting it again is no error', async () => {
    const one = await operator();
    const { stdout: secret } = await one.run('create');
    expect((await one.run('delete')).stderr).toContain('Deleted client');
    expect(await client()).toBeUndefined();
    expect((await plan(secret.trim())).code).toBe(4);
    const again = await one.run('delete');
    expect([again.code, again.stderr]).toEqual([0, expect.stringContaining('has no client')]);
  });

  it('is neither changed nor deleted if somebody else made it, unless that is forced', async () => {
    const one = await operator();
    await keycloak.call('POST', at('/clients'), { clientId: NAME, redirectUris: ['/mine'] });
    for (const command of ['create', 'delete']) {
      const { code, stdout, stderr } = await one.run(command);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain('CLIENT_FOREIGN');
    }
    expect(await client()).toMatchObject({ redirectUris: ['/mine'] });
    expect(one.proxy.writes()).toEqual([]);
    expect((await one.run('delete', '--force')).code).toBe(0);
    expect(await client()).toBeUndefined();
  });

  it('is printed as a realm file, from which realm apply makes the same', async () => {
    const one = await operator();
    const file = join(temporaryFolder(), 'client.json');
    writeFileSync(file, (await one.run('print')).stdout);
    expect(one.proxy.passed).toEqual([]);
    expect(await codemie(testContext({ env: one.env }), 'realm', 'apply', file, '--yes')).toBe(0);
    const applied = await client();
    expect(await roles()).toEqual(NEEDED);
    // create takes it for its own, and has nothing to change.
    const { code, stderr } = await one.run('create');
    expect([code, stderr]).toEqual([0, expect.stringContaining('Kept client')]);
    expect(await client()).toEqual(applied);
  });

  it('is made, used and deleted by the commands of the guide', async () => {
    const one = await operator();
    const folder = temporaryFolder();
    const follow = async (start: string, env: Record<string, string>): Promise<readonly string[]> => {
      const block = blocksOfGuides().find(({ text }) => text.startsWith(start));
      const printed: string[] = [];
      for (const line of block?.text.trim().split('\n') ?? []) {
        const [command = ''] = line.split(/\s+[#|]/);
        const context = testContext({ env, override: { cwd: folder } });
        const { code, stdout, stderr } = await outcomeOf(context, ...wordsOf(command).slice(1));
        expect([code, command], stderr).toEqual([0, command]);
        printed.push(stdout);
      }
      return printed;
    };
    const [file, secret = '', manifest = ''] = await follow(
      'codemie platform migration-client print',
      one.env,
    );
    expect(JSON.parse(file ?? '')).toMatchObject({ clients: [{ clientId: NAME }] });
    expect(parse(manifest)).toMatchObject({ stringData: { client_secret: secret.trim() } });
    writeFileSync(
      join(folder, 'codemie-prod-realm.json'),
      JSON.stringify(exportOf([exportedUser('root', { realmRoles: ['admin'] })])),
    );
    const reports = await follow('codemie platform migrate plan --source-only', sourceOf(secret.trim()));
    expect(reports).toHaveLength(2);
    for (const report of reports) expect(report).toContain('To import: 1 user, 1 project, 1 membership.');
    await follow('codemie platform migration-client delete', one.env);
    expect(await client()).toBeUndefined();
  });
});
