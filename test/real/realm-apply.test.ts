import { chmodSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { type Json, named, type Operator, operator } from '../support/realm-cli.ts';

const missing = prepareKeycloak();
let keycloak: KeycloakServer;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

function harbour(changes: Json = {}): Json {
  return {
    ...(JSON.parse(readFileSync(join('test/fixtures/realms', 'harbour.json'), 'utf8')) as Json),
    ...changes,
  };
}

/** A realm that Keycloak imported from the fixture, with an operator. */
async function imported(realm: string): Promise<Operator & { readonly path: string }> {
  await keycloak.importRealm(harbour(), realm);
  const person = await operator(keycloak, realm);
  return { ...person, path: person.file(harbour({ realm })) };
}

const SECRETS = /(crane|dispatcher|beacon|agency)-secret-of-this-test/;

describe.skipIf(missing !== undefined)('a realm and its file', () => {
  it('a realm that Keycloak imported differs from its file in nothing, and a plan writes nothing', async () => {
    const { json, proxy, path } = await imported('plan-imported');
    const plan = await json(0, 'plan', path, '--detailed-exitcode');
    expect(plan.changes).toEqual([]);
    expect(proxy.writes()).toEqual([]);
    expect(plan.hiddenSecrets).toContain('identity provider agency: config.clientSecret');
  });

  it('an export has no secret, and a plan with it finds nothing', async () => {
    const { json, run, proxy, path } = await imported('plan-exported');
    const out = `${path}.yaml`;
    chmodSync(dirname(out), 0o755);
    expect((await run('export', '--out', out)).code).toBe(0);
    // A folder of the person stays as it is.
    expect(statSync(dirname(out)).mode & 0o777).toBe(0o755);
    expect(readFileSync(out, 'utf8')).not.toMatch(SECRETS);
    expect((await json(0, 'plan', out, '--detailed-exitcode')).changes).toEqual([]);
    expect(proxy.writes()).toEqual([]);
  });

  it('an apply to an empty server makes the whole realm, and a second one writes nothing and keeps every id', async () => {
    const person = await operator(keycloak, 'apply-new');
    const path = person.file(harbour({ realm: 'apply-new' }));
    expect(await person.json(0, 'apply', path, '--yes')).toMatchObject({ verified: true });
    expect((await person.json(0, 'verify', path)).changes).toEqual([]);
    const ids = await idsOf(person);
    const writes = person.proxy.writes().length;
    await person.json(0, 'apply', path, '--yes');
    expect(person.proxy.writes()).toHaveLength(writes);
    expect(await idsOf(person)).toEqual(ids);
    // Nobody but Keycloak knows the secret of a provider: it must have arrived.
    const { enabled } = (await person.call('GET', '')) as Json;
    expect(enabled).toBe(true);
  });
});

async function idsOf({ call }: Operator): Promise<unknown> {
  const idsIn = async (path: string) =>
    ((await call('GET', path)) as Json[]).map(({ id, internalId }) => id ?? internalId).sort();
  return Promise.all(
    [
      '/clients',
      '/roles',
      '/client-scopes',
      '/groups',
      '/identity-provider/instances',
      '/authentication/flows',
      executionsOf('harbour browser'),
    ].map(idsIn),
  );
}

const executionsOf = (flow: string): string => `/authentication/flows/${encodeURIComponent(flow)}/executions`;

interface Edit {
  readonly what: string;
  readonly edit: (person: Operator) => Promise<unknown>;
  /** `type id path` of each change, and how many writes bring it back. */
  readonly found: readonly string[];
  readonly writes: number;
}

async function changeClient({ call }: Operator, changes: Json): Promise<void> {
  const client = named(await call('GET', '/clients?clientId=crane'), 'clientId', 'crane');
  await call('PUT', `/clients/${client['id']}`, { ...client, ...changes });
}

async function changeStep({ call }: Operator, provider: string, changes: Json): Promise<void> {
  const step = named(await call('GET', executionsOf('harbour browser')), 'providerId', provider);
  await call('PUT', executionsOf('harbour browser'), { ...step, ...changes });
}

const EDITS: readonly Edit[] = [
  {
    what: 'a redirect URI was added',
    edit: (person) =>
      changeClient(person, {
        redirectUris: [
          'https://crane.harbour.example/*',
          'http://127.0.0.1/callback',
          'https://evil.example/*',
        ],
      }),
    found: ['client crane redirectUris'],
    writes: 1,
  },
  {
    what: 'the secret of a client was changed',
    edit: (person) => changeClient(person, { secret: 'another-secret-of-this-test' }),
    found: ['client crane secret'],
    writes: 1,
  },
  {
    what: 'a mapper was changed',
    edit: async ({ call }) => {
      const client = named(await call('GET', '/clients?clientId=crane'), 'clientId', 'crane');
      const mapper = named(client['protocolMappers'], 'name', 'shift');
      const config = { ...(mapper['config'] as Json), 'claim.name': 'captain' };
      await call('PUT', `/clients/${client['id']}/protocol-mappers/models/${mapper['id']}`, {
        ...mapper,
        config,
      });
    },
    found: ['client-mapper crane/shift config.claim.name'],
    writes: 1,
  },
  {
    what: 'a step of the gate was disabled',
    edit: (person) => changeStep(person, 'deny-access-authenticator', { requirement: 'DISABLED' }),
    found: ['execution harbour gate/deny-access-authenticator requirement'],
    writes: 1,
  },
  {
    what: 'a priority was reset to 0',
    edit: (person) => changeStep(person, 'conditional-user-role', { priority: 0 }),
    found: ['execution harbour gate/conditional-user-role priority'],
    writes: 1,
  },
  {
    what: 'a step that lets everybody in was added',
    edit: ({ call }) =>
      call('POST', `${executionsOf('harbour sign-in')}/execution`, {
        provider: 'allow-access-authenticator',
        priority: 5,
      }),
    found: ['execution harbour sign-in/allow-access-authenticator'],
    writes: 1,
  },
  {
    what: 'the message of the gate was changed',
    edit: async ({ call }) => {
      const step = named(await call('GET', executionsOf('harbour browser')), 'alias', 'gate message');
      const path = `/authentication/config/${step['authenticationConfig']}`;
      await call('PUT', path, {
        ...((await call('GET', path)) as Json),
        config: { denyErrorMessage: 'Go away' },
      });
    },
    found: ['authenticator-config gate message config.denyErrorMessage'],
    writes: 1,
  },
  {
    what: 'the browser flow of the realm was replaced',
    edit: ({ call }) => call('PUT', '', { browserFlow: 'browser' }),
    found: ['realm settings browserFlow'],
    writes: 1,
  },
  {
    what: 'the mark of the gate became optional',
    edit: async ({ call }) => {
      const client = named(await call('GET', '/clients?clientId=crane'), 'clientId', 'crane');
      const scope = named(await call('GET', '/client-scopes'), 'name', 'berth');
      await call('DELETE', `/clients/${client['id']}/default-client-scopes/${scope['id']}`);
      await call('PUT', `/clients/${client['id']}/optional-client-scopes/${scope['id']}`);
    },
    found: ['client crane defaultClientScopes', 'client crane optionalClientScopes'],
    writes: 2,
  },
  {
    what: 'a client scope was deleted',
    edit: async ({ call }) => {
      const scope = named(await call('GET', '/client-scopes'), 'name', 'gate_marker');
      await call('DELETE', `/client-scopes/${scope['id']}`);
    },
    found: ['client-scope gate_marker'],
    writes: 1,
  },
  {
    what: 'a role was taken from a service account',
    edit: async ({ call }) => {
      const client = named(await call('GET', '/clients?clientId=dispatcher'), 'clientId', 'dispatcher');
      const account = (await call('GET', `/clients/${client['id']}/service-account-user`)) as Json;
      const management = named(
        await call('GET', '/clients?clientId=realm-management'),
        'clientId',
        'realm-management',
      );
      const role = await call('GET', `/clients/${management['id']}/roles/view-users`);
      await call('DELETE', `/users/${account['id']}/role-mappings/clients/${management['id']}`, [role]);
    },
    found: ['service-account dispatcher roles'],
    writes: 1,
  },
  {
    what: 'a service account was switched off and on, and lost every role',
    edit: async ({ call }) => {
      const client = named(await call('GET', '/clients?clientId=dispatcher'), 'clientId', 'dispatcher');
      for (const serviceAccountsEnabled of [false, true])
        await call('PUT', `/clients/${client['id']}`, { ...client, serviceAccountsEnabled });
    },
    found: ['service-account dispatcher roles'],
    writes: 3,
  },
  {
    what: 'an identity provider no longer updates roles',
    edit: async ({ call }) => {
      const provider = (await call('GET', '/identity-provider/instances/agency')) as Json;
      const config = { ...(provider['config'] as Json), syncMode: 'IMPORT' };
      await call('PUT', '/identity-provider/instances/agency', { ...provider, config });
    },
    found: ['identity-provider agency config.syncMode'],
    writes: 1,
  },
  {
    what: 'the policy for one-time passwords was weakened',
    edit: async ({ call }) =>
      call('PUT', '', { ...((await call('GET', '')) as Json), otpPolicyLookAheadWindow: 9 }),
    found: [],
    writes: 0,
  },
];

describe.skipIf(missing !== undefined)('what was changed by hand is found and put back in place', () => {
  it.each(EDITS.map((edit, index) => [edit.what, index, edit] as const))(
    '%s',
    async (_, index, { edit, found, writes }) => {
      const person = await imported(`drift-${index}`);
      const before = await idsOf(person);
      await edit(person);
      const { changes } = await person.json(found.length === 0 ? 0 : 10, 'drift', person.path);
      expect(changes.map(({ type, id, path }) => [type, id, path].filter(Boolean).join(' '))).toEqual(found);
      for (const { type, path, action, security } of changes) {
        expect(action === 'rebind').toBe(path === 'browserFlow');
        expect(security).toBe(type !== 'client-scope');
      }
      expect(person.proxy.writes()).toEqual([]);
      const { stdout } = await person.run('plan', person.path);
      expect(stdout).not.toMatch(SECRETS);
      await person.json(0, 'apply', person.path, '--yes');
      expect(person.proxy.writes()).toHaveLength(writes);
      expect(await person.json(0, 'verify', person.path)).toMatchObject({ changes: [] });
      if (index !== EDITS.findIndex(({ what }) => what === 'a client scope was deleted'))
        expect(await idsOf(person)).toEqual(before);
    },
  );
});
