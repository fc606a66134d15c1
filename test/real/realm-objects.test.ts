import { beforeAll, describe, expect, it } from 'vitest';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { type Json, named, type Operator, operator, type PlanReport } from '../support/realm-cli.ts';
import { step, topFlow } from '../support/realm-flows.ts';

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

const lines = ({ changes }: PlanReport): readonly string[] =>
  changes.map(({ action, type, id, path }) => [action, type, id, path].filter(Boolean).join(' '));

describe.skipIf(missing !== undefined)('attributes of the realm', () => {
  it('what somebody else wrote stays, exactly two places differ after an apply, and the next plan is empty', async () => {
    const person = await imported('attributes', { attributes: { ours: '1' } });
    const realm = (await person.call('GET', '')) as Json;
    const attributes = { ...(realm['attributes'] as Json), 'operator-note': 'mine' };
    await person.call('PUT', '', { ...realm, attributes });
    const before = (await person.call('GET', '')) as Json;
    const path = person.file({ displayName: 'New', attributes: { ours: '2' } });
    await person.json(0, 'apply', path, '--yes');
    expect(await person.call('GET', '')).toEqual({
      ...before,
      displayName: 'New',
      attributes: { ...(before['attributes'] as Json), ours: '2' },
    });
    expect((await person.json(0, 'plan', path, '--detailed-exitcode')).changes).toEqual([]);
  });
});

describe.skipIf(missing !== undefined)('required actions', () => {
  const OLD = {
    requiredActions: [
      {
        alias: 'CONFIGURE_TOTP',
        name: 'Configure OTP',
        providerId: 'CONFIGURE_TOTP',
        enabled: true,
        priority: 10,
      },
      {
        alias: 'UPDATE_PASSWORD',
        name: 'Update Password',
        providerId: 'UPDATE_PASSWORD',
        enabled: true,
        priority: 30,
      },
      {
        alias: 'terms_and_conditions',
        name: 'Terms',
        providerId: 'terms_and_conditions',
        enabled: false,
        priority: 20,
      },
    ],
  };

  it('an old file deletes none that it does not list, its retired name is one finding, and its priorities hold', async () => {
    const person = await imported('actions', OLD);
    const path = person.file(OLD);
    const { changes, findings } = await person.json(0, 'plan', path);
    expect(changes.filter(({ action }) => action === 'delete')).toEqual([]);
    expect(findings).toMatchObject([
      { rule: 'required-action-unknown', path: 'requiredActions[terms_and_conditions]' },
    ]);
    const aliases = async () =>
      ((await person.call('GET', '/authentication/required-actions')) as Json[]).map(({ alias }) => alias);
    const before = await aliases();
    await person.json(0, 'apply', path, '--yes');
    const actions = (await person.call('GET', '/authentication/required-actions')) as Json[];
    expect(named(actions, 'alias', 'CONFIGURE_TOTP')['priority']).toBe(10);
    expect(named(actions, 'alias', 'UPDATE_PASSWORD')['priority']).toBe(30);
    expect(before).toContain('delete_account');
    expect(await aliases()).toEqual(before);
    expect((await person.json(0, 'plan', path, '--detailed-exitcode')).changes).toEqual([]);
  });

  it('one that is declared for deletion goes', async () => {
    const person = await imported('actions-gone', {});
    const path = person.file({ codemie: { delete: { requiredActions: ['delete_account'] } } });
    expect(lines(await person.json(0, 'apply', path, '--yes'))).toEqual([
      'delete required-action delete_account',
    ]);
    const actions = (await person.call('GET', '/authentication/required-actions')) as Json[];
    expect(actions.map(({ alias }) => alias)).not.toContain('delete_account');
  });
});

