import { describe, expect, it } from 'vitest';
import { issuedAt, renewalIn, sessionCookies } from '../../src/credentials/cookies.ts';

const now = 1_800_000_000_000;
const whole = 'cGF5bG9hZA==|1799999999|c2lnbmF0dXJl';
const halves = { _oauth2_proxy_0: 'cGF5bG9h', _oauth2_proxy_1: 'ZA==|1799999999|c2lnbmF0dXJl' };

describe('the gateway’s session cookies', () => {
  it('keeps the session’s own and nothing else', () => {
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
    ['both forms', { _oauth2_proxy: whole, ...halves }, undefined],
    ['no signature', { _oauth2_proxy: 'a|1799999999|' }, undefined],
    ['nothing', {}, undefined],
  ])('%s', (_name, family, at) => {
    expect(issuedAt(family)).toBe(at);
  });
});

describe('a renewal by Set-Cookie', () => {
  it('takes a whole family, growing or shrinking, with the end the gateway names', () => {
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

  it.each([
    ['a lone first part', ['_oauth2_proxy_0=cGF5bG9h; Path=/']],
    ['a clearing cookie', ['_oauth2_proxy=; Max-Age=0']],
    ['a cookie already over', [`_oauth2_proxy=${whole}; Max-Age=-1`]],
    ['only strangers', ['other=1', '_oauth2_proxy_csrf=2']],
    ['nothing', []],
  ])('%s changes nothing', (_name, lines) => {
    expect(renewalIn(lines, now)).toBeUndefined();
  });
});
