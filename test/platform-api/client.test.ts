import { describe, expect, it } from 'vitest';
import type { Access } from '../../src/credentials/access.ts';
import type { OidcCredential, SessionCredential } from '../../src/credentials/credential.ts';
import { fixedAccess } from '../../src/credentials/fixed-access.ts';
import type { HttpRequest } from '../../src/net/http.ts';
import { createPlatform } from '../../src/platform-api/client.ts';
import { modelsOf } from '../../src/platform-api/models.ts';
import { CodemieError } from '../../src/system/errors.ts';
import { Secret } from '../../src/system/secret.ts';
import { testContext } from '../support/context.ts';

const ORIGIN = 'https://platform.example';
const credential = (turn: number): OidcCredential => ({
  kind: 'oidc',
  origin: ORIGIN,
  identity: { id: 'ada' },
  obtainedAt: 1,
  expiresAt: 2,
  issuer: 'https://idp.example',
  clientId: 'codemie-cli',
  tokenEndpoint: 'https://idp.example/token',
  accessToken: new Secret(`access-token-number-${turn}`),
});

/** A renewable sign-in, and a platform that responds with these statuses in turn and then repeats the last one. */
function scene(
  statuses: readonly number[],
  renewal: () => Promise<OidcCredential> = async () => credential(2),
) {
  const sent: string[] = [];
  const refused: unknown[] = [];
  const http = async ({ url, headers }: HttpRequest) => {
    const status = statuses[Math.min(sent.length, statuses.length - 1)] ?? 500;
    sent.push(`${new URL(url).pathname.split('/v1/')[1]} ${headers?.['authorization']?.slice(-1)}`);
    const body = status === 200 ? { user_id: 'ada' } : { error: { message: 'no' } };
    return {
      status,
      headers: { 'content-type': 'application/json' },
      setCookie: [],
      body: Buffer.from(JSON.stringify(body)),
    };
  };
  const access: Access = {
    ...fixedAccess(ORIGIN, credential(1)),
    source: 'store',
    sourceName: 'keychain',
    store: 'keychain',
    refreshable: true,
    renew: async (old) => {
      refused.push(old.kind === 'oidc' ? old.accessToken.reveal().slice(-1) : old.kind);
      return renewal();
    },
  };
  const context = testContext({ override: { http } });
  return { platform: createPlatform(context, ORIGIN, access), sent, refused, context, access };
}

describe('S33: a call that the platform refuses', () => {
  it('is retried once with a renewed credential', async () => {
    const { platform, sent, refused } = scene([401, 200]);
    expect(await platform.user()).toMatchObject({ id: 'ada' });
    expect([sent, refused]).toEqual([['user 1', 'user 2'], ['1']]);
  });

  it('fails if the renewed credential is refused too', async () => {
    const { platform, sent, refused } = scene([401]);
    await expect(platform.user()).rejects.toMatchObject({ code: 'AUTH_REFUSED', exit: 'auth' });
    expect([sent, refused]).toEqual([['user 1', 'user 2'], ['1']]);
  });

  it('fails with the error of the renewal, and sends nothing after it', async () => {
    const revoked = new CodemieError({ code: 'AUTH_REVOKED', message: 'over' });
    const { context, access, sent } = scene([401], () => Promise.reject(revoked));
    await expect(modelsOf(context, access)).rejects.toBe(revoked);
    expect(sent).toEqual(['llm_models 1']);
  });

  it.each([
    [[403, 200], ['user 1', 'user 1'], 'ACCESS_DENIED'],
    [[500], ['user 1'], 'PLATFORM_FAILED'],
    [[404], ['user 1'], 'NOT_A_PLATFORM'],
  ] as const)('%j does not count as an expired sign-in', async (statuses, sentThen, code) => {
    const { platform, sent, refused } = scene(statuses);
    await expect(platform.user()).rejects.toMatchObject({ code });
    expect([sent, refused]).toEqual([sentThen, []]);
  });
});

describe('S39: a credential of another platform', () => {
  it('is never sent', async () => {
    const { context, access, sent } = scene([200]);
    for (const origin of [
      'https://platform.example.evil',
      'https://platform.example:8443',
      'http://127.0.0.1',
    ])
      await expect(createPlatform(context, origin, access).user()).rejects.toMatchObject({
        code: 'AUTH_MISSING',
      });
    expect(sent).toEqual([]);
  });
});

describe('S31: a gateway session', () => {
  const session = (id: string): SessionCredential => ({
    kind: 'session',
    origin: ORIGIN,
    identity: { id },
    obtainedAt: 1,
    cookies: { _oauth2_proxy: new Secret('payload|1700000000|signature') },
  });

  it('of another person is refused', async () => {
    const { context } = scene([200]);
    const user = (id: string) => createPlatform(context, ORIGIN, fixedAccess(ORIGIN, session(id))).user();
    expect(await user('ada')).toMatchObject({ id: 'ada' });
    await expect(user('eve')).rejects.toMatchObject({ code: 'AUTH_IDENTITY_CHANGED', exit: 'auth' });
  });
});