describe.skipIf(missing !== undefined)('the default role', () => {
  const rolesOf = (realm: string) => ({
    realm: [{ name: `default-roles-${realm}`, composites: { realm: ['member'] } }, { name: 'member' }],
  });

  it('a composite that was taken from it is drift and put back, and no built-in role or client is ever deleted', async () => {
    const roles = rolesOf('defaults');
    const person = await imported('defaults', { roles, defaultRole: { name: 'default-roles-defaults' } });
    const member = await person.call('GET', '/roles/member');
    await person.call('DELETE', '/roles/default-roles-defaults/composites', [member]);
    const path = person.file({ roles, codemie: { delete: { roles: '*', clients: '*' } } });
    const drift = await person.json(10, 'drift', path);
    expect(lines(drift)).toEqual(['update role (default role) composites']);
    await person.json(0, 'apply', path, '--yes');
    expect((await person.json(0, 'verify', path)).changes).toEqual([]);
  });

  it('a file with its twin, which Keycloak imports as a second role, gives the composites to every user', async () => {
    const roles = rolesOf('twin');
    const person = await imported('twin', { roles });
    expect(await person.call('GET', '')).toMatchObject({ defaultRole: { name: 'default-roles-twin-1' } });
    const path = person.file({ realm: 'twin', roles });
    expect(lines(await person.json(0, 'apply', path, '--yes'))).toEqual([
      'update role (default role) composites',
    ]);
    const composites = (await person.call('GET', '/roles/default-roles-twin-1/composites')) as Json[];
    expect(composites.map(({ name }) => name)).toEqual(['member']);
    expect((await person.json(0, 'plan', path, '--detailed-exitcode')).changes).toEqual([]);
  });
});

describe.skipIf(missing !== undefined)('scopes of a client', () => {
  it('a default scope that does not exist stops plan and apply with a finding, and nothing is written', async () => {
    const person = await imported('no-scope', {});
    const path = person.file({ clients: [{ clientId: 'web', defaultClientScopes: ['nope'] }] });
    const { findings } = await person.json(1, 'plan', path);
    expect(findings).toMatchObject([
      {
        rule: 'scope-unknown',
        path: 'clients[web].defaultClientScopes',
        message: expect.stringContaining('"nope"'),
      },
    ]);
    expect((await person.run('apply', path, '--yes')).code).toBe(1);
    expect(person.proxy.writes()).toEqual([]);
  });

  it('a scope that moves from default to optional is detached and then attached, and reads back so', async () => {
    const web = { clientId: 'web', protocol: 'openid-connect', publicClient: true };
    const lists = { defaultClientScopes: ['profile', 'email'], optionalClientScopes: ['phone'] };
    const person = await imported('scope-moves', { clients: [{ ...web, ...lists }] });
    const moved = { defaultClientScopes: ['profile'], optionalClientScopes: ['phone', 'email'] };
    const path = person.file({ clients: [{ clientId: 'web', ...moved }] });
    await person.json(0, 'apply', path, '--yes');
    expect(person.proxy.writes().map(({ method, path: at }) => `${method} ${at.split('/').at(-2)}`)).toEqual([
      'DELETE default-client-scopes',
      'PUT optional-client-scopes',
    ]);
    const read = named(await person.call('GET', '/clients?clientId=web'), 'clientId', 'web');
    expect(read['defaultClientScopes']).not.toContain('email');
    expect(read['optionalClientScopes']).toContain('email');
  });

  it('the scope that marks a client for a gate is removed, or deleted: the plan says that the gate is open, and restores it', async () => {
    const config = (alias: string, values: Json) => ({ alias, config: values });
    const web = { clientId: 'web', protocol: 'openid-connect', publicClient: true };
    const file = {
      browserFlow: 'gated',
      clientScopes: [
        { name: 'gate-mark', protocol: 'openid-connect', attributes: { 'include.in.token.scope': 'false' } },
      ],
      authenticationFlows: [
        topFlow('gated', {
          ...step('conditional-client-scope', 'REQUIRED', 10),
          authenticatorConfig: 'the mark',
        }),
      ],
      authenticatorConfig: [config('the mark', { client_scope: 'gate-mark', negate: 'false' })],
      clients: [{ ...web, defaultClientScopes: ['gate-mark'] }],
    };
    const person = await operator(keycloak, 'gate-mark');
    const path = person.file({ realm: 'gate-mark', enabled: true, ...file });
    expect((await person.json(0, 'apply', path, '--yes')).verified).toBe(true);
    const client = named(await person.call('GET', '/clients?clientId=web'), 'clientId', 'web');
    const scope = named(await person.call('GET', '/client-scopes'), 'name', 'gate-mark');
    const open = { rule: 'gate-open', severity: 'warning' };

    await person.call('DELETE', `/clients/${client['id']}/default-client-scopes/${scope['id']}`);
    const removed = await person.json(10, 'drift', path);
    expect(lines(removed)).toEqual(['update client web defaultClientScopes']);
    expect(removed.findings).toMatchObject([{ ...open, path: 'clients[web].defaultClientScopes' }]);
    await person.json(0, 'apply', path, '--yes');

    await person.call('DELETE', `/client-scopes/${scope['id']}`);
    const deleted = await person.json(10, 'drift', path);
    expect(lines(deleted)).toEqual([
      'create client-scope gate-mark',
      'update client web defaultClientScopes',
    ]);
    expect(deleted.findings).toMatchObject([
      { ...open, path: 'authenticatorConfig[the mark].config.client_scope' },
      { ...open, path: 'clients[web].defaultClientScopes' },
    ]);
    await person.json(0, 'apply', path, '--yes');
    expect(await person.json(0, 'verify', path)).toMatchObject({ changes: [], findings: [] });
  });
});

