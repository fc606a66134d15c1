import { expect, it } from 'vitest';
import { canonicalOrigin } from '../../src/net/origin.ts';
import { interactiveWay } from '../../src/sign-in/choose-way.ts';

const origin = canonicalOrigin('https://codemie.example.com');
const issuer = 'https://idp.example.com/realms/codemie';

it.each([
  ['auto', { issuer, offered: true, ways: ['oidc'] }, 'browser'],
  ['auto', { issuer, offered: true, ways: ['oidc', 'local'] }, 'browser'],
  ['auto', { issuer, offered: false, ways: ['hand-off'] }, 'hand-off'],
  ['auto', { issuer: undefined, offered: false, ways: ['hand-off'] }, 'hand-off'],
  ['auto', { issuer: undefined, offered: false, ways: ['local'] }, 'local'],
  ['auto', { issuer: undefined, offered: false, ways: ['hand-off', 'local'] }, 'local'],
  ['browser', { issuer, offered: false, ways: ['hand-off'] }, 'browser'],
  ['device', { issuer, offered: false, ways: ['hand-off'] }, 'device'],
  ['hand-off', { issuer, offered: true, ways: ['oidc'] }, 'hand-off'],
  ['local', { issuer, offered: true, ways: ['oidc'] }, 'local'],
  ['local', { issuer: undefined, offered: false, ways: [] }, 'local'],
] as const)('with --method %s and %j you sign in by %s', (method, facts, way) => {
  expect(interactiveWay(origin, method, facts)).toBe(way);
});

it.each([
  ['browser', ['hand-off']],
  ['device', ['local']],
  ['auto', []],
] as const)('--method %s is refused by a platform that offers only %j', (method, ways) => {
  const facts = { issuer: undefined, offered: false, ways };
  expect(() => interactiveWay(origin, method, facts)).toThrow(
    expect.objectContaining({ code: 'SIGN_IN_UNSUPPORTED' }),
  );
});
