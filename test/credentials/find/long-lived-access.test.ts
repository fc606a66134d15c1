import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/file.ts';
import { saveProfile } from '../../../src/config/write.ts';
import {
  authorizationHeaders,
  type Credential,
  type OidcCredential,
  type SessionCredential,
} from '../../../src/credentials/credential.ts';
import { openAccess } from '../../../src/credentials/find/find-access.ts';
import { longLivedAccess } from '../../../src/credentials/find/long-lived-access.ts';
import { openStore } from '../../../src/credentials/keep/open-store.ts';
import { moveCredential } from '../../../src/credentials/lifecycle/move.ts';
import { previousCredential, replaceCredential } from '../../../src/credentials/lifecycle/replace.ts';
import { signOut } from '../../../src/credentials/lifecycle/sign-out.ts';
import { Secret } from '../../../src/system/secret.ts';
import { madeToken } from '../../support/bad-tokens.ts';
import { type TestContext, testContext } from '../../support/context.ts';

const ORIGIN = 'https://h.example';
const invalid = { status: 400, headers: {}, setCookie: [], body: Buffer.from('{"error":"invalid_grant"}') };

function oidc(id: string, token: string, expiresAt: number): OidcCredential {
  return {
    kind: 'oidc',
    origin: ORIGIN,
    identity: { id },
    obtainedAt: expiresAt - 300_000,
    expiresAt,
    issuer: 'https://idp.example',
    clientId: 'codemie-cli',
    tokenEndpoint: 'https://idp.example/token',
    accessToken: new Secret(token),
    refreshToken: new Secret(`refresh-of-${token}`),
  };
}

/** Signs a person in: stores the credential and points the profile at it. */
async function signIn(
  context: TestContext,
  credential: OidcCredential | SessionCredential,
  origin = ORIGIN,
): Promise<void> {
  const id = `${origin}#${credential.identity.id}`;
  await (await openStore('plaintext-file', context)).set(id, { ...credential, origin });
  await saveProfile(
    context,
    'default',
    { codeMieUrl: origin, credential: { store: 'plaintext-file', id } },
    { activate: true },
  );
}

async function begun() {
  const context = testContext({ override: { http: async () => invalid } });
  await signIn(context, oidc('ada', 'ended-token-of-ada', Date.now() - 1000));
  const access = longLivedAccess(context, {}, await openAccess(context, {}));
  await expect(access.fresh()).rejects.toMatchObject({ code: 'AUTH_REVOKED' });
  return { context, access };
}

const later = (): number => Date.now() + 300_000;

describe('a process that outlives its credential', () => {
  it('switches to a newer sign-in of the same person in another terminal', async () => {
    const { context, access } = await begun();
    await signIn(context, oidc('ada', 'fresh-token-of-ada', later()));
    expect(authorizationHeaders(await access.fresh())).toEqual({
      authorization: 'Bearer fresh-token-of-ada',
    });
    expect(authorizationHeaders(await access.fresh())).toEqual({
      authorization: 'Bearer fresh-token-of-ada',
    });
  });

  it('finds the credential after a move to another store, and renews it there', async () => {
    const answer = { access_token: 'renewed-token-of-ada', token_type: 'Bearer', expires_in: 300 };
    const http = async () => ({ ...invalid, status: 200, body: Buffer.from(JSON.stringify(answer)) });
    const context = testContext({ override: { http } });
    await signIn(context, oidc('ada', 'moved-token-of-ada', Date.now() - 1000));
    const access = longLivedAccess(context, {}, await openAccess(context, {}));
    await moveCredential(context, 'default', 'plaintext-file');
    expect(authorizationHeaders(await access.fresh())).toEqual({
      authorization: 'Bearer renewed-token-of-ada',
    });
  });

  it('does not switch to another person or another platform', async () => {
    const { context, access } = await begun();
    await signIn(context, oidc('bob', 'fresh-token-of-bob', later()));
    await expect(access.fresh()).rejects.toMatchObject({
      code: 'AUTH_IDENTITY_CHANGED',
      message: 'Profile "default" was signed in as bob after this was started as ada.',
      hint: 'Start it again to work as bob.',
    });
    await signIn(context, oidc('ada', 'token-for-elsewhere', later()), 'https://other.example');
    await expect(access.fresh()).rejects.toMatchObject({ exit: 'auth' });
  });

  it('reports an ended session after a renewal, and does not send the refused token again', async () => {
    let answer = {
      status: 200,
      body: { access_token: 'renewed-token', token_type: 'Bearer', expires_in: 300 },
    };
    const http = async () => ({ ...invalid, ...answer, body: Buffer.from(JSON.stringify(answer.body)) });
    const context = testContext({ override: { http } });
    await signIn(context, oidc('ada', 'first-token', Date.now() - 1000));
    const access = longLivedAccess(context, {}, await openAccess(context, {}));
    const renewed = await access.fresh();
    expect(authorizationHeaders(renewed)).toEqual({ authorization: 'Bearer renewed-token' });
    answer = { status: 400, body: { error: 'invalid_grant' } as never };
    await expect(access.renew(renewed)).rejects.toMatchObject({ code: 'AUTH_REVOKED' });
  });

  it('reports an ended platform session after a newer sign-in replaced it', async () => {
    const session = (cookie: string): SessionCredential => ({
      kind: 'session',
      origin: ORIGIN,
      identity: { id: 'ada' },
      obtainedAt: Date.now(),
      cookies: { _oauth2_proxy: new Secret(cookie) },
    });
    const asked: string[] = [];
    const http = async ({ url }: { url: string }) => {
      asked.push(url);
      return { ...invalid, status: 401 };
    };
    const context = testContext({ override: { http } });
    await signIn(context, session('session-one'));
    const access = longLivedAccess(context, {}, await openAccess(context, {}));
    await signIn(context, session('session-two'));
    const second = await access.renew(session('session-one'));
    expect(authorizationHeaders(second)).toEqual({ cookie: '_oauth2_proxy=session-two' });
    expect(asked).toEqual([]);
    await expect(access.renew(second)).rejects.toMatchObject({ code: 'AUTH_REVOKED' });
  });
});

