import { describe, expect, it } from 'vitest';
import { saveProfile } from '../../../src/config/write.ts';
import type { Access } from '../../../src/credentials/access.ts';
import {
  type Credential,
  isSameCredential,
  type SessionCredential,
} from '../../../src/credentials/credential.ts';
import { openAccess } from '../../../src/credentials/find/find-access.ts';
import { openStore } from '../../../src/credentials/keep/open-store.ts';
import type { SecretStore } from '../../../src/credentials/keep/store.ts';
import { signOut } from '../../../src/credentials/lifecycle/sign-out.ts';
import type { HttpRequest } from '../../../src/net/http.ts';
import { Secret } from '../../../src/system/secret.ts';
import { type TestContext, testContext } from '../../support/context.ts';

const ORIGIN = 'https://h.example';
const ID = `${ORIGIN}#ada`;
const bound = { origin: ORIGIN, identity: { id: 'ada' }, obtainedAt: 0 };
const session: SessionCredential = {
  ...bound,
  kind: 'session',
  cookies: { _oauth2_proxy: new Secret('b2xk|1799990000|b2xk') },
};
const KINDS: readonly Credential[] = [
  session,
  { ...bound, kind: 'jwt', token: new Secret('a-token-that-was-stored') },
  { ...bound, kind: 'api-key', key: new Secret('a-key-that-was-stored'), header: 'authorization' },
];

interface Scene {
  readonly context: TestContext;
  readonly access: Access;
  readonly store: SecretStore;
  readonly renewals: HttpRequest[];
  advance(ms: number): void;
}

async function scene(credential: Credential): Promise<Scene> {
  let now = 1_800_000_000_000;
  const renewals: HttpRequest[] = [];
  const context = testContext({
    override: {
      clock: { now: () => now, sleep: async () => undefined },
      http: async (request) => {
        const answer = { status: 200, headers: {}, setCookie: [], body: Buffer.from('{"user_id":"ada"}') };
        if (!request.url.endsWith('/oauth2/auth')) return answer;
        renewals.push(request);
        return { ...answer, status: 202, setCookie: ['_oauth2_proxy=bmV3|1800000000|bmV3; Path=/'] };
      },
    },
  });
  const store = await openStore('plaintext-file', context);
  await store.set(ID, credential);
  const at =
    credential.kind === 'api-key' ? { provider: 'litellm', baseUrl: ORIGIN } : { codeMieUrl: ORIGIN };
  const place = { ...at, credential: { store: 'plaintext-file', id: ID } };
  await saveProfile(context, 'default', place, { activate: true });
  const access = await openAccess(context, {});
  return {
    context,
    access,
    store,
    renewals,
    advance: (ms) => {
      now += ms;
    },
  };
}

describe.each(KINDS)('a running process with a stored credential ($kind)', (credential) => {
  it('is refused within seconds of a sign-out', async () => {
    const { context, access, advance } = await scene(credential);
    advance(60_000);
    await access.fresh();
    await signOut(context, ['default']);
    advance(2500);
    await expect(access.fresh()).rejects.toMatchObject({ code: 'AUTH_MISSING', exit: 'auth' });
    await expect(access.fresh()).rejects.toMatchObject({ code: 'AUTH_MISSING' });
  });

  it('keeps working when the same person signs in again', async () => {
    const { context, access, store, advance } = await scene(credential);
    await signOut(context, ['default']);
    advance(2500);
    await expect(access.fresh()).rejects.toMatchObject({ code: 'AUTH_MISSING' });
    await store.set(ID, credential);
    advance(2500);
    expect((await access.fresh()).kind).toBe(credential.kind);
  });
});

it('the store is not read for every request, and an unreadable store does not end the sign-in', async () => {
  const { access, store, advance } = await scene(session);
  let reads = 0;
  const { get } = store;
  Object.assign(store, {
    get: (id: string) => {
      reads += 1;
      return get(id);
    },
  });
  for (let i = 0; i < 50; i += 1) {
    advance(100);
    await access.fresh();
  }
  expect(reads).toBe(2);
  Object.assign(store, { get: () => Promise.reject(new Error('locked')) });
  advance(2500);
  expect(isSameCredential(await access.fresh(), session)).toBe(true);
});

it('the second of two concurrent refusals does not end a session that was just renewed', async () => {
  const { access, renewals } = await scene(session);
  const renewed = await access.renew(session);
  expect(isSameCredential(renewed, session)).toBe(false);
  expect(await access.renew(session)).toBe(renewed);
  expect(renewals).toHaveLength(1);
});

it('an ended sign-in stays ended, even if its access token is valid a little longer', async () => {
  const now = 1_800_000_000_000;
  const { access, store } = await scene({
    ...bound,
    kind: 'oidc',
    issuer: 'https://idp.example',
    clientId: 'codemie-cli',
    tokenEndpoint: 'https://idp.example/token',
    accessToken: new Secret('a-token-that-lives-ten-seconds'),
    refreshToken: new Secret('the-refresh-token-beside-it'),
    obtainedAt: now - 90_000,
    expiresAt: now + 10_000,
  });
  await store.delete(ID);
  await expect(access.fresh(30_000)).rejects.toMatchObject({ code: 'AUTH_MISSING' });
  await expect(access.fresh(30_000)).rejects.toMatchObject({ code: 'AUTH_MISSING' });
});
