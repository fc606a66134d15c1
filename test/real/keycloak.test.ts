import { once } from 'node:events';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { inspectJwt } from '../../src/credentials/jwt.ts';
import { browse, type Page } from '../support/browser.ts';
import { expireStored } from '../support/expire.ts';
import { fakePlatform } from '../support/fake-platform.ts';
import { type Keycloak, prepareKeycloak, startKeycloak, USER } from '../support/keycloak.ts';
import { lineOf, Machine } from '../support/program.ts';
import { expectShape } from '../support/schemas.ts';

const missing = prepareKeycloak();
/** Lifetime of an access token, in seconds. */
const LIFE = 60;

let keycloak: Keycloak;
let platform: Awaited<ReturnType<typeof fakePlatform>>;
let machine: Machine;

beforeAll(async () => {
  if (missing !== undefined) return;
  keycloak = await startKeycloak(LIFE);
  platform = await fakePlatform(keycloak.issuer);
}, 180_000);
afterAll(async () => {
  if (missing !== undefined) return;
  await platform.close();
}, 60_000);
beforeEach(() => {
  machine = new Machine({ BROWSER: 'none' });
});
afterEach(() => machine.dispose());

const fill = (page: Page): Record<string, string> | undefined => {
  if (page.html.includes('id="kc-form-login"'))
    return { ...page.hidden, username: USER.username, password: USER.password };
  if (page.html.includes('name="accept"')) return { ...page.hidden, accept: 'Yes' };
  return undefined;
};

/** Signs in as a user would, with an HTTP client as the browser. */
async function signIn(...flags: string[]) {
  return signInAt(platform.url, ...flags);
}

async function signInAt(url: string, ...flags: string[]) {
  return signInFrom(async (page) => page, url, ...flags);
}

/** Signs in with a browser that opens another page first; `first` gets the address where the sign-in continues. */
async function signInFrom(first: (page: string) => Promise<string>, url: string, ...flags: string[]) {
  const child = machine.start(
    [
      'profile',
      'login',
      '--url',
      url,
      '--json',
      ...(flags.includes('--store') ? [] : ['--store', 'encrypted-file']),
      ...flags,
    ],
    { input: { open: true } },
  );
  const done = machine.collect(child);
  const page = flags.includes('--device')
    ? /^http:\S+user_code=\S+$/m
    : /^http:\S+\/protocol\/openid-connect\/auth\S+$/m;
  const address = await lineOf(child, page);
  await browse(await first(address), () => false, fill);
  const result = await done;
  expect(result.code, result.stdout + result.stderr).toBe(0);
  return expectShape<{ identity: { email: string } }>('profile-login', result.stdout);
}

const status = async (): Promise<Record<string, unknown>> =>
  JSON.parse((await machine.run(['profile', 'status', '--json'])).stdout);

/** The applications in each of the user's sessions on the server. */
async function sessionsOf(
  realm: Pick<Keycloak, 'admin'>,
): Promise<{ online: string[][]; offline: string[][] }> {
  const [user] = (await realm.admin('GET', `/users?username=${USER.username}`)) as { id: string }[];
  const [client] = (await realm.admin('GET', '/clients?clientId=codemie-cli')) as { id: string }[];
  const at = async (path: string): Promise<string[][]> =>
    ((await realm.admin('GET', `/users/${user?.id}/${path}`)) as { clients: Record<string, string> }[]).map(
      ({ clients }) => Object.values(clients).sort(),
    );
  return { online: await at('sessions'), offline: await at(`offline-sessions/${client?.id}`) };
}

/** @returns the ID of the key that signed a token. */
const kidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;

