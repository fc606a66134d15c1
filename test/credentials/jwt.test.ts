import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanToken, inspectJwt } from '../../src/credentials/jwt.ts';
import { CodemieError } from '../../src/system/errors.ts';
import { CLAIMS, MALFORMED, madeToken } from '../support/bad-tokens.ts';

describe('a valid JWT', () => {
  it('is read with all its claims', () => {
    expect(inspectJwt(madeToken(CLAIMS))).toEqual({
      algorithm: 'RS256',
      audiences: [],
      issuer: 'https://idp.example',
      identity: { id: 'ada', email: 'ada@example.com' },
      expiresAt: 4_000_000_000_000,
      issuedAt: 1_700_000_000_000,
    });
  });

  it('cannot print control characters to the terminal', () => {
    expect(inspectJwt(madeToken({ ...CLAIMS, name: 'Ada\u001b[31m\n' })).identity.name).toBe('Ada [31m ');
  });
});

describe('bad tokens', () => {
  it.each<readonly [string, string]>([['empty', ''], ...MALFORMED])(
    '%s is AUTH_MALFORMED, exits with 4, and does not appear in the error',
    (_name, token) => {
      let error: unknown;
      try {
        inspectJwt(token);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(CodemieError);
      expect(error).toMatchObject({ code: 'AUTH_MALFORMED', exit: 'auth' });
      if (token.length > 12) expect((error as CodemieError).message).not.toContain(token);
    },
  );

  it('any text gives claims or AUTH_MALFORMED, never another error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.tuple(fc.json(), fc.json()).map(([header, payload]) => madeToken(payload, header, 'eA')),
        ),
        (text) => {
          try {
            expect(inspectJwt(text).algorithm).not.toBe('');
          } catch (error) {
            expect(error).toMatchObject({ code: 'AUTH_MALFORMED' });
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('a valid token, pasted with extra characters', () => {
  const token = madeToken(CLAIMS);
  it.each([
    ['the newline of echo', `${token}\n`, 0],
    ['two newlines', `${token}\n\n`, 1],
    ['double quotes', `"${token}"`, 1],
    ['single quotes and space', ` '${token}' `, 2],
    ['a Bearer prefix', `Bearer ${token}`, 1],
    ['a whole header', `Authorization: Bearer ${token}\r\n`, 1],
    ['a quoted header', `"bearer ${token}"`, 2],
    ['nothing', token, 0],
  ])('%s around it is removed, with a notice unless it is a newline', (_name, text, notices) => {
    const cleaned = cleanToken(text);
    expect(cleaned.token.reveal()).toBe(token);
    expect(cleaned.notices).toHaveLength(notices);
  });
});

it('a megabyte of spaces inside a token takes no noticeable time', () => {
  const text = `a${' '.repeat(1_000_000)}b`;
  const began = performance.now();
  expect(cleanToken(text).token.reveal()).toBe(text);
  expect(cleanToken(`  "Bearer abc"\n${'\n'.repeat(1_000_000)}`).token.reveal()).toBe('abc');
  expect(performance.now() - began).toBeLessThan(2000);
});
