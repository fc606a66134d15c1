import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ExamplePeople,
  examplePeople,
  newBrowser,
  type Person,
  PKCE,
  SUPERUSER,
} from '../support/example-people.ts';
import { appliedByCodemie, createExampleRealm } from '../support/example-realm.ts';
import {
  ADMITTED,
  AT_THE_COMPANY,
  answerOf,
  CLIENTS,
  denied,
  fromCompany,
  NO_ACCESS,
  NO_LANGFUSE,
} from '../support/gate-answers.ts';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { type MailSink, mailSink } from '../support/mail-sink.ts';
import { type Json, named } from '../support/realm-cli.ts';
import type { UpstreamProvider } from '../support/upstream-provider.ts';

const missing = prepareKeycloak();
const REALM = 'gate-doors';
let keycloak: KeycloakServer;
let realm: ExamplePeople;
let upstream: UpstreamProvider;
let mails: MailSink;

beforeAll(async () => {
  if (missing !== undefined) return;
  keycloak = await keycloakServer();
  upstream = await createExampleRealm(keycloak, REALM, appliedByCodemie);
  realm = examplePeople(keycloak, REALM);
  mails = await mailSink();
  const smtpServer = { host: '127.0.0.1', port: String(mails.port), from: 'hub@hub.example' };
  await realm.call('PUT', '', { smtpServer });
}, 240_000);
afterAll(() => {
  upstream?.close();
  mails?.close();
});

