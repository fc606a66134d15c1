import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExamplePeople, examplePeople, newBrowser, SUPERUSER } from '../support/example-people.ts';
import { appliedByCodemie, createExampleRealm, importedByKeycloak } from '../support/example-realm.ts';
import {
  ADMITTED,
  answerOf,
  answersOf,
  denied,
  everywhere,
  fromCompany,
  NO_ACCESS,
  NO_LANGFUSE,
} from '../support/gate-answers.ts';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import type { UpstreamProvider } from '../support/upstream-provider.ts';

const missing = prepareKeycloak();
let keycloak: KeycloakServer;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

describe.skipIf(missing !== undefined).each([
  ['codemie applied', 'gate-applied', appliedByCodemie],
  ['Keycloak imported', 'gate-imported', importedByKeycloak],
] as const)('the gate of the example realm, as %s it', (_, name, way) => {
  let realm: ExamplePeople;
  let upstream: UpstreamProvider;

  beforeAll(async () => {
    upstream = await createExampleRealm(keycloak, name, way);
    realm = examplePeople(keycloak, name);
  }, 120_000);
  afterAll(() => upstream?.close());

  it('denies a local person without AIHubAccess at every client, with the configured text', async () => {
    const guest = await realm.person('guest');
    expect(await answersOf((client) => realm.signIn(client, guest))).toEqual(everywhere(denied(NO_ACCESS)));
  });

  it('admits a local person with AIHubAccess everywhere but at Langfuse, which says why', async () => {
    const member = await realm.person('member', 'AIHubAccess');
    expect(await answersOf((client) => realm.signIn(client, member))).toEqual(
      everywhere(ADMITTED, denied(NO_LANGFUSE)),
    );
  });

  it('denies a local person with AIHubSysAdmin alone', async () => {
    const half = await realm.person('half', 'AIHubSysAdmin');
    expect(answerOf(await realm.signIn('langfuse', half))).toBe(denied(NO_ACCESS));
  });

  it('admits the superuser of the file everywhere', async () => {
    expect(await answersOf((client) => realm.signIn(client, SUPERUSER))).toEqual(everywhere(ADMITTED));
  });

  it('keeps the session of another client out of Langfuse, and lets the one of an administrator in', async () => {
    const [member, admin] = [newBrowser(), newBrowser()];
    const person = await realm.person('roamer', 'AIHubAccess');
    expect(answerOf(await realm.signIn('openwebui', person, member))).toBe(ADMITTED);
    expect(answerOf(await member.open(realm.address('aihub-frontend')))).toBe(ADMITTED);
    expect(answerOf(await member.open(realm.address('langfuse')))).toBe(denied(NO_LANGFUSE));
    const silent = await member.open(realm.address('langfuse', { prompt: 'none' }));
    expect(silent.url.searchParams.get('error')).toBe('login_required');
    expect(answerOf(await realm.signIn('openwebui', SUPERUSER, admin))).toBe(ADMITTED);
    expect(answerOf(await admin.open(realm.address('langfuse')))).toBe(ADMITTED);
  });

  it.each([
    ['no role', 'none', [], everywhere(denied(NO_ACCESS))],
    ['AIHubAccess', 'access', ['AIHubAccess'], everywhere(ADMITTED, denied(NO_LANGFUSE))],
    ['AIHubSysAdmin alone', 'half', ['AIHubSysAdmin'], everywhere(denied(NO_ACCESS))],
    ['both roles', 'both', ['AIHubAccess', 'AIHubSysAdmin'], everywhere(ADMITTED)],
  ])('gives a person of the company with %s the same answers', async (_, who, roles, expected) => {
    // Somebody new at each client: a first login takes another way through Keycloak than a later one.
    const login = (client: string) => {
      upstream.person = fromCompany(`${who}-${client}`, ...roles);
      return realm.signInUpstream(client);
    };
    expect(await answersOf(login)).toEqual(expected);
  });

  it('takes the roles of a person from the company at each login', async () => {
    const come = async (client: string, ...roles: string[]) => {
      upstream.person = fromCompany('mover', ...roles);
      const answer = answerOf(await realm.signInUpstream(client));
      return [answer, await realm.rolesOf('mover@company.example')];
    };
    const both = ['AIHubAccess', 'AIHubSysAdmin'];
    expect(await come('langfuse', ...both)).toEqual([ADMITTED, both]);
    // The company took a role away.
    expect(await come('langfuse', 'AIHubAccess')).toEqual([denied(NO_LANGFUSE), ['AIHubAccess']]);
    // Somebody gave it by hand, in Keycloak.
    await realm.changeRole('POST', 'mover@company.example', 'AIHubSysAdmin');
    expect(await come('langfuse', 'AIHubAccess')).toEqual([denied(NO_LANGFUSE), ['AIHubAccess']]);
    expect(await come('openwebui')).toEqual([denied(NO_ACCESS), []]);
  });
});
