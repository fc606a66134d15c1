import { describe, expect, it } from 'vitest';
import { nameOf } from '../../src/realm/model/hidden-secrets.ts';
import { ownershipOf } from '../../src/realm/model/ownership.ts';
import type { JsonObject } from '../../src/realm/model/values.ts';
import { mentionedIn, type Plan, planFor } from '../../src/realm/plan.ts';
import type { Unseen } from '../../src/realm/reading.ts';

/** A plan for a file, against a server that has `server`. */
function plan(
  file: JsonObject,
  server: JsonObject,
  flags: readonly string[] = [],
  unseen: readonly Unseen[] = [],
): Plan {
  const reading = {
    representation: { realm: 'acme', ...server },
    userProfile: undefined,
    notCovered: [],
    unseen,
    ids: new Map<string, string>(),
  };
  return planFor('acme', mentionedIn([file], 'acme'), reading, ownershipOf([file], flags));
}

/** `action type id path before after`, without what is undefined. */
function told({ changes }: Plan): readonly string[] {
  return changes.map(({ action, type, id, path, before, after }) =>
    [action, type, id, path, ...(path === undefined ? [] : [JSON.stringify(before), JSON.stringify(after)])]
      .filter((part) => part !== undefined)
      .join(' '),
  );
}

const step = (authenticator: string, requirement: string, priority?: number): JsonObject => ({
  authenticator,
  requirement,
  ...(priority === undefined ? {} : { priority }),
});
const flow = (alias: string, ...authenticationExecutions: JsonObject[]): JsonObject => ({
  alias,
  providerId: 'basic-flow',
  topLevel: true,
  builtIn: false,
  authenticationExecutions,
});

describe('what nobody can create alone', () => {
  it('a flow and a configuration that no step uses are left out, the configuration with a warning', () => {
    const file = {
      authenticationFlows: [
        flow('sign-in', { ...step('deny-access-authenticator', 'REQUIRED'), authenticatorConfig: 'used' }),
        { ...flow('nobody'), topLevel: false },
      ],
      authenticatorConfig: [
        { alias: 'used', config: { denyErrorMessage: 'No.' } },
        { alias: 'left over', config: { a: 'b' } },
      ],
    };
    const result = plan(file, {});
    expect(result.changes.map(({ id }) => id).join()).not.toMatch(/nobody|left over/);
    expect(result.findings).toMatchObject([
      { rule: 'config-unused', severity: 'warning', path: 'authenticatorConfig[left over]' },
    ]);
  });

  it('a configuration that the server has is compared, also where the file names no step', () => {
    const file = { authenticatorConfig: [{ alias: 'deny', config: { denyErrorMessage: 'No.' } }] };
    const server = { authenticatorConfig: [{ alias: 'deny', config: { denyErrorMessage: 'Yes.' } }] };
    expect(told(plan(file, server))).toHaveLength(1);
  });
});

describe('client scopes that no file mentions', () => {
  const server = { clientScopes: [{ name: 'email' }, { name: 'stray' }] };
  const deleting = (scopes: string | readonly string[]): readonly string[] =>
    told(
      plan({ clientScopes: [{ name: 'tenants' }], codemie: { delete: { clientScopes: scopes } } }, server),
    );

  it('go where all of them may be deleted, and those of Keycloak stay', () => {
    expect(deleting('*')).toEqual(['create client-scope tenants', 'delete client-scope stray']);
  });

  it('go where a file names them, also those of Keycloak', () => {
    expect(deleting(['email'])).toEqual(['create client-scope tenants', 'delete client-scope email']);
  });
});

describe('a user profile', () => {
  it('that is no JSON is refused', () => {
    const config = { 'kc.user.profile.config': ['{"attributes": ['] };
    const file = { components: { 'org.keycloak.userprofile.UserProfileProvider': [{ config }] } };
    expect(() => plan(file, {})).toThrow(expect.objectContaining({ code: 'REALM_FILE' }));
  });
});

describe('settings of the realm', () => {
  it('a file is compared with what it mentions alone', () => {
    const server = { displayName: 'Acme', attributes: { 'operator-note': 'mine', a: '1' }, rememberMe: true };
    expect(told(plan({ displayName: 'Acme Ltd', attributes: { a: '2' } }, server))).toEqual([
      'update realm settings displayName "Acme" "Acme Ltd"',
      'update realm settings attributes.a "1" "2"',
    ]);
  });

  it('sslRequired in capitals, headers of old servers and settings among the attributes are no differences', () => {
    const file = {
      sslRequired: 'EXTERNAL',
      otpSupportedApplications: ['FreeOTP'],
      attributes: { '_browser_header.xFrameOptions': 'DENY', failureFactor: '30' },
    };
    expect(told(plan(file, { sslRequired: 'external', failureFactor: 30 }))).toEqual([]);
  });

  it('plain HTTP at sign-in is marked as a risk', () => {
    const [change] = plan({ sslRequired: 'none' }, { sslRequired: 'external' }).changes;
    expect(change?.risk).toBe('decides whether sign-ins may use plain HTTP');
  });
});

