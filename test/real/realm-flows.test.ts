import { beforeAll, describe, expect, it } from 'vitest';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { type Json, named, type Operator, operator } from '../support/realm-cli.ts';
import { below, step, subFlow, topFlow } from '../support/realm-flows.ts';

const missing = prepareKeycloak();
let keycloak: KeycloakServer;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

const at = (flow: string): string => `/authentication/flows/${encodeURIComponent(flow)}/executions`;

async function rowsOf({ call }: Operator, flow: string): Promise<readonly Json[]> {
  return (await call('GET', at(flow))) as Json[];
}

const prioritiesIn = (rows: readonly Json[]): readonly unknown[] => rows.map(({ priority }) => priority);
const idsIn = (rows: readonly Json[]): readonly unknown[] => rows.map(({ id }) => id);

describe.skipIf(missing !== undefined)('the order of a flow', () => {
  const gate = (...priorities: (number | undefined)[]): Json => ({
    authenticationFlows: [
      topFlow('sign-in', step('auth-cookie', 'ALTERNATIVE', 10), below('gate', 'CONDITIONAL', 20)),
      subFlow(
        'gate',
        step('conditional-user-configured', 'REQUIRED', priorities[0]),
        step('auth-otp-form', 'REQUIRED', priorities[1]),
        step('deny-access-authenticator', 'DISABLED', priorities[2]),
      ),
    ],
  });

  it('a changed requirement is one PUT, and the priorities 1, 3, 7 and all ids stay', async () => {
    await keycloak.importRealm({ enabled: true, ...gate(1, 3, 7) }, 'order');
    const person = await operator(keycloak, 'order');
    const before = await rowsOf(person, 'gate');
    const text = JSON.stringify(gate(1, 3, 7)).replace(
      '"auth-otp-form","requirement":"REQUIRED"',
      '"auth-otp-form","requirement":"DISABLED"',
    );
    const path = person.file(text);
    await person.json(0, 'apply', path, '--yes');
    expect(person.proxy.writes().map(({ method }) => method)).toEqual(['PUT']);
    const after = await rowsOf(person, 'gate');
    expect(after.map(({ requirement }) => requirement)).toEqual(['REQUIRED', 'DISABLED', 'DISABLED']);
    expect(prioritiesIn(after)).toEqual([1, 3, 7]);
    expect(idsIn(after)).toEqual(idsIn(before));

    const [, otp] = after;
    await person.call('PUT', at('gate'), { ...otp, priority: 0 });
    const { changes } = await person.json(10, 'drift', path);
    expect(changes).toMatchObject([
      { type: 'execution', id: 'gate/auth-otp-form', path: 'priority', before: 0, after: 3 },
    ]);
    await person.json(0, 'apply', path, '--yes');
    const restored = await rowsOf(person, 'gate');
    expect(prioritiesIn(restored)).toEqual([1, 3, 7]);
    expect(idsIn(restored)).toEqual(idsIn(before));
  });

  it('two priorities that were swapped are put back, and no id changes', async () => {
    await keycloak.importRealm({ enabled: true, ...gate(1, 3, 7) }, 'swapped');
    const person = await operator(keycloak, 'swapped');
    const before = await rowsOf(person, 'gate');
    const [condition, otp] = before;
    await person.call('PUT', at('gate'), { ...condition, priority: 3 });
    await person.call('PUT', at('gate'), { ...otp, priority: 1 });
    const path = person.file(gate(1, 3, 7));
    const { changes } = await person.json(10, 'drift', path);
    expect(changes.map(({ id, path: field, before: is, after }) => [id, field, is, after])).toEqual([
      ['gate/conditional-user-configured', 'priority', 3, 1],
      ['gate/auth-otp-form', 'priority', 1, 3],
    ]);
    await person.json(0, 'apply', path, '--yes');
    expect(await rowsOf(person, 'gate')).toEqual(before);
  });

  it('steps without priorities get 10, 20 and 30 in the order of the file', async () => {
    await keycloak.importRealm({ enabled: true }, 'numbered');
    const person = await operator(keycloak, 'numbered');
    const path = person.file(gate());
    await person.json(0, 'apply', path, '--yes');
    expect(prioritiesIn(await rowsOf(person, 'gate'))).toEqual([10, 20, 30]);
    expect((await person.json(0, 'plan', path, '--detailed-exitcode')).changes).toEqual([]);
  });
});

const flow = (alias: string): Json => topFlow(alias, step('auth-cookie', 'REQUIRED', 10));
const broker = (alias: string, changes: Json = {}): Json => ({
  alias,
  providerId: 'oidc',
  config: { clientId: 'x', clientSecret: 'y' },
  ...changes,
});

async function override({ call }: Operator, clientId: string, alias: string): Promise<void> {
  const { id } = named(await call('GET', '/authentication/flows'), 'alias', alias);
  const client = named(await call('GET', `/clients?clientId=${clientId}`), 'clientId', clientId);
  await call('PUT', `/clients/${client['id']}`, {
    ...client,
    authenticationFlowBindingOverrides: { browser: id },
  });
}

async function flowsOf({ call }: Operator): Promise<readonly unknown[]> {
  return ((await call('GET', '/authentication/flows')) as Json[]).map(({ alias }) => alias);
}

