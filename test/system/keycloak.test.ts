import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { browse, type Page } from '../support/browser.ts';
import { fakePlatform } from '../support/fake-platform.ts';
import { type Keycloak, prepareKeycloak, startKeycloak, USER } from '../support/keycloak.ts';
import { lineOf, Machine } from '../support/program.ts';
import { expectShape } from '../support/schemas.ts';

const missing = prepareKeycloak();
const LIFE = 8;

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
  await keycloak.stop();
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

/** Signs in as a person would, with an HTTP client for a browser. */
async function signIn(...flags: string[]) {
  const child = machine.start(
    ['profile', 'login', '--url', platform.url, '--store', 'encrypted-file', '--json', ...flags],
    { input: { open: true } },
  );
  const done = machine.collect(child);
  const page = flags.includes('--device')
    ? /^http:\S+user_code=\S+$/m
    : /^http:\S+\/protocol\/openid-connect\/auth\S+$/m;
  const address = await lineOf(child, page);
  await browse(address, () => false, fill);
  const result = await done;
  expect(result.code, result.stdout + result.stderr).toBe(0);
  return expectShape<{ identity: { email: string } }>('profile-login', result.stdout);
}

const status = async (): Promise<Record<string, unknown>> =>
  JSON.parse((await machine.run(['profile', 'status', '--json'])).stdout);

describe.skipIf(missing !== undefined)('a real Keycloak', () => {
  it('code with PKCE: sign in, status, refresh with rotation, sign out; the refresh token is dead at the server', async () => {
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

  it('device grant, where the client insists on PKCE there too', async () => {
    expect((await signIn('--device')).identity.email).toBe(USER.email);
    expect(await status()).toMatchObject({ state: 'valid' });
  });

  it('ten processes with one expired credential survive a server that kills the session on reuse', async () => {
    await signIn();
    await new Promise((resolve) => setTimeout(resolve, (LIFE + 1) * 1000));
    const results = await Promise.all(Array.from({ length: 10 }, () => machine.run(['token'])));
    expect(results.map((result) => result.code)).toEqual(Array(10).fill(0));
    expect(new Set(results.map((result) => result.stdout)).size).toBe(1);
    expect((await machine.run(['profile', 'refresh'])).code).toBe(0);
    expect(await status()).toMatchObject({ state: 'valid' });
  });

  it('a session ended on the server is said, with what to run, and signing in again mends it', async () => {
    await signIn();
    const [user] = (await keycloak.admin('GET', `/users?username=${USER.username}`)) as { id: string }[];
    const [client] = (await keycloak.admin('GET', '/clients?clientId=codemie-cli')) as { id: string }[];
    await keycloak.admin('POST', `/users/${user?.id}/logout`);
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

  it('signing in again revokes the old credential and not the new one', async () => {
    await signIn();
    const before = (await machine.run(['token'])).stdout;
    await signIn();
    expect((await machine.run(['token'])).stdout).not.toBe(before);
    expect((await machine.run(['profile', 'refresh'])).code).toBe(0);
    expect(await status()).toMatchObject({ state: 'valid' });
  });
});
