import { describe, expect, it } from 'vitest';
import { renewalIn, sessionCookies, wholeCookie } from '../../../src/credentials/renew/session-cookies.ts';

const now = 1_800_000_000_000;
const whole = 'cGF5bG9hZA==|1799999999|c2lnbmF0dXJl';
const halves = { _oauth2_proxy_0: 'cGF5bG9h', _oauth2_proxy_1: 'ZA==|1799999999|c2lnbmF0dXJl' };

describe('the gateway’s session cookies', () => {
  it('keeps only the session’s own cookies', () => {
    expect(
      sessionCookies({
        _oauth2_proxy: whole,
        _oauth2_proxy_csrf: 'x',
        _oauth2_proxy_abcd1234_csrf: 'x',
        other: 'y',
        _oauth2_proxy_0: 7,
      }),
    ).toEqual({ _oauth2_proxy: whole });
    expect(sessionCookies({ _oauth2_proxy: 'a;b' })).toEqual({});
  });

  it.each([
    ['whole', { _oauth2_proxy: whole }, 1_799_999_999_000],
    ['split', halves, 1_799_999_999_000],
    ['a lone first part', { _oauth2_proxy_0: 'cGF5bG9h' }, undefined],
    ['a gap between parts', { _oauth2_proxy_0: 'a', _oauth2_proxy_2: 'b|1799999999|c' }, undefined],
    ['no signature', { _oauth2_proxy: 'a|1799999999|' }, undefined],
    ['nothing', {}, undefined],
  ])('%s', (_name, family, at) => {
    expect(wholeCookie(family)?.obtainedAt).toBe(at);
  });

  const signature = 'c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF=';
  const parts = { _oauth2_proxy_0: 'cGF5bG9h', _oauth2_proxy_1: `ZA==|1800000000|${signature}` };
  it.each([
    ['both forms, the split one newer', { _oauth2_proxy: whole, ...parts }, parts],
    ['both forms, the single one newer', { ...halves, _oauth2_proxy: 'a|1800000001|b' }, 'a|1800000001|b'],
    ['both forms, one of them broken', { _oauth2_proxy: 'a|b', ...halves }, halves],
    ['a leftover part that ends a cookie', { ...halves, _oauth2_proxy_2: 'x|1700000000|y' }, halves],
    ['a leftover part from the middle of a cookie', { ...parts, _oauth2_proxy_2: 'cGF5bG9h' }, parts],
  ])('%s: keeps the parts of a complete cookie', (_name, family, kept) => {
    expect(wholeCookie(family as Record<string, string>)?.family).toEqual(
      typeof kept === 'string' ? { _oauth2_proxy: kept } : kept,
    );
  });
});

describe('a renewal by Set-Cookie', () => {
  it('accepts a complete set of cookies, with more or fewer parts, and the expiry the gateway names', () => {
    const grown = renewalIn(
      Object.entries(halves).map(([name, value]) => `${name}=${value}; Path=/; Max-Age=3600; HttpOnly`),
      now,
    );
    expect(
      Object.fromEntries(Object.entries(grown?.cookies ?? {}).map(([name, value]) => [name, value.reveal()])),
    ).toEqual(halves);
    expect(grown).toMatchObject({ obtainedAt: 1_799_999_999_000, expiresAt: now + 3_600_000 });
    const shrunk = renewalIn(
      [
        `_oauth2_proxy=${whole}; Path=/`,
        '_oauth2_proxy_0=; Max-Age=0',
        '_oauth2_proxy_1=; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      ],
      now,
    );
    expect(Object.keys(shrunk?.cookies ?? {})).toEqual(['_oauth2_proxy']);
    expect(shrunk?.expiresAt).toBeUndefined();
  });

  it.each(['9'.repeat(30), '9'.repeat(400)])('with a Max-Age of %s ends after 400 days', (age) => {
    const { expiresAt = 0 } = renewalIn([`_oauth2_proxy=${whole}; Max-Age=${age}`], now) ?? {};
    expect(expiresAt - now).toBe(400 * 86_400_000);
  });

  it.each(['1e400', 'NaN', 'soon', ''])('a Max-Age of %j is ignored', (age) => {
    expect(renewalIn([`_oauth2_proxy=${whole}; Max-Age=${age}`], now)).not.toHaveProperty('expiresAt');
  });

  it.each([
    ['a lone first part', ['_oauth2_proxy_0=cGF5bG9h; Path=/']],
    ['a clearing cookie', ['_oauth2_proxy=; Max-Age=0']],
    ['an expired cookie', [`_oauth2_proxy=${whole}; Max-Age=-1`]],
    ['only unrelated cookies', ['other=1', '_oauth2_proxy_csrf=2']],
    ['nothing', []],
  ])('%s changes nothing', (_name, lines) => {
    expect(renewalIn(lines, now)).toBeUndefined();
  });
});