describe.skipIf(missing !== undefined)('roles of a service account', () => {
  const FIVE = ['view-users', 'query-users', 'query-groups', 'view-realm', 'view-clients'];
  const file = {
    clients: [
      {
        clientId: 'aihub-api-service',
        protocol: 'openid-connect',
        publicClient: false,
        serviceAccountsEnabled: true,
        standardFlowEnabled: false,
      },
    ],
    users: [
      {
        username: 'service-account-aihub-api-service',
        enabled: true,
        serviceAccountClientId: 'aihub-api-service',
        clientRoles: { 'realm-management': FIVE },
      },
    ],
  };
  const roleNames = (value: unknown): readonly unknown[] => (value as Json[]).map(({ role }) => role).sort();

  it('one of five is removed: drift names it alone; the account is switched off and on: all five come back', async () => {
    const person = await imported('robot', file);
    const path = person.file(file);
    const client = named(
      await person.call('GET', '/clients?clientId=aihub-api-service'),
      'clientId',
      'aihub-api-service',
    );
    const management = named(
      await person.call('GET', '/clients?clientId=realm-management'),
      'clientId',
      'realm-management',
    );
    const account = (await person.call('GET', `/clients/${client['id']}/service-account-user`)) as Json;
    const role = await person.call('GET', `/clients/${management['id']}/roles/view-users`);
    await person.call('DELETE', `/users/${account['id']}/role-mappings/clients/${management['id']}`, [role]);
    const [one, ...others] = (await person.json(10, 'drift', path)).changes;
    expect(others).toEqual([]);
    expect(one).toMatchObject({
      type: 'service-account',
      id: 'aihub-api-service',
      path: 'roles',
      security: true,
    });
    expect(roleNames(one?.after).filter((name) => !roleNames(one?.before).includes(name))).toEqual([
      'view-users',
    ]);
    await person.json(0, 'apply', path, '--yes');

    for (const serviceAccountsEnabled of [false, true])
      await person.call('PUT', `/clients/${client['id']}`, { ...client, serviceAccountsEnabled });
    const [all, ...rest] = (await person.json(10, 'drift', path)).changes;
    expect(rest).toEqual([]);
    expect(roleNames(all?.after).filter((name) => FIVE.includes(String(name)))).toEqual([...FIVE].sort());
    expect(roleNames(all?.before)).not.toEqual(expect.arrayContaining(FIVE.slice(0, 1)));
    await person.json(0, 'apply', path, '--yes');
    expect((await person.json(0, 'plan', path, '--detailed-exitcode')).changes).toEqual([]);
  });

  it('a plan that switches the account off says that its roles are deleted', async () => {
    const person = await imported('robot-off', file);
    const path = person.file({ clients: [{ clientId: 'aihub-api-service', serviceAccountsEnabled: false }] });
    expect((await person.run('plan', path)).stdout).toContain(
      'Keycloak deletes the account with all its roles',
    );
  });
});
