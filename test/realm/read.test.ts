import { describe, expect, it } from 'vitest';
import { connectKeycloak } from '../../src/keycloak/connect.ts';
import { readRealm } from '../../src/realm/read.ts';
import { idKey, type RealmReading } from '../../src/realm/reading.ts';
import { Secret } from '../../src/system/secret.ts';
import { testContext } from '../support/context.ts';
import { type Scripted, type Seen, scriptedKeycloak } from '../support/fake-keycloak.ts';

const LOGIN = { kind: 'client', clientId: 'reader', secret: new Secret('reader-secret-2') } as const;
const FORBIDDEN = { status: 403, body: { error: 'HTTP 403 Forbidden' } };

/** Answers by path below the realm, without query; other lists are empty. */
type Answers = Readonly<Record<string, unknown>>;

async function read(answers: Answers): Promise<{ reading: RealmReading; seen: readonly Seen[] }> {
  const { url, seen } = await scriptedKeycloak(({ path }) => scripted(path, answers));
  const admin = connectKeycloak(testContext(), { server: url, realm: 'shop', login: LOGIN });
  return { reading: await readRealm(admin), seen };
}

function scripted(path: string, answers: Answers): Scripted {
  if (path.endsWith('/token')) return { body: { access_token: 't', expires_in: 60 } };
  const key = decodeURIComponent(path.replace('/admin/realms/shop', '').replace(/\?.*/, ''));
  if (key === '' && answers[''] === undefined)
    return {
      body: { id: 'r1', realm: 'shop', sslRequired: 'none', defaultRole: { id: 'd1', name: 'default' } },
    };
  const answer = answers[key];
  if (answer !== undefined && typeof answer === 'object' && answer !== null && 'status' in answer)
    return answer as Scripted;
  return { body: answer ?? (key === '/users/profile' ? { attributes: [] } : []) };
}

describe('what the account may not see', () => {
  it('is named with the role that shows it, and left out', async () => {
    const { reading } = await read({ '/clients': FORBIDDEN, '/groups': FORBIDDEN });
    expect(reading.unseen).toEqual([
      {
        what: 'clients',
        permission: 'view-clients',
        members: ['clients', 'roles', 'users', 'scopeMappings', 'clientScopeMappings'],
      },
      { what: 'groups', permission: 'view-users', members: ['groups'] },
    ]);
    for (const member of ['clients', 'roles', 'groups', 'users'])
      expect(reading.representation).not.toHaveProperty(member);
    expect(reading.representation).toMatchObject({ realm: 'shop', defaultGroups: [], requiredActions: [] });
  });

  it('an empty list of clients means that the account may only query them', async () => {
    const { reading } = await read({ '/clients': [] });
    expect(reading.unseen).toContainEqual(
      expect.objectContaining({ what: 'clients', permission: 'view-clients' }),
    );
  });

  it('without view-realm nothing can be read', async () => {
    await expect(read({ '': { realm: 'shop', bruteForceProtected: false } })).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      hint: 'Give it the role view-realm of the client "realm-management" in the realm "shop".',
    });
  });

  it('organizations are looked for only where they are enabled', async () => {
    const realm = { realm: 'shop', sslRequired: 'none', organizationsEnabled: true };
    const { reading } = await read({ '': realm, '/clients': CLIENTS, '/organizations': FORBIDDEN });
    expect(reading.unseen).toEqual([
      {
        what: 'organizations',
        permission: 'view-organizations (manage-realm on older servers)',
        members: [],
      },
    ]);
    const { seen } = await read({ '/clients': CLIENTS });
    expect(seen.some(({ path }) => path.includes('/organizations'))).toBe(false);
  });
});

const CLIENTS = [{ id: 'c1', clientId: 'web', fullScopeAllowed: true }];