describe.skipIf(missing !== undefined)('other ways into the example realm', () => {
  it.each([
    ['aihub-frontend', 'forgetful-guest', [], NO_ACCESS],
    ['langfuse', 'forgetful-member', ['AIHubAccess'], NO_LANGFUSE],
  ])('a new password by e-mail does not lead round the gate to %s', async (client, name, roles, message) => {
    const person = await realm.person(name, ...roles);
    const browser = newBrowser();
    await browser.open(realm.address(client));
    await browser.follow('/login-actions/reset-credentials');
    await browser.submit({ username: person.username });
    const [link = ''] = /http:\S+action-token\S+/.exec(await mails.mailTo(person.username)) ?? [];
    await browser.open(link);
    const password = 'next-password-of-this-test';
    const done = await browser.submit({ 'password-new': password, 'password-confirm': password });
    expect(answerOf(done)).toContain('Your account has been updated.');
    const { page } = await browser.open(realm.address(client));
    expect(page?.html, 'the new password started a session').toContain('id="kc-form-login"');
    expect(answerOf(await browser.submit({ username: person.username, password }))).toBe(denied(message));
  });

  it('nobody registers', async () => {
    const login = realm.address('aihub-frontend');
    const { page } = await newBrowser().open(login);
    expect(page?.html).not.toContain('registration');
    for (const address of [
      realm.address('aihub-frontend', { prompt: 'create' }),
      login.href.replace('/auth?', '/registrations?'),
    ])
      expect(answerOf(await newBrowser().open(address))).toMatch(/^page 400: .*Registration not allowed/);
  });

  it('no client gets a token for a name and a password, Keycloak’s own for command lines included', async () => {
    const person = await realm.person('direct', 'AIHubAccess', 'AIHubSysAdmin');
    for (const client of CLIENTS)
      expect(await realm.post(client, '/token', { grant_type: 'password', ...person })).toMatchObject({
        status: 400,
        body: { error: 'unauthorized_client' },
      });
    const { status, body } = await realm.post('admin-cli', '/token', { grant_type: 'password', ...person });
    expect([status, body]).toEqual([401, {}]);
  });

  it('no client trades the token of another one, or gets a token by redirect', async () => {
    const person = await realm.person('trader', 'AIHubAccess', 'AIHubSysAdmin');
    const login = await realm.signIn('openwebui', person);
    const exchange = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: (await realm.tokens('openwebui', login)).accessToken,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    };
    for (const client of CLIENTS) {
      expect(await realm.post(client, '/token', exchange), client).toMatchObject({
        status: 400,
        body: { error_description: expect.stringContaining('not enabled') },
      });
      const { url } = await newBrowser().open(realm.address(client, { response_type: 'token' }));
      expect(`${url.search}${url.hash}`, client).toContain('error=unauthorized_client');
    }
  });

  it('no client starts a login on another device, and one that is allowed to meets the gate', async () => {
    const start = (client: string) => realm.post(client, '/auth/device', { scope: 'openid', ...PKCE });
    for (const client of CLIENTS)
      expect(await start(client)).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
    const langfuse = named(await realm.call('GET', '/clients?clientId=langfuse'), 'clientId', 'langfuse');
    const attributes = {
      ...(langfuse['attributes'] as Json),
      'oauth2.device.authorization.grant.enabled': 'true',
    };
    await realm.call('PUT', `/clients/${langfuse['id']}`, { ...langfuse, attributes });
    const { body } = await start('langfuse');
    const browser = newBrowser();
    await browser.open(String(body['verification_uri_complete']));
    const person = await realm.person('on-a-device', 'AIHubAccess');
    expect(answerOf(await browser.submit({ ...person }))).toBe(denied(NO_LANGFUSE));
    const poll = {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: String(body['device_code']),
    };
    expect(await realm.post('langfuse', '/token', poll)).toMatchObject({
      status: 400,
      body: { error: 'authorization_pending' },
    });
  });

  it.each([
    ['account-console', `/realms/${REALM}/account/`],
    ['security-admin-console', `/admin/${REALM}/console/`],
  ])('Keycloak’s own %s has the gate, too', async (client_id, path) => {
    const redirect_uri = `${keycloak.url}${path}`;
    const browser = newBrowser();
    await browser.open(realm.address('aihub-frontend', { client_id, redirect_uri }));
    expect(answerOf(await browser.submit({ ...(await realm.person(`at-${client_id}`)) }))).toBe(
      denied(NO_ACCESS),
    );
  });

  it('an address that names the provider leads through the gate', async () => {
    upstream.person = fromCompany('hinted', 'AIHubAccess');
    const open = (client: string) => newBrowser().open(realm.address(client, { kc_idp_hint: 'azure-ad' }));
    expect(answerOf(await open('openwebui'))).toBe(ADMITTED);
    expect(answerOf(await open('langfuse'))).toBe(denied(NO_LANGFUSE));
  });

  it('a person of the company who makes a password in Keycloak cannot sign in with it', async () => {
    upstream.person = fromCompany('crafty', 'AIHubAccess');
    const browser = newBrowser();
    expect(answerOf(await realm.signInUpstream('openwebui', browser))).toBe(ADMITTED);
    await browser.open(realm.address('openwebui', { kc_action: 'UPDATE_PASSWORD' }));
    const password = 'own-password-of-this-test';
    const made = await browser.submit({ 'password-new': password, 'password-confirm': password });
    expect(made.url.searchParams.get('kc_action_status')).toBe('success');
    const username = 'crafty@company.example';
    expect(answerOf(await realm.signIn('openwebui', { username, password }))).toBe(denied(AT_THE_COMPANY));
    // The session that came from the company goes on, and so does the way through it.
    expect(answerOf(await browser.open(realm.address('aihub-frontend')))).toBe(ADMITTED);
    expect(answerOf(await realm.signInUpstream('openwebui'))).toBe(ADMITTED);
  });

  it('a role that Keycloak loses closes the gate at the next request, and older tokens live on', async () => {
    const person = await realm.person('leaver', 'AIHubAccess');
    const browser = newBrowser();
    const { refreshToken } = await realm.tokens(
      'openwebui',
      await realm.signIn('openwebui', person, browser),
    );
    await realm.changeRole('DELETE', person.username, 'AIHubAccess');
    expect(answerOf(await browser.open(realm.address('openwebui')))).toBe(denied(NO_ACCESS));
    const refresh = { grant_type: 'refresh_token', refresh_token: refreshToken };
    const { status, body } = await realm.post('openwebui', '/token', refresh);
    expect(status).toBe(200);
    expect(decodeJwt(String(body['access_token']))['roles']).not.toContain('AIHubAccess');
  });

  it('brute-force protection counts a denial as a failed login', async () => {
    const person = await realm.person('eager');
    await realm.call('PUT', '', { bruteForceProtected: true });
    expect(answerOf(await realm.signIn('openwebui', person))).toBe(denied(NO_ACCESS));
    await expect.poll(() => realm.failuresOf(person.username), { timeout: 20_000 }).toBe(1);
    await realm.call('PUT', '', { bruteForceProtected: false });
  });

  it('a gate is closed where its scope or its role is missing', async () => {
    const member = await realm.person('in-the-dark', 'AIHubAccess');
    const at = async (client: string, person: Person) => answerOf(await realm.signIn(client, person));
    const marker = named(await realm.call('GET', '/client-scopes'), 'name', 'langfuse-sysadmin-gate');
    await realm.call('DELETE', `/client-scopes/${marker['id']}`);
    // Nobody can tell Langfuse from the other clients then.
    for (const client of ['langfuse', 'openwebui'])
      expect([await at(client, member), await at(client, SUPERUSER)]).toEqual([
        denied(NO_LANGFUSE),
        ADMITTED,
      ]);
    await realm.call('DELETE', '/roles/AIHubSysAdmin');
    expect(await at('langfuse', SUPERUSER)).toBe(denied(NO_LANGFUSE));
    await realm.call('DELETE', '/roles/AIHubAccess');
    expect(await at('aihub-frontend', SUPERUSER)).toBe(denied(NO_ACCESS));
  });
});
