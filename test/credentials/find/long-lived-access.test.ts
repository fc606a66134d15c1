import { describe, expect, it } from 'vitest';
import { saveProfile } from '../../../src/config/write.ts';
import { authorizationHeaders, type OidcCredential } from '../../../src/credentials/credential.ts';
import { openAccess } from '../../../src/credentials/find/find-access.ts';
import { longLivedAccess } from '../../../src/credentials/find/long-lived-access.ts';
import { openStore } from '../../../src/credentials/keep/open-store.ts';
import { moveCredential } from '../../../src/credentials/lifecycle/move.ts';
import { Secret } from '../../../src/system/secret.ts';
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

/** Somebody signs in: the credential is stored and the profile points at it. */
async function signIn(context: TestContext, credential: OidcCredential, origin = ORIGIN): Promise<void> {
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
  it('goes on with a sign-in of the same person that was done elsewhere', async () => {
    const { context, access } = await begun();
    await signIn(context, oidc('ada', 'fresh-token-of-ada', later()));
    expect(authorizationHeaders(await access.fresh())).toEqual({
      authorization: 'Bearer fresh-token-of-ada',
    });
    expect(authorizationHeaders(await access.fresh())).toEqual({
      authorization: 'Bearer fresh-token-of-ada',
    });
  });

  it('finds the credential in the store it was moved to, and renews it there', async () => {
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

  it('not with one of somebody else, nor with one at another platform', async () => {
    const { context, access } = await begun();
    await signIn(context, oidc('bob', 'fresh-token-of-bob', later()));
    await expect(access.fresh()).rejects.toMatchObject({ exit: 'auth' });
    await signIn(context, oidc('ada', 'token-for-elsewhere', later()), 'https://other.example');
    await expect(access.fresh()).rejects.toMatchObject({ exit: 'auth' });
  });
});