describe('clients', () => {
  const client = (more: JsonObject): JsonObject => ({ clients: [{ clientId: 'web', ...more }] });

  it('an edited redirect URI is one difference', () => {
    const file = client({ redirectUris: ['https://web.example/*'], publicClient: false });
    const server = client({
      redirectUris: ['https://web.example/*', 'https://evil.example/*'],
      publicClient: false,
    });
    expect(told(plan(file, server))).toEqual([
      'update client web redirectUris ["https://web.example/*","https://evil.example/*"] ["https://web.example/*"]',
    ]);
    expect(plan(file, server).changes[0]?.risk).toBeDefined();
  });

  it('a changed secret is told and never shown', () => {
    const result = plan(client({ secret: 'new-secret-value' }), client({ secret: 'old-secret-value' }));
    expect(told(result)).toEqual(['update client web secret "**********" "**********"']);
    expect(JSON.stringify(result)).not.toContain('secret-value');
  });

  it('a client that is to be created shows no secret', () => {
    const result = plan(
      client({ secret: 'new-secret-value', attributes: { 'jwt.client.secret': 'another-value' } }),
      {},
    );
    expect(result.changes).toHaveLength(1);
    expect(JSON.stringify(result)).not.toMatch(/new-secret-value|another-value/);
  });

  it('scopes that Keycloak attaches by itself are no difference where the file knows nothing of them', () => {
    const server = client({ defaultClientScopes: ['basic', 'acr', 'profile', 'service_account'] });
    expect(told(plan(client({ defaultClientScopes: ['profile'] }), server))).toEqual([]);
    const aware = { ...client({ defaultClientScopes: ['profile'] }), clientScopes: [{ name: 'basic' }] };
    expect(told(plan(aware, { ...server, clientScopes: [{ name: 'basic' }] }))).toHaveLength(1);
  });

  it('a scope that exists nowhere is an error before anything is written', () => {
    const [finding] = plan(client({ defaultClientScopes: ['nope'] }), client({})).findings;
    expect(finding).toMatchObject({
      rule: 'scope-unknown',
      severity: 'error',
      path: 'clients[web].defaultClientScopes',
    });
  });

  it('a login flow may be named by its id or by its alias', () => {
    const flows = [{ id: 'f1', alias: 'strict', authenticationExecutions: [] }];
    const server = {
      ...client({ authenticationFlowBindingOverrides: { browser: 'strict' } }),
      authenticationFlows: flows,
    };
    const byId = {
      ...client({ authenticationFlowBindingOverrides: { browser: 'f1' } }),
      authenticationFlows: flows,
    };
    expect(told(plan(byId, server))).toEqual([]);
    const other = client({ authenticationFlowBindingOverrides: { browser: 'browser' } });
    expect(told(plan(other, server))).toEqual([
      'rebind client web authenticationFlowBindingOverrides.browser "strict" "browser"',
    ]);
  });

  it('roles of a service account are compared by client, and the default role is not one of them', () => {
    const account = (...roles: string[]): JsonObject => ({
      users: [
        {
          username: 'service-account-api',
          serviceAccountClientId: 'api',
          realmRoles: ['default-roles-acme'],
          clientRoles: { 'realm-management': roles },
        },
      ],
      roles: { client: { 'realm-management': [{ name: 'view-users' }, { name: 'view-realm' }] } },
    });
    expect(told(plan(account('view-users'), account('view-users')))).toEqual([]);
    const result = told(plan(account('view-users', 'view-realm'), account('view-users')));
    expect(result).toHaveLength(1);
    expect(result[0]).toContain('service-account api roles');
  });
});