describe('a key or token that is replaced while a gateway runs', () => {
  const bound = { origin: ORIGIN, obtainedAt: 0 };
  const key = (text: string): Credential => ({
    ...bound,
    kind: 'api-key',
    identity: { id: `key-${text}` },
    key: new Secret(text),
    header: 'authorization',
  });
  const token = (text: string): Credential => ({
    ...bound,
    kind: 'jwt',
    identity: { id: 'ada' },
    token: new Secret(text),
  });

  it.each([
    ['an API key of the same provider', key, { provider: 'litellm', baseUrl: ORIGIN }],
    ['a token of the same person', token, { codeMieUrl: ORIGIN }],
  ])('%s is used within seconds, without a refused request', async (_what, credential, fields) => {
    let now = 1_800_000_000_000;
    const clock = { now: () => now, sleep: async () => undefined };
    const context = testContext({ override: { clock, http: async () => invalid } });
    const store = await openStore('plaintext-file', context);
    const replaceBy = async (text: string): Promise<void> => {
      const next = credential(text);
      const former = await previousCredential(context, readConfig(context.home).profiles['default']);
      const id = `${ORIGIN}#${next.identity.id}`;
      const reference = { store: 'plaintext-file', id };
      const save = () =>
        saveProfile(context, 'default', { ...fields, credential: reference }, { activate: true });
      await replaceCredential(context, { store, id, credential: next }, former, save);
    };
    await replaceBy('the-first-one');
    const access = longLivedAccess(context, {}, await openAccess(context, {}));
    await replaceBy('the-second-one');
    now += 2500;
    expect(authorizationHeaders(await access.fresh())).toEqual({ authorization: 'Bearer the-second-one' });
    await signOut(context, ['default']);
    now += 2500;
    await expect(access.fresh()).rejects.toMatchObject({ code: 'AUTH_MISSING' });
  });
});

describe('a run with --jwt-token-file', () => {
  const seconds = (ms: number): number => Math.floor((Date.now() + ms) / 1000);
  const OLD = madeToken({ sub: 'ada', exp: seconds(60_000) });

  /** A run whose token is read from a file, at a time after that token has expired. */
  async function run() {
    let now = Date.now();
    const context = testContext({
      env: { CODEMIE_URL: ORIGIN },
      override: { clock: { now: () => now, sleep: async () => undefined }, http: async () => invalid },
    });
    let file = OLD;
    const token = {
      flag: '--jwt-token-file',
      value: new Secret(file),
      again: async () => new Secret(file),
    };
    const access = longLivedAccess(context, { token }, await openAccess(context, { token }));
    return {
      access,
      replaceBy: (text: string) => {
        file = text;
      },
      later: (ms: number) => {
        now += ms;
      },
    };
  }

  it('reads the file again before it calls the token expired', async () => {
    const { access, replaceBy, later } = await run();
    const fresh = madeToken({ sub: 'ada', exp: seconds(3_600_000) });
    replaceBy(`${fresh}\n`);
    later(120_000);
    expect(authorizationHeaders(await access.fresh())).toEqual({ authorization: `Bearer ${fresh}` });
  });

  it('reads the file again when the platform refuses the token', async () => {
    const { access, replaceBy } = await run();
    const first = await access.fresh();
    expect(access.refreshable).toBe(true);
    const fresh = madeToken({ sub: 'ada', exp: seconds(3_600_000) });
    replaceBy(fresh);
    expect(authorizationHeaders(await access.renew(first))).toEqual({ authorization: `Bearer ${fresh}` });
  });

  it.each([
    ['still holds the old token', OLD],
    ['was emptied', ''],
    ['holds half of a token', OLD.slice(0, 20)],
    ['holds the token of somebody else', madeToken({ sub: 'bob', exp: seconds(3_600_000) })],
  ])('that %s ends with an error that names the flag', async (_name, text) => {
    const { access, replaceBy, later } = await run();
    replaceBy(text);
    later(120_000);
    await expect(access.fresh()).rejects.toMatchObject({
      code: 'AUTH_EXPIRED',
      message: expect.stringContaining('The token in --jwt-token-file expired'),
    });
  });
});