describe('flows', () => {
  const browser = { id: 'f1', alias: 'my browser', providerId: 'basic-flow', topLevel: true, builtIn: false };
  const rows = [
    { id: 'e1', level: 0, requirement: 'ALTERNATIVE', priority: 10, providerId: 'auth-cookie' },
    {
      id: 'e2',
      level: 0,
      requirement: 'ALTERNATIVE',
      priority: 30,
      authenticationFlow: true,
      flowId: 'f2',
      displayName: 'my forms',
    },
    {
      id: 'e3',
      level: 1,
      requirement: 'REQUIRED',
      priority: 7,
      providerId: 'deny-access-authenticator',
      alias: 'my message',
      authenticationConfig: 'k1',
    },
    { id: 'e4', level: 0, requirement: 'DISABLED', priority: 40, providerId: 'auth-spnego' },
  ];
  const answers = {
    '/clients': [{ ...CLIENTS[0], authenticationFlowBindingOverrides: { browser: 'f1' } }],
    '/authentication/flows': [browser],
    '/authentication/flows/my browser/executions': rows,
    '/authentication/config/k1': { id: 'k1', alias: 'my message', config: { denyErrorMessage: 'no' } },
  };

  it('are read as Keycloak writes them into a realm file, with every id in the table', async () => {
    const { reading } = await read(answers);
    expect(reading.representation['authenticationFlows']).toEqual([
      {
        alias: 'my browser',
        providerId: 'basic-flow',
        topLevel: true,
        builtIn: false,
        authenticationExecutions: [
          step('auth-cookie', 'ALTERNATIVE', 10),
          {
            authenticatorFlow: true,
            requirement: 'ALTERNATIVE',
            priority: 30,
            flowAlias: 'my forms',
            userSetupAllowed: false,
          },
          step('auth-spnego', 'DISABLED', 40),
        ],
      },
      {
        alias: 'my forms',
        providerId: 'basic-flow',
        topLevel: false,
        builtIn: false,
        authenticationExecutions: [
          { authenticatorConfig: 'my message', ...step('deny-access-authenticator', 'REQUIRED', 7) },
        ],
      },
      expect.objectContaining({ alias: 'saml ecp', authenticationExecutions: [] }),
    ]);
    expect(reading.representation['authenticatorConfig']).toEqual([
      { alias: 'my message', config: { denyErrorMessage: 'no' } },
    ]);
    const idOf = (...key: Parameters<typeof idKey>): string | undefined => reading.ids.get(idKey(...key));
    expect(idOf('flow', 'my forms')).toBe('f2');
    expect(idOf('execution', 'my browser', '2')).toBe('e4');
    expect(idOf('execution', 'my forms', '0')).toBe('e3');
    expect(idOf('authenticator-config', 'my message')).toBe('k1');
  });

  it('a client names its own flow by alias', async () => {
    const { reading } = await read(answers);
    expect(reading.representation['clients']).toEqual([
      expect.objectContaining({ authenticationFlowBindingOverrides: { browser: 'my browser' } }),
    ]);
  });

  it('a flow that Keycloak cannot list is read from its export, or named as unseen', async () => {
    const missing = {
      ...answers,
      '/authentication/flows/my browser/executions': {
        status: 404,
        body: { error: 'Could not find authenticator provider' },
      },
    };
    const exported = {
      authenticationFlows: [
        {
          ...browser,
          authenticationExecutions: [{ flowAlias: 'inner', authenticatorFlow: true, autheticatorFlow: true }],
        },
        {
          id: 'f9',
          alias: 'inner',
          authenticationExecutions: [{ authenticator: 'gone', authenticatorConfig: 'c' }],
        },
        { id: 'f8', alias: 'of another flow', authenticationExecutions: [] },
      ],
      authenticatorConfig: [
        { id: 'k9', alias: 'c', config: {} },
        { id: 'k8', alias: 'other', config: {} },
      ],
    };
    const { reading } = await read({ ...missing, '/partial-export': exported });
    expect(reading.representation).toMatchObject({
      authenticationFlows: [
        { alias: 'saml ecp' },
        { alias: 'my browser', authenticationExecutions: [{ flowAlias: 'inner', authenticatorFlow: true }] },
        { alias: 'inner', authenticationExecutions: [{ authenticator: 'gone', authenticatorConfig: 'c' }] },
      ],
      authenticatorConfig: [{ alias: 'c', config: {} }],
    });
    expect(JSON.stringify(reading.representation)).not.toContain('autheticatorFlow');
    expect(reading.ids.get(idKey('flow', 'inner'))).toBe('f9');

    const viewOnly = await read({ ...missing, '/partial-export': FORBIDDEN });
    expect(viewOnly.reading.unseen).toEqual([
      {
        what: 'the steps of "my browser", which have an authenticator that is not installed',
        permission: 'manage-realm',
        members: ['authenticationFlows/my browser'],
      },
    ]);
  });

  function step(authenticator: string, requirement: string, priority: number) {
    return { authenticator, authenticatorFlow: false, requirement, priority, userSetupAllowed: false };
  }
});

describe('a reading that fails', () => {
  it('ends after its time, however many requests are still to come', async () => {
    const { url } = await scriptedKeycloak(({ path }) =>
      path.includes('/roles') ? { hang: true } : scripted(path, { '/clients': CLIENTS }),
    );
    const admin = connectKeycloak(testContext(), { server: url, realm: 'shop', login: LOGIN });
    await expect(readRealm(admin, { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: `${url} did not send the whole realm within 0.3 s.`,
    });
  });

  it('ends at once when the program is asked to stop', async () => {
    const context = testContext();
    const { url, seen } = await scriptedKeycloak(({ path }) =>
      path.includes('/roles') ? { hang: true } : scripted(path, { '/clients': CLIENTS }),
    );
    const pending = readRealm(connectKeycloak(context, { server: url, realm: 'shop', login: LOGIN }));
    await expect.poll(() => seen.some(({ path }) => path.includes('/roles'))).toBe(true);
    const reason = new Error('stopped');
    context.stop(reason);
    await expect(pending).rejects.toBe(reason);
  });

  it('sends no more requests', async () => {
    const many = Array.from({ length: 300 }, (_, at) => ({ id: `c${at}`, clientId: `client-${at}` }));
    const { url, seen } = await scriptedKeycloak(({ path }) =>
      path.includes('/shop/roles')
        ? { status: 400, body: { error: 'invalid_request' } }
        : scripted(path, { '/clients': many }),
    );
    const admin = connectKeycloak(testContext(), { server: url, realm: 'shop', login: LOGIN });
    await expect(readRealm(admin)).rejects.toMatchObject({ code: 'KEYCLOAK_REJECTED' });
    // The 300 clients alone would be 600.
    expect(seen.length).toBeLessThan(50);
  });
});
