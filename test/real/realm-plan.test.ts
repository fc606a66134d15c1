import { beforeAll, describe, expect, it } from 'vitest';
import { blocksOfGuides } from '../support/documents.ts';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { type Json, named, operator } from '../support/realm-cli.ts';

const missing = prepareKeycloak();
let keycloak: KeycloakServer;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

const flow = (alias: string): Json => ({
  alias,
  providerId: 'basic-flow',
  topLevel: true,
  builtIn: false,
  authenticationExecutions: [{ authenticator: 'auth-cookie', requirement: 'REQUIRED', priority: 10 }],
});

describe.skipIf(missing !== undefined)('a plan', () => {
  it('moves a broker and a client to a new flow and deletes the old one, in one apply', async () => {
    await keycloak.importRealm(
      {
        enabled: true,
        authenticationFlows: [flow('old')],
        identityProviders: [
          {
            alias: 'p',
            providerId: 'oidc',
            firstBrokerLoginFlowAlias: 'old',
            config: { clientId: 'x', clientSecret: 'y' },
          },
        ],
        clients: [{ clientId: 'c' }],
      },
      'move-flow',
    );
    const person = await operator(keycloak, 'move-flow');
    const old = named(await person.call('GET', '/authentication/flows'), 'alias', 'old');
    const client = named(await person.call('GET', '/clients?clientId=c'), 'clientId', 'c');
    await person.call('PUT', `/clients/${client['id']}`, {
      ...client,
      authenticationFlowBindingOverrides: { browser: old['id'] },
    });
    const file = {
      authenticationFlows: [flow('new')],
      identityProviders: [{ alias: 'p', firstBrokerLoginFlowAlias: 'new' }],
      codemie: { delete: { authenticationFlows: ['old'] } },
    };
    const blocked = await person.json(1, 'plan', person.file(file));
    expect(blocked.blockers).toEqual([{ object: 'authentication flow old', usedBy: ['client c'] }]);
    const refused = await person.run('apply', person.file(file), '--yes');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('authentication flow old is still used by client c');
    expect(person.proxy.writes()).toEqual([]);
    const whole = {
      ...file,
      clients: [{ clientId: 'c', authenticationFlowBindingOverrides: { browser: 'new' } }],
    };
    await person.json(0, 'apply', person.file(whole), '--yes');
    expect(person.proxy.passed.filter(({ status }) => status >= 500)).toEqual([]);
    expect((await person.call('GET', '/authentication/flows')) as Json[]).not.toContainEqual(
      expect.objectContaining({ alias: 'old' }),
    );
    expect((await person.json(0, 'verify', person.file(whole))).changes).toEqual([]);
  });

  it('keeps the attributes that somebody else wrote, and sends what changes alone', async () => {
    await keycloak.importRealm({ enabled: true, attributes: { ours: '1' } }, 'attributes');
    const person = await operator(keycloak, 'attributes');
    const realm = (await person.call('GET', '')) as Json;
    await person.call('PUT', '', {
      ...realm,
      attributes: { ...(realm['attributes'] as Json), 'operator-note': 'mine' },
    });
    const before = (await person.call('GET', '')) as Json;
    await person.json(0, 'apply', person.file({ displayName: 'New', attributes: { ours: '2' } }), '--yes');
    const after = (await person.call('GET', '')) as Json;
    expect(after).toEqual({
      ...before,
      displayName: 'New',
      attributes: { ...(before['attributes'] as Json), ours: '2' },
    });
  });

  it('one field of a policy changes, and the others of this policy stay', async () => {
    const policy = { otpPolicyType: 'totp', otpPolicyDigits: 8, otpPolicyPeriod: 60 };
    await keycloak.importRealm(
      {
        enabled: true,
        ...policy,
        otpPolicyAlgorithm: 'HmacSHA1',
        otpPolicyInitialCounter: 0,
        otpPolicyLookAheadWindow: 1,
      },
      'policies',
    );
    const person = await operator(keycloak, 'policies');
    const file = { otpPolicyAlgorithm: 'HmacSHA256', webAuthnPolicyCreateTimeout: 77 };
    await person.json(0, 'apply', person.file(file), '--yes');
    expect(await person.call('GET', '')).toMatchObject({ ...file, ...policy });
  });

  it('a default scope that does not exist stops an apply before any write', async () => {
    await keycloak.importRealm({ enabled: true }, 'no-scope');
    const person = await operator(keycloak, 'no-scope');
    const path = person.file({ clients: [{ clientId: 'web', defaultClientScopes: ['nope'] }] });
    const { findings } = await person.json(1, 'plan', path);
    expect(findings).toMatchObject([{ rule: 'scope-unknown', path: 'clients[web].defaultClientScopes' }]);
    expect((await person.run('apply', path, '--yes')).code).toBe(1);
    expect(person.proxy.writes()).toEqual([]);
  });

  it('a provider that is not installed stops an apply before any write', async () => {
    await keycloak.importRealm({ enabled: true }, 'no-provider');
    const person = await operator(keycloak, 'no-provider');
    const step = { authenticator: 'acme-captcha', requirement: 'REQUIRED', priority: 20 };
    const mine = flow('mine');
    const steps = mine['authenticationExecutions'] as Json[];
    const path = person.file({
      authenticationFlows: [{ ...mine, authenticationExecutions: [...steps, step] }],
    });
    const { findings } = await person.json(1, 'plan', path);
    expect(findings).toMatchObject([{ rule: 'provider-missing', severity: 'error' }]);
    expect((await person.run('apply', path, '--yes')).stderr).toContain('"acme-captcha" is not installed');
    expect(person.proxy.writes()).toEqual([]);
  });

  it('a composite that was taken from the default role is put back, and no built-in role is ever deleted', async () => {
    const roles = {
      realm: [{ name: 'default-roles-defaults', composites: { realm: ['member'] } }, { name: 'member' }],
    };
    await keycloak.importRealm(
      { enabled: true, roles, defaultRole: { name: 'default-roles-defaults' } },
      'defaults',
    );
    const person = await operator(keycloak, 'defaults');
    const member = await person.call('GET', '/roles/member');
    await person.call('DELETE', '/roles/default-roles-defaults/composites', [member]);
    const path = person.file({ roles, codemie: { delete: { roles: '*', clients: '*' } } });
    const { changes } = await person.json(0, 'plan', path);
    expect(changes).toMatchObject([
      { action: 'update', type: 'role', id: '(default role)', path: 'composites' },
    ]);
    await person.json(0, 'apply', path, '--yes');
    expect((await person.json(0, 'verify', path)).changes).toEqual([]);
  });

  it('a realm that does not exist is an error for verify, and a whole creation for plan', async () => {
    const person = await operator(keycloak, 'not-there');
    const path = person.file({ clients: [{ clientId: 'web' }] });
    const verify = await person.run('verify', path);
    expect(verify.stderr).toContain('has no realm "not-there"');
    const { changes } = await person.json(0, 'plan', path);
    expect(changes).toMatchObject([{ action: 'create', type: 'client', id: 'web', security: true }]);
    expect(person.proxy.writes()).toEqual([]);
  });

  it('an apply asks first, and without a terminal it needs --yes', async () => {
    await keycloak.importRealm({ enabled: true }, 'asks');
    const person = await operator(keycloak, 'asks');
    const { code, stderr, stdout } = await person.run('apply', person.file({ displayName: 'New' }));
    expect(code).toBe(2);
    expect(stderr).toContain('--yes');
    expect(stdout).toContain('displayName: (none) → New');
    expect(person.proxy.writes()).toEqual([]);
  });

  it('the commands of the operator guide do what it says', async () => {
    await keycloak.importRealm({ enabled: true }, 'guide');
    const person = await operator(keycloak, 'guide');
    const [block] = blocksOfGuides().filter(({ text }) => text.startsWith('export KEYCLOAK_URL'));
    const commands = (block?.text ?? '')
      .split('\n')
      .flatMap((line) => /^codemie realm (.*?)\s*(#.*)?$/.exec(line)?.[1] ?? []);
    expect(commands).toHaveLength(4);
    for (const command of commands)
      expect(await person.run(...command.split(/\s+/))).toMatchObject({ code: 0 });
  });
});
