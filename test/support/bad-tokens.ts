const encoded = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A token with this payload and header (JSON text or values), and a dummy signature. */
export function madeToken(payload: unknown, header: unknown = { alg: 'RS256' }, signature = 'c2ln'): string {
  return `${encoded(header)}.${encoded(payload)}.${signature}`;
}

export const CLAIMS = {
  iss: 'https://idp.example',
  sub: 'ada',
  email: 'ada@example.com',
  exp: 4_000_000_000,
  iat: 1_700_000_000,
};
const RS256 = encoded({ alg: 'RS256' });
const bytes = (text: string): string => Buffer.from(text, 'latin1').toString('base64url');

/** Texts that are not valid JWTs on any platform: the parser rejects them before any request. */
export const MALFORMED: readonly (readonly [name: string, token: string])[] = [
  ['one part', 'abc'],
  ['two parts', 'a.b'],
  ['two parts that are a token without its signature', `${RS256}.${encoded(CLAIMS)}`],
  ['four parts', `${madeToken(CLAIMS)}.x`],
  ['five parts (JWE)', 'a.b.c.d.e'],
  ['five parts (JWE) with a real header', `${encoded({ alg: 'dir', enc: 'A256GCM' })}..aXY.Y2lwaGVy.dGFn`],
  ['six parts', 'a.b.c.d.e.f'],
  ['only dots', '..'],
  ['a pair of quotes', '""'],
  ['only the word Bearer', 'Bearer'],
  ['another scheme', `Basic ${madeToken(CLAIMS)}`],
  ['two tokens', `${madeToken(CLAIMS)} ${madeToken(CLAIMS)}`],
  ['an unexpanded variable', '$CODEMIE_JWT_TOKEN'],
  ['header not base64url', `!!.${encoded(CLAIMS)}.c2ln`],
  ['header of a length that no base64url has', `${RS256}AA.${encoded(CLAIMS)}.c2ln`],
  ['payload not base64url', `${RS256}.{}.c2ln`],
  ['standard base64 with padding', `${RS256}.e30=.c2ln`],
  ['the other base64 alphabet', `${RS256}.e+/9.c2ln`],
  ['header empty', `.${encoded(CLAIMS)}.c2ln`],
  ['payload empty', `${RS256}..c2ln`],
  ['signature empty', `${RS256}.${encoded(CLAIMS)}.`],
  ['signature not base64url', madeToken(CLAIMS, { alg: 'RS256' }, 'a b')],
  ['header not JSON', madeToken(CLAIMS, 'nope')],
  ['payload not JSON', madeToken('nope')],
  ['payload cut short', madeToken(JSON.stringify(CLAIMS).slice(0, -5))],
  ['payload of two objects', madeToken('{"exp":4000000000}{"exp":1}')],
  ['payload not UTF-8', `${RS256}.${bytes('{"sub":"\xff\xfe"}')}.c2ln`],
  ['payload in UTF-16', `${RS256}.${Buffer.from('{"sub":"ada"}', 'utf16le').toString('base64url')}.c2ln`],
  ['header behind a byte order mark', `${bytes('\xef\xbb\xbf{"alg":"RS256"}')}.${encoded(CLAIMS)}.c2ln`],
  ['payload that nests deeply', madeToken(`{"a":${'['.repeat(20_000)}`)],
  ['header an array', madeToken(CLAIMS, [])],
  ['payload an array', madeToken([])],
  ['payload null', madeToken('null')],
  ['payload a number', madeToken('1')],
  ['payload a text', madeToken('"x"')],
  ['alg none', madeToken(CLAIMS, { alg: 'none' })],
  ['alg None', madeToken(CLAIMS, { alg: 'NoNe' })],
  ['alg none without a signature', madeToken(CLAIMS, { alg: 'none' }, '')],
  [
    'the unsecured JWT of RFC 7519 §6.1',
    'eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.',
  ],
  ['alg empty', madeToken(CLAIMS, { alg: '' })],
  ['no alg', madeToken(CLAIMS, {})],
  ['alg a number', madeToken(CLAIMS, { alg: 1 })],
  ['alg a list', madeToken(CLAIMS, { alg: ['RS256'] })],
  ['exp a text', madeToken({ ...CLAIMS, exp: '4000000000' })],
  ['exp null', madeToken({ ...CLAIMS, exp: null })],
  ['exp an object', madeToken({ ...CLAIMS, exp: {} })],
  ['exp too large', madeToken('{"exp":1e300}')],
  ['exp infinite', madeToken('{"exp":1e999}')],
  ['exp hugely negative', madeToken('{"exp":-1e300}')],
  ['exp in milliseconds, just beyond the last date', madeToken({ ...CLAIMS, exp: 8.64e12 + 1 })],
  ['nbf a text', madeToken({ ...CLAIMS, nbf: 'now' })],
  ['nbf true', madeToken({ ...CLAIMS, nbf: true })],
  ['nbf infinite', madeToken('{"nbf":1e999}')],
  ['iat an array', madeToken({ ...CLAIMS, iat: [1] })],
  ['iat too large', madeToken('{"iat":9e15}')],
  ['a NUL at its end', `${madeToken(CLAIMS)}\u0000`],
  ['an escape sequence in front', `\u001b[2J${madeToken(CLAIMS)}`],
  ['a bell inside', `${RS256}.\u0007${encoded(CLAIMS)}.c2ln`],
  ['a zero-width space inside', `${RS256}.\u200b${encoded(CLAIMS)}.c2ln`],
  ['a line break inside', `${RS256}.\n${encoded(CLAIMS)}.c2ln`],
  ['a header line smuggled in', `${madeToken(CLAIMS)}\r\nX-Other: 1`],
  ['white space inside', `${RS256}. ${encoded(CLAIMS)}.c2ln`],
  ['1 MiB', `${'a'.repeat(1_048_570)}.b.c`],
  ['longer than any header may be', madeToken({ ...CLAIMS, padding: 'x'.repeat(60_000) })],
  ['a web page', '<!doctype html><html></html>'],
  ['JSON with a token in it', '{"access_token":"a.b.c"}'],
  ['a PEM key', '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----'],
  ['an API key', 'sk-1234567890'],
  ['unicode', 'é.é.é'],
  ['a URL', 'https://idp.example/x.y.z'],
];

/** Tokens with wrong times that the parser accepts, one for each kind. */
export const WRONG_TIMES: readonly (readonly [
  name: string,
  claims: Record<string, unknown>,
  code: string,
])[] = [
  ['expired a second ago', { exp: Math.floor(Date.now() / 1000) - 1 }, 'AUTH_EXPIRED'],
  ['expired years ago', { exp: 1_000_000_000 }, 'AUTH_EXPIRED'],
  ['exp 0', { exp: 0 }, 'AUTH_EXPIRED'],
  ['exp before 1970', { exp: -1 }, 'AUTH_EXPIRED'],
  ['exp the first date there is', { exp: -8.64e12 }, 'AUTH_EXPIRED'],
  ['exp in fractions', { exp: 1.5 }, 'AUTH_EXPIRED'],
  ['nbf tomorrow', { nbf: Math.floor(Date.now() / 1000) + 86_400 }, 'AUTH_NOT_YET_VALID'],
  ['nbf the last date there is', { nbf: 8.64e12 }, 'AUTH_NOT_YET_VALID'],
  ['nbf and exp the last date there is', { nbf: 8.64e12, exp: 8.64e12 }, 'AUTH_NOT_YET_VALID'],
  ['nbf after exp', { exp: 1_000_000_000, nbf: 8.64e12 }, 'AUTH_NOT_YET_VALID'],
];