describe('roles', () => {
  it('a composite that was taken from the default role is a difference', () => {
    const roles = (...realm: string[]): JsonObject => ({
      roles: { realm: [{ name: 'default-roles-acme', composites: { realm } }, { name: 'member' }] },
      defaultRole: { name: 'default-roles-acme' },
    });
    expect(told(plan(roles('member'), roles()))).toEqual([
      'update role (default role) composites [] [{"role":"member"}]',
    ]);
  });

  it('the default role keeps its identity in a realm of another name', () => {
    const role = (realm: string): JsonObject => ({
      realm,
      roles: { realm: [{ name: `default-roles-${realm}`, description: 'd' }] },
    });
    expect(told(plan(role('first'), role('second')))).toEqual([]);
  });

  it('a group that has the default role has that of every realm', () => {
    const group = (realm: string): JsonObject => ({
      realm,
      groups: [{ name: 'staff', realmRoles: [`default-roles-${realm}`] }],
      scopeMappings: [{ client: 'web', roles: [`default-roles-${realm}`] }],
    });
    const { changes, findings } = plan(group('first'), group('second'));
    expect([changes, findings]).toEqual([[], []]);
  });

  it('a role that exists nowhere is an error before anything is written', () => {
    const file = { groups: [{ name: 'staff', realmRoles: ['member', 'nope'] }] };
    const server = { roles: { realm: [{ name: 'default-roles-acme' }, { name: 'member' }] } };
    expect(plan(file, server).findings).toMatchObject([
      { rule: 'role-unknown', severity: 'error', message: 'There is no realm role "nope".' },
    ]);
    const unseen = [{ what: 'clients', permission: 'view-clients', members: ['roles'] }];
    expect(plan(file, {}, [], unseen).findings).toEqual([]);
  });

  it('built-in roles and clients are never deleted, whatever the file declares', () => {
    const server = {
      roles: { realm: [{ name: 'default-roles-acme' }, { name: 'offline_access' }, { name: 'stray' }] },
      clients: [{ clientId: 'account' }, { clientId: 'realm-management' }, { clientId: 'old' }],
    };
    expect(told(plan({ codemie: { delete: { roles: '*', clients: '*' } } }, server))).toEqual([
      'delete role stray',
      'delete client old',
    ]);
  });

  it('what the file does not mention stays where nothing is declared for deletion', () => {
    expect(told(plan({ roles: { realm: [] } }, { roles: { realm: [{ name: 'stray' }] } }))).toEqual([]);
  });
});

describe('login flows', () => {
  it('below a flow whose steps the account cannot see, nothing is compared', () => {
    const below = { flowAlias: 'retina steps', requirement: 'ALTERNATIVE', priority: 20 };
    const config = { authenticatorConfig: 'retina settings' };
    const top = (requirement: string): JsonObject =>
      flow('retina', step('auth-cookie', requirement, 10), below);
    const file = {
      authenticationFlows: [
        top('ALTERNATIVE'),
        { ...flow('retina steps', { ...step('scan', 'REQUIRED', 10), ...config }), topLevel: false },
        flow('other', step('auth-cookie', 'REQUIRED', 10)),
      ],
      authenticatorConfig: [{ alias: 'retina settings', config: { distance: '30' } }],
    };
    const server = { authenticationFlows: [top('DISABLED')] };
    const members = ['authenticationFlows/retina'];
    expect(told(plan(file, server, [], [{ what: '', permission: 'manage-realm', members }]))).toEqual([
      'create flow other',
      'update execution retina/auth-cookie requirement "DISABLED" "ALTERNATIVE"',
      'create execution other/auth-cookie',
    ]);
  });

  it('a changed requirement is one difference', () => {
    const server = {
      authenticationFlows: [
        flow('strict', step('auth-cookie', 'ALTERNATIVE', 10), step('gate', 'DISABLED', 20)),
      ],
    };
    const file = {
      authenticationFlows: [
        flow('strict', step('auth-cookie', 'ALTERNATIVE', 10), step('gate', 'REQUIRED', 20)),
      ],
    };
    expect(told(plan(file, server))).toEqual([
      'update execution strict/gate requirement "DISABLED" "REQUIRED"',
    ]);
  });

  it('a priority that was reset to 0 is told with its step', () => {
    const server = {
      authenticationFlows: [flow('strict', step('a', 'REQUIRED', 1), step('b', 'REQUIRED', 0))],
    };
    const file = {
      authenticationFlows: [flow('strict', step('a', 'REQUIRED', 1), step('b', 'REQUIRED', 3))],
    };
    expect(told(plan(file, server))).toEqual(['update execution strict/b priority 0 3']);
  });

  it('a file without priorities means its order', () => {
    const file = { authenticationFlows: [flow('strict', step('a', 'REQUIRED'), step('b', 'REQUIRED'))] };
    const same = {
      authenticationFlows: [flow('strict', step('a', 'REQUIRED', 3), step('b', 'REQUIRED', 7))],
    };
    expect(told(plan(file, same))).toEqual([]);
    const swapped = {
      authenticationFlows: [flow('strict', step('a', 'REQUIRED', 7), step('b', 'REQUIRED', 3))],
    };
    expect(told(plan(file, swapped))).toEqual([
      'update execution strict/a priority 7 10',
      'update execution strict/b priority 3 20',
    ]);
  });

  it('a step that somebody added to a flow of the file is a difference', () => {
    const file = { authenticationFlows: [flow('strict', step('auth-cookie', 'ALTERNATIVE', 10))] };
    const server = {
      authenticationFlows: [
        flow('strict', step('auth-cookie', 'ALTERNATIVE', 10), step('allow', 'ALTERNATIVE', 5)),
      ],
    };
    expect(told(plan(file, server))).toEqual(['delete execution strict/allow']);
  });

  it('a flow that is still in use blocks its deletion, and the plan says by what', () => {
    const server = {
      browserFlow: 'browser',
      authenticationFlows: [flow('old'), flow('new')],
      identityProviders: [{ alias: 'p', firstBrokerLoginFlowAlias: 'old' }],
      clients: [{ clientId: 'c', authenticationFlowBindingOverrides: { browser: 'old' } }],
    };
    const file = {
      authenticationFlows: [flow('new')],
      identityProviders: [{ alias: 'p', firstBrokerLoginFlowAlias: 'new' }],
      codemie: { delete: { authenticationFlows: ['old'] } },
    };
    const blocked = plan(file, server);
    expect(blocked.blockers).toEqual([{ object: 'authentication flow old', usedBy: ['client c'] }]);
    expect(told(blocked)).toEqual([
      'rebind identity-provider p firstBrokerLoginFlowAlias "old" "new"',
      'delete flow old',
    ]);
    const moved = {
      ...file,
      clients: [{ clientId: 'c', authenticationFlowBindingOverrides: { browser: 'new' } }],
    };
    expect(plan(moved, server).blockers).toEqual([]);
  });

  it('another login flow of the realm is a rebinding, and a risk', () => {
    const [change] = plan({ browserFlow: 'mine' }, { browserFlow: 'browser' }).changes;
    expect(change).toMatchObject({ action: 'rebind', risk: 'decides what a sign-in asks for' });
  });
});

