import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExamplePeople, examplePeople, newBrowser, SUPERUSER } from '../support/example-people.ts';
import { appliedByCodemie, createExampleRealm } from '../support/example-realm.ts';
import { EXAMPLE_VARIABLES } from '../support/example-variables.ts';
import { CLIENTS, fromCompany } from '../support/gate-answers.ts';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import type { Json } from '../support/realm-cli.ts';
import type { UpstreamProvider } from '../support/upstream-provider.ts';

const missing = prepareKeycloak();
const REALM = 'gate-clients';
let keycloak: KeycloakServer;
let realm: ExamplePeople;
let upstream: UpstreamProvider;

beforeAll(async () => {
  if (missing !== undefined) return;
  keycloak = await keycloakServer();
  upstream = await createExampleRealm(keycloak, REALM, appliedByCodemie);
  realm = examplePeople(keycloak, REALM);
}, 240_000);
afterAll(() => upstream?.close());

describe.skipIf(missing !== undefined)('the clients of the example realm', () => {
  it.each(CLIENTS)('%s gets the claims of a person that it needs, and no others', async (client) => {
    const { id, access, userinfo } = await realm.tokens(client, await realm.signIn(client, SUPERUSER));
    const roles =
      client === 'langfuse' ? undefined : expect.arrayContaining(['AIHubAccess', 'AIHubSysAdmin']);
    const tenants = client === 'aihub-frontend' ? ['/tenants/acme'] : undefined;
    for (const [where, claims] of Object.entries({ id, access, userinfo })) {
      expect(claims, where).toMatchObject({
        sub: expect.stringMatching(/^[0-9a-f-]{36}$/),
        email: SUPERUSER.username,
        email_verified: true,
        preferred_username: SUPERUSER.username,
        given_name: 'Rosa',
        family_name: 'Root',
        name: 'Rosa Root',
      });
      expect([claims['roles'], claims['tenants']], where).toEqual([roles, tenants]);
    }
    expect([id['aud'], id['azp']]).toEqual([client, client]);
    expect(access).not.toHaveProperty('scope', expect.stringContaining('gate'));
    if (client === 'aihub-frontend') expect([access['aud']].flat()).toContain('account');
  });

  it('the service account of the API works with people and groups, and cannot change the realm', async () => {
    const { body } = await realm.post('aihub-api-service', '/token', {
      grant_type: 'client_credentials',
      client_secret: EXAMPLE_VARIABLES.KEYCLOAK_API_SERVICE_CLIENT_SECRET,
    });
    const api = async (method: string, path: string, content?: Json) => {
      const answer = await fetch(`${keycloak.url}/admin/realms/${REALM}${path}`, {
        method,
        headers: { authorization: `Bearer ${body['access_token']}`, 'content-type': 'application/json' },
        ...(content === undefined ? {} : { body: JSON.stringify(content) }),
      });
      return [answer.status, await answer.json().catch(() => undefined)] as const;
    };
    const query = new URLSearchParams({ username: SUPERUSER.username });
    expect(await api('GET', `/users?${query}`)).toMatchObject([200, [{ email: SUPERUSER.username }]]);
    expect(await api('GET', '/groups?search=acme')).toMatchObject([
      200,
      [{ name: 'tenants', subGroups: [{ path: '/tenants/acme' }] }],
    ]);
    for (const path of ['/roles', '/clients', '/identity-provider/instances'])
      expect(await api('GET', path), path).toMatchObject([200, expect.any(Array)]);
    const email = 'made-by-the-api@hub.example';
    expect(await api('POST', '/users', { username: email, email })).toMatchObject([201, undefined]);
    expect(await realm.groupsOf(email)).toEqual(['/tenants/acme']);
    expect((await api('PUT', '', { registrationAllowed: true }))[0]).toBe(403);
    expect((await api('POST', '/clients', { clientId: 'stray' }))[0]).toBe(403);
  });

  it('one sign-in serves both web interfaces', async () => {
    const browser = newBrowser();
    const [main, sysadmin] = ['http://localhost:3333/callback', 'http://localhost:3334/callback'];
    const first = await realm.signIn('aihub-frontend', SUPERUSER, browser);
    const second = await browser.open(realm.address('aihub-frontend', { redirect_uri: sysadmin }));
    expect([first, second].map(({ url, code }) => [url.origin + url.pathname, typeof code])).toEqual([
      [main, 'string'],
      [sysadmin, 'string'],
    ]);
  });

  it('whoever is new belongs to the startup tenant', async () => {
    upstream.person = fromCompany('nina', 'AIHubAccess');
    const { access } = await realm.tokens('aihub-frontend', await realm.signInUpstream('aihub-frontend'));
    expect(access).toMatchObject({
      tenants: ['/tenants/acme'],
      email: 'nina@company.example',
      preferred_username: 'nina@company.example',
      given_name: 'nina',
      family_name: 'Upstream',
    });
    const local = await realm.person('fresh');
    for (const name of ['nina@company.example', local.username, SUPERUSER.username])
      expect(await realm.groupsOf(name), name).toEqual(['/tenants/acme']);
  });

  it('login pages come from the theme aihub', async () => {
    const { page } = await newBrowser().open(realm.address('aihub-frontend'));
    const [style] = /\/resources\/[^"]*\/login\/aihub\/css\/aihub\.css/.exec(page?.html ?? '') ?? [];
    expect(style).toBeDefined();
    const sheet = await fetch(`${keycloak.url}${style}`);
    expect([sheet.status, await sheet.text()]).toEqual([200, expect.stringContaining('.login-pf')]);
  });
});
