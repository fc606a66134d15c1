import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanToken, inspectJwt } from '../../src/credentials/jwt.ts';
import { CodemieError } from '../../src/system/errors.ts';

const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const jwt = (payload: unknown, header: unknown = { alg: 'RS256' }, signature = 'c2ln'): string =>
  `${part(header)}.${part(payload)}.${signature}`;
const claims = { iss: 'https://idp', sub: 'ada', email: 'ada@x', exp: 2_000_000_000, iat: 1_700_000_000 };

describe('a token that is a JWT', () => {
  it('tells its facts', () => {
    expect(inspectJwt(jwt(claims))).toEqual({
      algorithm: 'RS256',
      audiences: [],
      issuer: 'https://idp',
      identity: { id: 'ada', email: 'ada@x' },
      expiresAt: 2_000_000_000_000,
      issuedAt: 1_700_000_000_000,
    });
  });

  it('keeps control characters of claims off the terminal', () => {
    expect(inspectJwt(jwt({ ...claims, name: 'Ada\u001b[31m\n' })).identity.name).toBe('Ada [31m ');
  });
});

const bad: readonly (readonly [string, string])[] = [
  ['empty', ''],
  ['one part', 'abc'],
  ['two parts', 'a.b'],
  ['four parts', `${jwt(claims)}.x`],
  ['five parts (JWE)', 'a.b.c.d.e'],
  ['only dots', '..'],
  ['header not base64url', `!!.${part(claims)}.c2ln`],
  ['payload not base64url', `${part({ alg: 'RS256' })}.{}.c2ln`],
  ['standard base64 with padding', `${part({ alg: 'RS256' })}.e30=.c2ln`],
  ['signature empty', `${part({ alg: 'RS256' })}.${part(claims)}.`],
  ['signature not base64url', jwt(claims, { alg: 'RS256' }, 'a b')],
  ['header not JSON', jwt(claims, 'nope')],
  ['payload not JSON', jwt('nope')],
  ['header an array', jwt(claims, [])],
  ['payload an array', jwt([])],
  ['payload null', jwt('null')],
  ['payload a number', jwt('1')],
  ['payload a text', jwt('"x"')],
  ['alg none', jwt(claims, { alg: 'none' })],
  ['alg None', jwt(claims, { alg: 'NoNe' })],
  ['no alg', jwt(claims, {})],
  ['alg a number', jwt(claims, { alg: 1 })],
  ['exp a text', jwt({ ...claims, exp: '2000000000' })],
  ['exp null', jwt({ ...claims, exp: null })],
  ['exp an object', jwt({ ...claims, exp: {} })],
  ['exp too large', jwt('{"exp":1e300}')],
  ['exp infinite', jwt('{"exp":1e999}')],
  ['exp hugely negative', jwt('{"exp":-1e300}')],
  ['nbf a text', jwt({ ...claims, nbf: 'now' })],
  ['nbf true', jwt({ ...claims, nbf: true })],
  ['iat an array', jwt({ ...claims, iat: [1] })],
  ['iat too large', jwt('{"iat":9e15}')],
  ['control characters', `${jwt(claims)}\u0000`],
  ['a line break inside', `${part({ alg: 'RS256' })}.\n${part(claims)}.c2ln`],
  ['white space inside', `${part({ alg: 'RS256' })}. ${part(claims)}.c2ln`],
  ['1 MiB', `${'a'.repeat(1_048_576)}.b.c`],
  ['a web page', '<!doctype html><html></html>'],
  ['JSON with a token in it', '{"access_token":"a.b.c"}'],
  ['an API key', 'sk-1234567890'],
  ['unicode', 'é.é.é'],
  ['a URL', 'https://idp.example/x.y.z'],
];

describe('bad tokens', () => {
  it.each(bad)('%s is AUTH_MALFORMED, exit 4, and is not repeated in the error', (_name, token) => {
    let error: unknown;
    try {
      inspectJwt(token);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(CodemieError);
    expect(error).toMatchObject({ code: 'AUTH_MALFORMED', exit: 'auth' });
    if (token.length > 12) expect((error as CodemieError).message).not.toContain(token);
  });

  it('any text at all gives facts or AUTH_MALFORMED, never another failure', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.tuple(fc.json(), fc.json()).map(([header, payload]) => `${part(header)}.${part(payload)}.eA`),
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

describe('a good token, pasted as people paste', () => {
  const token = jwt(claims);
  it.each([
    ['a newline', `${token}\n`, 1],
    ['double quotes', `"${token}"`, 1],
    ['single quotes and space', ` '${token}' `, 2],
    ['a Bearer prefix', `Bearer ${token}`, 1],
    ['a whole header', `Authorization: Bearer ${token}\r\n`, 2],
    ['a quoted header', `"bearer ${token}"`, 2],
    ['nothing', token, 0],
  ])('%s around it is taken off, with a notice', (_name, text, notices) => {
    const cleaned = cleanToken(text);
    expect(cleaned.token.reveal()).toBe(token);
    expect(cleaned.notices).toHaveLength(notices);
  });
});

it('a megabyte of blanks inside a token costs no time', () => {
  const text = `a${' '.repeat(1_000_000)}b`;
  const began = performance.now();
  expect(cleanToken(text).token.reveal()).toBe(text);
  expect(cleanToken(`  "Bearer abc"\n${'\n'.repeat(1_000_000)}`).token.reveal()).toBe('abc');
  expect(performance.now() - began).toBeLessThan(2000);
});
