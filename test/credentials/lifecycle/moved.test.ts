import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/file.ts';
import { saveProfile } from '../../../src/config/write.ts';
import type { Credential, OidcCredential, SessionCredential } from '../../../src/credentials/credential.ts';
import { openAccess } from '../../../src/credentials/find/find-access.ts';
import { openStore } from '../../../src/credentials/keep/open-store.ts';
import { moveCredential } from '../../../src/credentials/lifecycle/move.ts';
import { signOut } from '../../../src/credentials/lifecycle/sign-out.ts';
import type { HttpResponse } from '../../../src/net/http.ts';
import { Secret } from '../../../src/system/secret.ts';
import { type TestContext, testContext } from '../../support/context.ts';
import { memoryKeychain } from '../../support/keychain.ts';

const ORIGIN = 'https://h.example';
const ID = `${ORIGIN}#ada`;
const bound = { origin: ORIGIN, identity: { id: 'ada' }, obtainedAt: 0 };
const [OLD_SESSION, NEW_SESSION] = ['b2xk|1799990000|b2xk', 'bmV3|1800000000|bmV3'];
const session: SessionCredential = {
  ...bound,
  kind: 'session',
  cookies: { _oauth2_proxy: new Secret(OLD_SESSION) },
};
const expired: OidcCredential = {
  ...bound,
  kind: 'oidc',
  expiresAt: 1000,
  issuer: 'https://idp.example',
  clientId: 'codemie-cli',
  tokenEndpoint: 'https://idp.example/token',
  accessToken: new Secret('access-token-0'),
  refreshToken: new Secret('refresh-token-0'),
};

/** A provider that accepts each refresh token once, as one that rotates them does. */
function rotatingProvider() {
  let turn = 0;
  return async ({ body }: { readonly body?: unknown }): Promise<HttpResponse> => {
    const isCurrent = String(body).includes(`refresh_token=refresh-token-${turn}`);
    turn += isCurrent ? 1 : 0;
    const answer = {
      access_token: `access-token-${turn}`,
      refresh_token: `refresh-token-${turn}`,
      token_type: 'Bearer',
      expires_in: 300,
    };
    return {
      status: isCurrent ? 200 : 400,
      headers: {},
      setCookie: [],
      body: Buffer.from(JSON.stringify(isCurrent ? answer : { error: 'invalid_grant' })),
    };
  };
}

/** @returns the texts that would be lost with a credential. A `Secret` itself equals every other one. */
function textsOf(credential: Credential | undefined): readonly (string | undefined)[] {
  if (credential?.kind === 'oidc')
    return [credential.accessToken.reveal(), credential.refreshToken?.reveal()];
  return credential?.kind === 'session' ? Object.values(credential.cookies).map((one) => one.reveal()) : [];
}

/** Two processes with one home: one uses the sign-in, the other one moves it. */
async function scene(credential: Credential, http: TestContext['http'] = rotatingProvider()) {
  const keychain = memoryKeychain();
  const loadKeychain = async () => keychain;
  const user = testContext({ override: { http, loadKeychain } });
  const { home, userHome } = user;
  const mover = testContext({ override: { http, loadKeychain, home, userHome } });
  await (await openStore('plaintext-file', user)).set(ID, credential);
  const fields = { codeMieUrl: ORIGIN, credential: { store: 'plaintext-file', id: ID } };
  await saveProfile(user, 'default', fields, { activate: true });
  const move = (): Promise<unknown> => moveCredential(mover, 'default', 'keychain');
  /** Makes the move end after `user` read the settings and before it reads the store, whatever locks it holds by then. */
  const moveAtNextRead = async (): Promise<void> => {
    const store = await openStore('plaintext-file', user);
    const { get } = store;
    Object.assign(store, {
      get: async (id: string) => {
        Object.assign(store, { get });
        await (await openStore('keychain', mover)).set(id, credential);
        const reference = { store: 'keychain', id };
        await saveProfile(mover, 'default', { credential: reference }, { activate: true });
        await store.delete(id);
        return get(id);
      },
    });
  };
  const stored = async (): Promise<readonly (Credential | undefined)[]> => [
    await (await openStore('plaintext-file', mover)).get(ID),
    await (await openStore('keychain', mover)).get(ID),
  ];
  return { user, mover, move, moveAtNextRead, stored };
}

describe('while "profile move" takes the sign-in to another store', () => {
  it('a command that read the settings just before finds it in the new store', async () => {
    const { user, moveAtNextRead } = await scene(session);
    await moveAtNextRead();
    const access = await openAccess(user, {});
    expect(access).toMatchObject({ store: 'keychain', sourceName: 'keychain' });
  });

  it('a refresh that began just before does not say "signed out", and keeps the rotated token', async () => {
    const { user, move, stored } = await scene(expired);
    const access = await openAccess(user, {});
    await move();
    const renewed = ['access-token-1', 'refresh-token-1'];
    expect(textsOf(await access.fresh())).toEqual(renewed);
    expect((await stored()).map(textsOf)).toEqual([[], renewed]);
  });

  it.each(['before it is renewed', 'in a response'])(
    'a session of the platform that is refreshed %s is kept in the new store',
    async (when) => {
      const setCookie = [`_oauth2_proxy=${NEW_SESSION}; Path=/`];
      const body = Buffer.from('{"user_id":"ada"}');
      const { user, move, stored } = await scene(session, async ({ url }) => ({
        status: url.endsWith('/oauth2/auth') ? 202 : 200,
        headers: {},
        setCookie,
        body,
      }));
      const access = await openAccess(user, {});
      await move();
      await (when === 'in a response' ? access.observe(setCookie) : access.renew(session));
      expect((await stored()).map(textsOf)).toEqual([[], [NEW_SESSION]]);
    },
  );

  it('a sign-out removes it from the new store', async () => {
    const { user, moveAtNextRead, stored } = await scene(session);
    await moveAtNextRead();
    expect(await signOut(user, ['default'])).toMatchObject({ removed: ['default'], failures: [] });
    expect(await stored()).toEqual([undefined, undefined]);
    expect(readConfig(user.home).profiles['default']?.credential).toBeUndefined();
  });

  it('a second move says that it was moved already', async () => {
    const { user, moveAtNextRead } = await scene(session);
    await moveAtNextRead();
    await expect(moveCredential(user, 'default', 'keychain')).rejects.toMatchObject({
      message: expect.stringContaining('has just moved this sign-in to keychain'),
    });
  });

  it('renewals beside moves back and forth lose no rotated token', async () => {
    const { user, mover } = await scene(expired);
    const renewing = async (): Promise<void> => {
      for (let turn = 0; turn < 8; turn += 1) {
        const access = await openAccess(user, {});
        await access.renew(access.credential);
      }
    };
    const moving = async (): Promise<void> => {
      for (let turn = 0; turn < 4; turn += 1) {
        await moveCredential(mover, 'default', 'keychain');
        await moveCredential(mover, 'default', 'plaintext-file');
      }
    };
    await Promise.all([renewing(), moving()]);
    const access = await openAccess(user, {});
    expect(textsOf(await access.fresh())).toEqual(['access-token-8', 'refresh-token-8']);
  });
});