describe.skipIf(missing !== undefined)('a flow that something still uses', () => {
  it('the broker and a client move to a new flow and the old one goes, in one apply', async () => {
    const p = broker('p', { firstBrokerLoginFlowAlias: 'old' });
    const realm = {
      authenticationFlows: [flow('old')],
      identityProviders: [p],
      clients: [{ clientId: 'c' }],
    };
    await keycloak.importRealm({ enabled: true, ...realm }, 'move-flow');
    const person = await operator(keycloak, 'move-flow');
    await override(person, 'c', 'old');
    const file = {
      authenticationFlows: [flow('new')],
      identityProviders: [{ alias: 'p', firstBrokerLoginFlowAlias: 'new' }],
      codemie: { delete: { authenticationFlows: '*' } },
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
    expect(await flowsOf(person)).not.toContain('old');
    expect((await person.json(0, 'verify', person.file(whole))).changes).toEqual([]);
  });

  it('cannot be deleted: the plan names the realm setting, each provider and each client, before any write', async () => {
    await keycloak.importRealm(
      {
        enabled: true,
        browserFlow: 'old',
        authenticationFlows: [flow('old')],
        identityProviders: [
          broker('first', { firstBrokerLoginFlowAlias: 'old' }),
          broker('after', { postBrokerLoginFlowAlias: 'old' }),
        ],
        clients: [{ clientId: 'c' }],
      },
      'in-use',
    );
    const person = await operator(keycloak, 'in-use');
    await override(person, 'c', 'old');
    const path = person.file({ codemie: { delete: { authenticationFlows: ['old'] } } });
    const { blockers } = await person.json(1, 'plan', path);
    expect(blockers.map(({ object }) => object)).toEqual(['authentication flow old']);
    expect([...(blockers[0]?.usedBy ?? [])].sort()).toEqual([
      'client c',
      'identity provider after',
      'identity provider first',
      'realm setting browserFlow',
    ]);
    expect((await person.run('apply', path, '--yes')).code).toBe(1);
    expect(person.proxy.writes()).toEqual([]);
  });

  it('cannot be deleted where the file moves its client, but flows are left to their operator', async () => {
    const clients = [{ clientId: 'c', authenticationFlowBindingOverrides: { browser: 'new' } }];
    await keycloak.importRealm(
      { enabled: true, authenticationFlows: [flow('old'), flow('new')], clients: [{ clientId: 'c' }] },
      'left-alone',
    );
    const person = await operator(keycloak, 'left-alone');
    await override(person, 'c', 'old');
    const codemie = { delete: { authenticationFlows: ['old'] } };
    const path = person.file({ clients, codemie });
    expect((await person.json(0, 'plan', path)).blockers).toEqual([]);
    const { changes, blockers } = await person.json(
      0,
      'plan',
      path,
      '--lifecycle',
      'authenticationFlows=seed',
    );
    expect([changes, blockers]).toEqual([[], []]);
  });

  it('goes together with the client and the provider that used it', async () => {
    const identityProviders = [broker('p', { firstBrokerLoginFlowAlias: 'old' })];
    await keycloak.importRealm(
      { enabled: true, authenticationFlows: [flow('old')], identityProviders, clients: [{ clientId: 'c' }] },
      'all-gone',
    );
    const person = await operator(keycloak, 'all-gone');
    await override(person, 'c', 'old');
    const codemie = { delete: { authenticationFlows: '*', identityProviders: '*', clients: '*' } };
    const { changes } = await person.json(0, 'apply', person.file({ codemie }), '--yes');
    expect(changes.map(({ action, id }) => `${action} ${id}`).sort()).toEqual([
      'delete c',
      'delete old',
      'delete p',
    ]);
    expect(person.proxy.passed.filter(({ status }) => status >= 500)).toEqual([]);
  });

  it('has the name that a new flow below another wants: the plan says so, before any write', async () => {
    await keycloak.importRealm({ enabled: true }, 'name-taken');
    const person = await operator(keycloak, 'name-taken');
    const forms = subFlow('forms', step('auth-username-password-form', 'REQUIRED'));
    const path = person.file({ authenticationFlows: [topFlow('mine', below('forms', 'REQUIRED')), forms] });
    const { findings } = await person.json(1, 'plan', path);
    expect(findings).toMatchObject([{ rule: 'flow-name-taken', path: 'authenticationFlows[forms]' }]);
    expect((await person.run('apply', path, '--yes')).stderr).toContain('it belongs to the flow "browser"');
    expect(person.proxy.writes()).toEqual([]);
  });
});

describe.skipIf(missing !== undefined)('a server that goes away in the middle of a flow', () => {
  it.each([4, 7])(
    'after write %i of a flow: nothing half built is in use, and the next run finishes',
    async (last) => {
      const realm = `gone-${last}`;
      await keycloak.importRealm({ enabled: true }, realm);
      let writes = 0;
      let isGone = false;
      const person = await operator(keycloak, realm, ({ method, path }) => {
        if (method !== 'GET' && path.includes('/authentication/')) writes += 1;
        isGone ||= writes >= last;
        return isGone;
      });
      const path = person.file({
        browserFlow: 'mine',
        authenticationFlows: [
          topFlow('mine', step('auth-cookie', 'ALTERNATIVE'), below('my forms', 'ALTERNATIVE')),
          subFlow(
            'my forms',
            step('auth-username-password-form', 'REQUIRED'),
            below('my otp', 'CONDITIONAL'),
          ),
          subFlow(
            'my otp',
            step('conditional-user-configured', 'REQUIRED'),
            step('auth-otp-form', 'REQUIRED'),
          ),
        ],
      });
      const { code, stderr } = await person.run('apply', path, '--yes');
      expect(code).not.toBe(0);
      expect(stderr).toContain('[UNREACHABLE]');
      expect(await person.call('GET', '')).toMatchObject({ browserFlow: 'browser' });
      writes = -1000;
      isGone = false;
      expect(await person.json(0, 'apply', path, '--yes')).toMatchObject({ verified: true });
      const steps = (await rowsOf(person, 'mine')).map(
        ({ providerId, displayName }) => providerId ?? displayName,
      );
      expect(steps).toHaveLength(6);
      expect(new Set(steps).size).toBe(6);
    },
  );
});
