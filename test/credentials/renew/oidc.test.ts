import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { saveProfile } from '../../../src/config/write.ts';
import type { Access } from '../../../src/credentials/access.ts';
import type { OidcCredential } from '../../../src/credentials/credential.ts';
import { openAccess } from '../../../src/credentials/find/find-access.ts';
import { openStore } from '../../../src/credentials/keep/open-store.ts';
import { renewOidc } from '../../../src/credentials/renew/oidc.ts';
import type { HttpRequest, HttpResponse } from '../../../src/net/http.ts';
import { unreachable } from '../../../src/net/unreachable.ts';
import { Secret } from '../../../src/system/secret.ts';
import { type TestContext, testContext } from '../../support/context.ts';

const ID = 'https://h#ada';
const MINUTE = 60_000;
type Reply = Partial<{ status: number; json: unknown; text: string }> | Error;

const jwt = (claims: Record<string, unknown>): string =>
  `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;

/** An identity token of this sign-in. */
const CLAIMS = { iss: 'https://idp', sub: 'ada', aud: 'codemie-cli' };

interface Scene {
  readonly context: TestContext;
  readonly access: Access;
  readonly requests: URLSearchParams[];
  stored(): Promise<OidcCredential>;
  advance(ms: number): void;
}

let serial = 0;

/** A sign-in whose ten-minute token was issued `ageMs` ago, and a token endpoint with these responses. */
async function scene(replies: Reply[], ageMs: number, change: Partial<OidcCredential> = {}): Promise<Scene> {
  let now = 1_800_000_000_000;
  const advance = (ms: number): void => {
    now += ms;
  };
  const requests: URLSearchParams[] = [];
  const http = async (request: HttpRequest): Promise<HttpResponse> => {
    requests.push(new URLSearchParams(String(request.body)));
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    if (reply === undefined) throw new Error('no further request was expected');
    if (reply instanceof Error) throw reply;
    const body = reply.text ?? JSON.stringify(reply.json ?? {});
    return { status: reply.status ?? 200, headers: {}, setCookie: [], body: Buffer.from(body) };
  };
  const context = testContext({
    override: { http, clock: { now: () => now, sleep: async (ms) => advance(ms) } },
  });
  serial += 1;
  const credential: OidcCredential = {
    kind: 'oidc',
    origin: 'https://h',
    identity: { id: 'ada' },
    issuer: 'https://idp',
    clientId: 'codemie-cli',
    tokenEndpoint: 'https://idp/token',
    accessToken: new Secret(`access-old-${serial}`),
    refreshToken: new Secret(`refresh-old-${serial}`),
    obtainedAt: now - ageMs,
    expiresAt: now - ageMs + 10 * MINUTE,
    ...change,
  };
  const store = await openStore('plaintext-file', context);
  await store.set(ID, credential);
  await saveProfile(
    context,
    'default',
    { codeMieUrl: 'https://h', credential: { store: 'plaintext-file', id: ID } },
    { activate: true },
  );
  return {
    context,
    access: await openAccess(context, {}),
    requests,
    stored: async () => (await store.get(ID)) as OidcCredential,
    advance,
  };
}

const renewed = (n = 1) => ({
  json: {
    access_token: `access-new-${n}`,
    refresh_token: `refresh-new-${n}`,
    token_type: 'Bearer',
    expires_in: 600,
  },
});
const accessOf = (credential: unknown): string => (credential as OidcCredential).accessToken.reveal();

describe('renewal', () => {
  it('sends no request while the token is valid', async () => {
    const { access, requests } = await scene([], MINUTE);
    expect(accessOf(await access.fresh())).toContain('access-old');
    expect(requests).toEqual([]);
  });

  it('S32: renews before expiry, and earlier for a token with a longer life', async () => {
    const early = await scene([renewed()], 8.9 * MINUTE);
    await early.access.fresh();
    expect(early.requests).toHaveLength(0);
    const due = await scene([renewed()], 9.1 * MINUTE);
    expect(accessOf(await due.access.fresh())).toBe('access-new-1');
    const asked = await scene([renewed()], 6 * MINUTE);
    expect(accessOf(await asked.access.fresh(4.5 * MINUTE))).toBe('access-new-1');
    const most = await scene([renewed()], 2 * MINUTE);
    expect(accessOf(await most.access.fresh(9 * MINUTE))).toBe('access-new-1');
    // No renewal gives a token that lives for 20 minutes.
    const tooMuch = await scene([], 2 * MINUTE);
    expect(accessOf(await tooMuch.access.fresh(20 * MINUTE))).toContain('access-old');
  });

  it('S29: sends the refresh token (RFC 6749 §6) and stores the rotated one before it returns', async () => {
    const { access, requests, stored } = await scene([renewed()], 20 * MINUTE);
    const fresh = await access.fresh();
    expect(Object.fromEntries(requests[0] ?? [])).toMatchObject({
      grant_type: 'refresh_token',
      client_id: 'codemie-cli',
      refresh_token: expect.stringContaining('refresh-old'),
    });
    expect((await stored()).refreshToken?.reveal()).toBe('refresh-new-1');
    expect((await stored()).accessToken.reveal()).toBe(accessOf(fresh));
  });

  it('S29: a response without a refresh token keeps the old one', async () => {
    const { access, stored } = await scene(
      [{ json: { access_token: 'a2', token_type: 'bearer', expires_in: 600 } }],
      20 * MINUTE,
    );
    await access.fresh();
    expect((await stored()).refreshToken?.reveal()).toContain('refresh-old');
  });

  it('S27: many callers in one process share one renewal', async () => {
    const { access, requests } = await scene([renewed()], 20 * MINUTE);
    const all = await Promise.all(Array.from({ length: 20 }, () => access.fresh()));
    expect([requests.length, new Set(all.map(accessOf)).size]).toEqual([1, 1]);
  });

  it('S29: a store that cannot be written is noticed before the refresh token is used', async () => {
    const { context, access, requests } = await scene([renewed()], 20 * MINUTE);
    const folder = join(context.home, 'credentials');
    const [name = ''] = readdirSync(folder);
    // A folder in place of the file makes the rename fail, like a full disk.
    const text = readFileSync(join(folder, name), 'utf8');
    const store = await openStore('plaintext-file', context);
    const original = (await store.get(ID)) as OidcCredential;
    expect(text).toContain('refresh-old');
    await store.delete(ID);
    mkdirSync(join(folder, name, 'full'), { recursive: true });
    await expect(access.fresh()).rejects.toThrow();
    expect(requests).toEqual([]);
    rmSync(join(folder, name), { recursive: true });
    await store.set(ID, original);
    expect(accessOf(await access.fresh())).toBe('access-new-1');
  });

  it('S28: uses a credential that another process renewed, without a request', async () => {
    const { context, access, requests, stored } = await scene([], 20 * MINUTE);
    const store = await openStore('plaintext-file', context);
    const now = context.clock.now();
    await store.set(ID, {
      ...(await stored()),
      accessToken: new Secret('from-another-process'),
      obtainedAt: now,
      expiresAt: now + 10 * MINUTE,
    });
    expect(accessOf(await access.fresh())).toBe('from-another-process');
    expect(requests).toEqual([]);
  });

  it('S30: after invalid_grant you must sign in again; the token is not sent twice, and the credential is kept', async () => {
    const { access, requests, stored } = await scene(
      [{ status: 400, json: { error: 'invalid_grant' } }],
      20 * MINUTE,
    );
    for (let i = 0; i < 3; i += 1)
      await expect(access.fresh()).rejects.toMatchObject({
        code: 'AUTH_REVOKED',
        exit: 'auth',
        fix: 'codemie profile login --url https://h',
      });
    expect(requests).toHaveLength(1);
    expect((await stored()).refreshToken?.reveal()).toContain('refresh-old');
  });

  it.each([
    ['500', { status: 500 }, 'unreachable'],
    ['429', { status: 429, json: { error: 'slow_down' } }, 'unreachable'],
    [
      'no network',
      unreachable(new URL('https://idp'), 'refused the connection', 'ECONNREFUSED'),
      'unreachable',
    ],
    ['invalid_client', { status: 401, json: { error: 'invalid_client' } }, 'auth'],
    ['a web page', { text: '<html>' }, 'unreachable'],
    ['a response with wrong types', { json: { access_token: 7, expires_in: 'soon' } }, 'failed'],
  ])('S30: after %s the credential is kept, and a valid token is still used', async (_name, reply, exit) => {
    const living = await scene([reply], 9.5 * MINUTE);
    expect(accessOf(await living.access.fresh())).toContain('access-old');
    const dead = await scene([reply, renewed()], 20 * MINUTE);
    await expect(dead.access.fresh()).rejects.toMatchObject({ exit });
    expect((await dead.stored()).refreshToken?.reveal()).toContain('refresh-old');
    expect(accessOf(await dead.access.fresh())).toBe('access-new-1');
  });

  it('S32: retries a failed early renewal after a minute, not at every call', async () => {
    const life = { obtainedAt: 1_800_000_000_000 - 91 * MINUTE, expiresAt: 1_800_000_000_000 + 4 * MINUTE };
    const { access, requests, advance } = await scene([{ status: 503 }], 0, life);
    for (let i = 0; i < 5; i += 1) await access.fresh();
    expect(requests).toHaveLength(1);
    advance(61_000);
    for (let i = 0; i < 5; i += 1) await access.fresh();
    expect(requests).toHaveLength(2);
  });

  it('S30: an early renewal reports an ended sign-in at once, and does not ask again', async () => {
    const { access, requests } = await scene(
      [{ status: 400, json: { error: 'invalid_grant' } }],
      9.5 * MINUTE,
    );
    await expect(access.fresh()).rejects.toMatchObject({ code: 'AUTH_REVOKED', exit: 'auth' });
    await access.fresh().catch(() => undefined);
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['another subject', { id_token: jwt({ ...CLAIMS, sub: 'eve' }) }],
    ['an empty subject', { id_token: jwt({ ...CLAIMS, sub: '' }) }],
    ['no subject', { id_token: jwt({ ...CLAIMS, sub: undefined }) }],
    ['another issuer', { id_token: jwt({ ...CLAIMS, iss: 'https://evil' }) }],
    ['an audience of another client', { id_token: jwt({ ...CLAIMS, aud: 'another-client' }) }],
    ['no audience', { id_token: jwt({ ...CLAIMS, aud: undefined }) }],
    ['azp of another client', { id_token: jwt({ ...CLAIMS, azp: 'another-client' }) }],
    ['the nonce of another sign-in', { id_token: jwt({ ...CLAIMS, nonce: 'foreign' }) }],
    ['an access token of another subject', { access_token: jwt({ sub: 'eve' }) }],
  ])('S31: %s is refused, and not stored', async (_name, change) => {
    const idToken = new Secret(jwt({ ...CLAIMS, nonce: 'own' }));
    const replies = [{ json: { ...renewed().json, ...change } }];
    const { access, stored } = await scene(replies, 20 * MINUTE, { idToken });
    await expect(access.fresh()).rejects.toMatchObject({ code: 'AUTH_IDENTITY_CHANGED' });
    expect((await stored()).accessToken.reveal()).toContain('access-old');
  });

  it.each([
    ['no nonce', {}],
    ['the nonce of the sign-in', { nonce: 'own' }],
    ['several audiences and azp of this client', { aud: ['account', 'codemie-cli'], azp: 'codemie-cli' }],
  ])('a renewed identity token with %s is accepted', async (_name, claims) => {
    const idToken = new Secret(jwt({ ...CLAIMS, nonce: 'own' }));
    const replies = [{ json: { ...renewed().json, id_token: jwt({ ...CLAIMS, ...claims }) } }];
    const { access } = await scene(replies, 20 * MINUTE, { idToken });
    expect(accessOf(await access.fresh())).toBe('access-new-1');
  });

  it.each(
    ['access_token', 'refresh_token', 'id_token'].flatMap((field) =>
      [
        ['a line break', 'a\r\nX-Other: 1'],
        ['a newline at its end', 'token-with-newline\n'],
        ['a NUL', 'a\0b'],
        ['letters that are not Latin', 'токен'],
        ['an emoji', 'a😀b'],
        ['only a space', ' '],
      ].map(([what = '', value = '']) => [field, what, value] as const),
    ),
  )('a renewal whose %s has %s does not replace the good sign-in', async (field, _what, value) => {
    const replies = [{ json: { ...renewed().json, [field]: value } }];
    const { access, stored } = await scene(replies, 9.5 * MINUTE);
    expect(accessOf(await access.fresh())).toContain('access-old');
    expect((await stored()).accessToken.reveal()).toContain('access-old');
    await expect(access.renew(await access.fresh())).rejects.toMatchObject({
      code: 'TOKEN_RESPONSE_MALFORMED',
    });
  });

  it.each([
    ['missing', undefined],
    ['negative', -5],
    ['text', 'for ever'],
    ['null', null],
  ])('S14: a token whose expires_in is %s counts as short-lived', async (_name, expires_in) => {
    const { context, access } = await scene([{ json: { ...renewed().json, expires_in } }], 20 * MINUTE);
    const fresh = await access.fresh();
    expect((fresh.expiresAt ?? 0) - context.clock.now()).toBe(MINUTE);
  });

  it.each([
    ['a token that is a number', { json: { access_token: 5 } }],
    ['no token', { json: {} }],
    ['a refresh token that is a number', { json: { ...renewed().json, refresh_token: 7 } }],
    ['an ID token that is empty', { json: { ...renewed().json, id_token: '' } }],
    ['an unsupported token type', { json: { ...renewed().json, token_type: 'mac' } }],
    ['a body that is not JSON', { text: '<html>secret-body-text</html>' }],
  ])('S15: %s is a typed error that does not show the body', async (_name, reply) => {
    const { access } = await scene([reply], 20 * MINUTE);
    const error = await access.fresh().catch((thrown: Error & { code: string }) => thrown);
    expect((error as { code: string }).code).toMatch(/MALFORMED|NOT_A_PLATFORM/);
    expect(String(error)).not.toContain('secret-body-text');
  });

  it('the refresh token is never sent without encryption', async () => {
    const { access, requests } = await scene([renewed()], 20 * MINUTE, {
      tokenEndpoint: 'http://idp.example/token',
    });
    await expect(access.fresh()).rejects.toMatchObject({ code: 'URL_INSECURE' });
    expect(requests).toEqual([]);
  });

  it('S33: renews once after a refusal, and not again if the old token is refused twice', async () => {
    const { access, requests } = await scene([renewed()], MINUTE);
    const old = access.credential;
    expect(accessOf(await access.renew(old))).toBe('access-new-1');
    expect(accessOf(await access.renew(old))).toBe('access-new-1');
    expect(requests).toHaveLength(1);
  });

  it('S29: if the rotated token could not be stored, the old one is not used', async () => {
    const { context, access, requests } = await scene([renewed()], 20 * MINUTE);
    const store = await openStore('plaintext-file', context);
    const full = { ...store, set: () => Promise.reject(new Error('ENOSPC')) };
    const renewal = renewOidc({ context, store: full, id: ID }, access.credential as OidcCredential);
    await expect(renewal).rejects.toThrow('ENOSPC');
    expect(requests).toEqual([]);
  });

  it('a renewal does not restore a credential that was deleted in between', async () => {
    const { context, access, requests } = await scene([renewed()], 20 * MINUTE);
    const store = await openStore('plaintext-file', context);
    await store.delete(ID);
    await expect(access.fresh()).rejects.toMatchObject({ code: 'AUTH_MISSING' });
    expect([requests.length, await store.get(ID)]).toEqual([0, undefined]);
  });

  it('S39: a profile with a new address does not use its old credential there', async () => {
    const { context } = await scene([], MINUTE);
    await saveProfile(context, 'default', { codeMieUrl: 'https://other' }, { activate: true });
    await expect(openAccess(context, {})).rejects.toMatchObject({ code: 'AUTH_MISSING' });
    await expect(openAccess(context, { baseUrl: 'https://third' })).rejects.toMatchObject({
      code: 'AUTH_MISSING',
    });
  });

  it.each([
    ['the name of one for an address that begins alike', 'https://h.evil.example#ada', 'https://h'],
    ['the name of one for another port', 'https://h:8443#ada', 'https://h'],
    ['the right name, and holds one for another address', ID, 'https://h.evil.example'],
  ])('S39: a stored entry that has %s is not used', async (_what, id, origin) => {
    const { context, access, requests } = await scene([renewed()], MINUTE);
    const store = await openStore('plaintext-file', context);
    await store.set(id, { ...access.credential, origin });
    const reference = { store: 'plaintext-file', id };
    await saveProfile(
      context,
      'default',
      { codeMieUrl: 'https://h', credential: reference },
      { activate: true },
    );
    await expect(openAccess(context, {})).rejects.toMatchObject({ code: 'AUTH_MISSING' });
    expect(requests).toEqual([]);
  });
});