describe.skipIf(missing !== undefined)('a real Keycloak', () => {
  it('code with PKCE: sign in, status, refresh with rotation, sign out; the server rejects the refresh token', async () => {
    expect((await signIn()).identity.email).toBe(USER.email);
    expect(await status()).toMatchObject({
      state: 'valid',
      identity: { email: USER.email },
      refreshable: true,
    });
    for (let i = 0; i < 3; i += 1) expect((await machine.run(['profile', 'refresh'])).code).toBe(0);
    const logout = await machine.run(['profile', 'logout', '--json']);
    expect(JSON.parse(logout.stdout)).toMatchObject({ removed: ['default'], revoked: 'yes' });
    expect(await status()).toMatchObject({ state: 'missing' });
  });

  it('device grant with a client that requires PKCE', async () => {
    expect((await signIn('--device')).identity.email).toBe(USER.email);
    expect(await status()).toMatchObject({ state: 'valid' });
  });

  it('ten processes with one expired credential survive a server that kills the session on reuse', async () => {
    await signIn();
    await expireStored(machine);
    const results = await Promise.all(Array.from({ length: 10 }, () => machine.run(['token'])));
    expect(results.map((result) => result.code)).toEqual(Array(10).fill(0));
    expect(new Set(results.map((result) => result.stdout)).size).toBe(1);
    expect((await machine.run(['profile', 'refresh'])).code).toBe(0);
    expect(await status()).toMatchObject({ state: 'valid' });
  });

  it('reports a session that ended on the server with the command to run, and signing in again fixes it', async () => {
    await signIn();
    const [user] = (await keycloak.admin('GET', `/users?username=${USER.username}`)) as { id: string }[];
    const [client] = (await keycloak.admin('GET', '/clients?clientId=codemie-cli')) as { id: string }[];
    await keycloak.admin('POST', `/users/${user?.id}/logout`);
    // Offline sessions survive that; revoking the client's consent ends them, too.
    await keycloak.admin('DELETE', `/users/${user?.id}/consents/codemie-cli`);
    expect(client).toBeDefined();
    const refresh = await machine.run(['profile', 'refresh', '--json']);
    expect(refresh.code, refresh.stdout).toBe(4);
    expect(JSON.parse(refresh.stdout).error).toMatchObject({
      code: 'AUTH_REVOKED',
      hint: `codemie profile login --url ${platform.url}`,
    });
    await signIn();
    expect(await status()).toMatchObject({ state: 'valid' });
  });

  it('signing in again revokes the old credential, not the new one', async () => {
    await signIn();
    const before = (await machine.run(['token'])).stdout;
    await signIn();
    expect((await machine.run(['token'])).stdout).not.toBe(before);
    expect((await machine.run(['profile', 'refresh'])).code).toBe(0);
    expect(await status()).toMatchObject({ state: 'valid' });
  });

  it('signing out revokes the refresh token and ends the session on the server', async () => {
    const realm = await keycloak.realm('revoking', {});
    const own = await fakePlatform(realm.issuer);
    onTestFinished(() => own.close());
    await signInAt(own.url, '--store', 'plaintext-file');
    const stored = [...machine.files()].find(([path]) => /credentials\/.*\.json$/.test(path))?.[1] ?? '{}';
    const { refreshToken } = JSON.parse(stored).secrets;
    // With offline_access, Keycloak replaces the browser's session by an offline one, so only that one can be ended.
    expect(await sessionsOf(realm)).toEqual({ online: [], offline: [['codemie-cli']] });
    const logout = await machine.run(['profile', 'logout', '--json']);
    expect(JSON.parse(logout.stdout).revoked).toBe('yes');
    const again = await fetch(`${realm.issuer}/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: 'codemie-cli',
        refresh_token: refreshToken,
      }),
    });
    expect([again.status, ((await again.json()) as { error: string }).error]).toEqual([400, 'invalid_grant']);
    expect(await sessionsOf(realm)).toEqual({ online: [], offline: [] });
  });

  it('signing out ends the online session of a client that cannot have an offline one', async () => {
    const realm = await keycloak.realm('online', {});
    const [client] = (await realm.admin('GET', '/clients?clientId=codemie-cli')) as { id: string }[];
    const optional = `/clients/${client?.id}/optional-client-scopes`;
    for (const { id, name } of (await realm.admin('GET', optional)) as { id: string; name: string }[])
      if (name === 'offline_access') await realm.admin('DELETE', `${optional}/${id}`);
    const own = await fakePlatform(realm.issuer);
    onTestFinished(() => own.close());
    // The device grant ignores a scope that the client does not have; the code grant rejects it.
    await signInAt(own.url, '--device');
    expect(await sessionsOf(realm)).toEqual({ online: [['codemie-cli']], offline: [] });
    const logout = await machine.run(['profile', 'logout', '--json']);
    expect(JSON.parse(logout.stdout).revoked).toBe('yes');
    expect(await sessionsOf(realm)).toEqual({ online: [], offline: [] });
  });

  it('signing out keeps the user signed in to other applications in the same browser', async () => {
    const realm = await keycloak.realm('shared', {});
    await realm.admin('POST', '/clients', {
      clientId: 'other',
      publicClient: true,
      redirectUris: ['http://127.0.0.1/*'],
    });
    const own = await fakePlatform(realm.issuer);
    onTestFinished(() => own.close());
    // The other application redirects the browser to our page, where its cookies sign the user in.
    const viaOther = async (page: string): Promise<string> => {
      const query = new URLSearchParams({
        client_id: 'other',
        response_type: 'code',
        scope: 'openid',
        redirect_uri: await redirectTo(page),
      });
      return `${realm.issuer}/protocol/openid-connect/auth?${query}`;
    };
    await signInFrom(viaOther, own.url);
    expect(await sessionsOf(realm)).toEqual({
      online: [['codemie-cli', 'other']],
      offline: [['codemie-cli']],
    });
    const logout = await machine.run(['profile', 'logout', '--json']);
    expect(JSON.parse(logout.stdout).revoked).toBe('yes');
    expect(await sessionsOf(realm)).toEqual({ online: [['other']], offline: [] });
  });

  it('after a realm replaces its signing key, renewal and a new sign-in use the new key', async () => {
    const realm = await keycloak.realm('rotating', {});
    const own = await fakePlatform(realm.issuer);
    onTestFinished(() => own.close());
    await signInAt(own.url);
    const { id } = (await realm.admin('GET', '')) as { id: string };
    const type = 'org.keycloak.keys.KeyProvider';
    const keyIds = async (): Promise<string[]> =>
      (
        (await (await fetch(`${realm.issuer}/protocol/openid-connect/certs`)).json()) as {
          keys: { kid: string; use: string }[];
        }
      ).keys
        .filter(({ use }) => use === 'sig')
        .map(({ kid }) => kid);
    const before = await keyIds();
    const components = (await realm.admin('GET', `/components?type=${type}`)) as {
      id: string;
      providerId: string;
      config: Record<string, string[]>;
    }[];
    await realm.admin('POST', '/components', {
      name: 'next',
      providerId: 'rsa-generated',
      providerType: type,
      parentId: id,
      config: { priority: ['500'], algorithm: ['RS256'], keySize: ['2048'] },
    });
    for (const old of components.filter(({ providerId }) => providerId === 'rsa'))
      await realm.admin('PUT', `/components/${old.id}`, {
        ...old,
        config: { ...old.config, active: ['false'], enabled: ['false'] },
      });
    const after = await keyIds();
    expect(after).toHaveLength(1);
    expect(before).not.toContain(after[0]);
    const signedBy = async (): Promise<string> => kidOf((await machine.run(['token'])).stdout);
    // A refresh token is signed with the realm's own secret key, which stays, so the sign-in survives.
    expect((await machine.run(['profile', 'refresh'])).code).toBe(0);
    expect(await signedBy()).toBe(after[0]);
    expect(await status()).toMatchObject({ state: 'valid' });
    // Signing in checks the ID token against the published keys, which now include only the new one.
    expect((await signInAt(own.url)).identity.email).toBe(USER.email);
    expect(await signedBy()).toBe(after[0]);
    expect(await status()).toMatchObject({ state: 'valid' });
  });

  it('a realm with another URL and path: the issuer it names counts', async () => {
    const front = await frontOf(keycloak.url, '/sso');
    const realm = await keycloak.realm('fronted', { attributes: { frontendUrl: front.url } });
    const issuer = `${front.url}/realms/fronted`;
    expect(realm.issuer).not.toBe(issuer);
    const own = await fakePlatform(issuer);
    onTestFinished(() => own.close());
    await signInAt(own.url);
    expect((await machine.run(['profile', 'refresh'])).code).toBe(0);
    expect(await status()).toMatchObject({ state: 'valid', identity: { email: USER.email } });
    // Under its other URL it is a different issuer: metadata that names another issuer is rejected (S12).
    const wrong = await fakePlatform(realm.issuer);
    onTestFinished(() => wrong.close());
    const refused = await machine.run([
      'profile',
      'login',
      '--url',
      wrong.url,
      '--store',
      'encrypted-file',
      '--json',
    ]);
    expect([refused.code, JSON.parse(refused.stdout).error.code]).toEqual([1, 'ISSUER_INVALID']);
    expect((await machine.run(['profile', 'logout', '--json'])).stdout).toContain('"revoked":"yes"');
  });

  it.each([
    ['a person without the role', { users: 'plain' }],
    ['a client without the scope', { clients: 'plain' }],
  ])('%s offline_access signs in for as long as the session lives, in one command', async (what, changes) => {
    const realm = await keycloak.realm(`plain-${Object.keys(changes)[0]}`, {});
    const [user] = (await realm.admin('GET', `/users?username=${USER.username}`)) as { id: string }[];
    const [client] = (await realm.admin('GET', '/clients?clientId=codemie-cli')) as { id: string }[];
    if (what.includes('person')) {
      const roles = (await realm.admin('GET', `/users/${user?.id}/role-mappings/realm`)) as unknown[];
      await realm.admin('DELETE', `/users/${user?.id}/role-mappings/realm`, roles);
    } else {
      const scopes = (await realm.admin('GET', `/clients/${client?.id}/optional-client-scopes`)) as {
        id: string;
        name: string;
      }[];
      const offline = scopes.find(({ name }) => name === 'offline_access');
      await realm.admin('DELETE', `/clients/${client?.id}/optional-client-scopes/${offline?.id}`);
    }
    const own = await fakePlatform(realm.issuer);
    onTestFinished(() => own.close());
    const child = machine.start(
      ['profile', 'login', '--url', own.url, '--store', 'encrypted-file', '--json'],
      {
        input: { open: true },
      },
    );
    const done = machine.collect(child);
    const page = /^http:\S+\/protocol\/openid-connect\/auth\S+$/m;
    await browse(await lineOf(child, page), () => false, fill);
    await browse(await lineOf(child, /^http:\S+\/auth\?(?!\S*offline_access)\S+$/m), () => false, fill);
    const result = await done;
    expect(result.code, result.stdout + result.stderr).toBe(0);
    expect(expectShape('profile-login', result.stdout)).toMatchObject({ refreshable: true });
    expect((await machine.run(['profile', 'refresh'])).code).toBe(0);
    expect(await status()).toMatchObject({ state: 'valid' });
  });

  it('a pipeline’s identity is exchanged for a service account’s token, and no secret is stored', async () => {
    // The sandbox plays the pipeline's system: an issuer with published keys that vouches for a job.
    const pipeline = await machine.sandbox();
    const identity = async (audience: string, user = 'ada'): Promise<string> =>
      (
        await machine.run(['sandbox', 'token', '--user', user, '--ttl', '60s', '--audience', audience])
      ).stdout.trim();
    const realm = await keycloak.realm('pipelines', {
      identityProviders: [
        {
          alias: 'pipeline',
          providerId: 'oidc',
          enabled: true,
          hideOnLogin: true,
          config: {
            issuer: pipeline.issuer,
            authorizationUrl: `${pipeline.issuer}/auth`,
            tokenUrl: `${pipeline.issuer}/token`,
            clientId: 'unused',
            clientSecret: 'unused',
            useJwksUrl: 'true',
            jwksUrl: `${pipeline.issuer}/jwks`,
            validateSignature: 'true',
            supportsClientAssertions: 'true',
            supportsClientAssertionReuse: 'true',
          },
        },
      ],
    });
    const job = inspectJwt(await identity(realm.issuer)).identity.id;
    await realm.admin('POST', '/clients', {
      clientId: 'ci-job',
      enabled: true,
      publicClient: false,
      serviceAccountsEnabled: true,
      standardFlowEnabled: false,
      directAccessGrantsEnabled: false,
      clientAuthenticatorType: 'federated-jwt',
      attributes: { 'jwt.credential.issuer': 'pipeline', 'jwt.credential.sub': job },
    });
    const own = await fakePlatform(realm.issuer);
    onTestFinished(() => own.close());
    const login = ['profile', 'login', '--url', own.url, '--ci', '--store', 'encrypted-file', '--json'];
    const signedIn = await machine.run(login, { env: { CODEMIE_ID_TOKEN: await identity(realm.issuer) } });
    expect(signedIn.code, signedIn.stdout).toBe(0);
    expect(expectShape('profile-login', signedIn.stdout)).toMatchObject({ kind: 'oidc', refreshable: false });
    expect(await status()).toMatchObject({ state: 'valid' });
    // Another job of the same pipeline has no account here.
    const stranger = await machine.run(login, {
      env: { CODEMIE_ID_TOKEN: await identity(realm.issuer, 'bob') },
    });
    // The server's message is shown, and not mistaken for a secret.
    expect(JSON.parse(stranger.stdout).error.message).toMatch(/invalid_client .* to client-assertion/);
    expect([stranger.code, JSON.parse(stranger.stdout).error.code], stranger.stdout).toEqual([
      4,
      'CI_REFUSED',
    ]);
  });
});

/** An application that redirects every browser to another page. */
async function redirectTo(page: string): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(302, { location: page }).end());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/back`;
}

/** A front server that serves Keycloak under another path. */
async function frontOf(upstream: string, prefix: string): Promise<{ readonly url: string }> {
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    if (!path.startsWith(`${prefix}/`)) return void response.writeHead(404).end();
    const onward = forward(
      `${upstream}${path.slice(prefix.length)}`,
      { method: request.method, headers: { ...request.headers, host: new URL(upstream).host } },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}` };
}
