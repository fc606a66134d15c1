import { expect, it } from 'vitest';
import { givenToken } from '../../../src/credentials/find/given-token.ts';
import { Secret } from '../../../src/system/secret.ts';
import { madeToken } from '../../support/bad-tokens.ts';
import { testContext } from '../../support/context.ts';

const HOUR = 3_600_000;

/** A machine whose clock is wrong by `wrongBy` ms, and a platform with the right time. */
const judged = (claims: Record<string, unknown>, wrongBy: number) => {
  const http = async () => ({
    status: 200,
    headers: { date: new Date(Date.now() - wrongBy).toUTCString() },
    setCookie: [],
    body: Buffer.alloc(0),
  });
  const context = testContext({ override: { http } });
  return givenToken(context, new Secret(madeToken(claims)), 'https://platform.example');
};

it.each([
  [{ exp: -8.64e12 }, -HOUR],
  [{ exp: -8.64e12 }, HOUR],
  [{ exp: 8.64e12, nbf: Math.floor(Date.now() / 1000) + 1800 }, -HOUR],
  [{ exp: 8.64e12, nbf: -8.64e12, iat: 8.64e12 }, HOUR],
])(
  'extreme times do not break a token on a machine with a wrong clock: %o, %d ms',
  async (claims, wrongBy) => {
    const { credential } = await judged(claims, wrongBy);
    expect(new Date(credential.expiresAt ?? 0).toISOString()).toMatch(/^[+-]2/);
  },
);

it('a token that starts in the far future is not valid yet by any clock', async () => {
  for (const wrongBy of [-HOUR, 0, HOUR])
    await expect(judged({ nbf: 8.64e12, exp: 8.64e12 }, wrongBy)).rejects.toMatchObject({
      code: 'AUTH_NOT_YET_VALID',
    });
});