describe('identity providers and required actions', () => {
  it('a secret that Keycloak masks is not compared, and said so', () => {
    const provider = (clientSecret: string): JsonObject => ({
      identityProviders: [{ alias: 'azure', config: { clientSecret } }],
    });
    const result = plan(provider('the-real-one'), provider('**********'));
    expect(told(result)).toEqual([]);
    expect(result.hiddenSecrets.map(nameOf)).toEqual(['identity provider azure: config.clientSecret']);
  });

  it('hideOnLoginPage in the config and hideOnLogin beside it are the same', () => {
    const file = { identityProviders: [{ alias: 'azure', config: { hideOnLoginPage: 'true' } }] };
    expect(
      told(plan(file, { identityProviders: [{ alias: 'azure', hideOnLogin: true, config: {} }] })),
    ).toEqual([]);
  });

  it('a retired name of a required action is told with the new one', () => {
    const result = plan(
      { requiredActions: [{ alias: 'terms_and_conditions' }] },
      { requiredActions: [{ alias: 'idp_link' }] },
    );
    expect(told(result)).toEqual([]);
    expect(result.findings[0]).toMatchObject({
      severity: 'warning',
      advice: 'Rename it to TERMS_AND_CONDITIONS.',
    });
  });
});

describe('who owns what', () => {
  const file = {
    groups: [{ name: 'tenants', attributes: { a: ['1'] } }],
    users: [{ username: 'Ada', email: 'new@example.com' }],
  };

  it('a seeded type is created and never changed', () => {
    expect(
      told(plan(file, { groups: [{ name: 'tenants' }], users: [{ username: 'ada' }] }, ['groups=seed'])),
    ).toEqual([]);
    expect(told(plan(file, {}, ['groups=seed']))).toEqual(['create group /tenants', 'create user ada']);
  });

  it('an ignored type is left alone', () => {
    expect(told(plan(file, {}, ['groups=ignore', 'users=ignore']))).toEqual([]);
  });

  it('people are never compared, even where the file says managed', () => {
    const managed = { ...file, codemie: { lifecycle: { users: 'managed' } } };
    expect(
      told(plan(managed, { groups: file.groups, users: [{ username: 'ada', email: 'old@example.com' }] })),
    ).toEqual([]);
  });

  it('the flow of a sign-in belongs to the flows, although the realm and clients name it', () => {
    const bound = (browserFlow: string, browser: string): JsonObject => ({
      browserFlow,
      displayName: `with ${browserFlow}`,
      clients: [{ clientId: 'web', name: browser, authenticationFlowBindingOverrides: { browser } }],
    });
    const seeded = ['realm=seed', 'clients=ignore'];
    expect(told(plan(bound('gate', 'gate'), bound('browser', 'browser'), seeded))).toEqual([
      'rebind realm settings browserFlow "browser" "gate"',
      'rebind client web authenticationFlowBindingOverrides.browser "browser" "gate"',
    ]);
    const left = [...seeded, 'authenticationFlows=seed'];
    expect(told(plan(bound('gate', 'gate'), bound('browser', 'browser'), left))).toEqual([]);
  });

  it.each(['group=seed', 'groups=forever'])('%s is wrong usage', (flag) => {
    expect(() => plan(file, {}, [flag])).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
