import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endsSoon, expiryState, expiryWarning } from '../../../src/credentials/expiry.ts';
import { openAccess } from '../../../src/credentials/find/find-access.ts';
import { resolve, type Sources, tokenVariables } from '../../../src/credentials/find/resolver.ts';
import { Secret } from '../../../src/system/secret.ts';
import { madeToken } from '../../support/bad-tokens.ts';
import { testContext } from '../../support/context.ts';

const flag = { flag: '--jwt-token', value: new Secret('from-flag') } as const;
const store = { store: 'keychain', id: 'https://h#ada' } as const;
const sources = (partial: Partial<Sources>): Sources => ({
  flag: undefined,
  env: {},
  variables: tokenVariables(undefined),
  store: undefined,
  ...partial,
});

it('S42: warns about empty or untrusted sources even if there is no other credential', async () => {
  const context = testContext({ env: { CODEMIE_JWT_TOKEN: '', CODEMIE_URL: 'https://h.example' } });
  const empty = { ...flag, value: new Secret('\n') };
  const cwd = join(context.cwd, 'project');
  mkdirSync(cwd);
  writeFileSync(join(cwd, '.env'), 'CODEMIE_URL=https://other.example\n');
  await expect(openAccess({ ...context, cwd }, { token: empty })).rejects.toMatchObject({
    code: 'AUTH_MISSING',
  });
  for (const said of ['--jwt-token is empty', 'CODEMIE_JWT_TOKEN is empty', 'codemie config trust'])
    expect(context.out.stderr).toContain(said);
});

describe('S42: flag, then environment, then store', () => {
  it.each([
    [
      'the flag takes precedence over everything',
      { flag, env: { CODEMIE_JWT_TOKEN: 'e' }, store },
      'flag',
      '--jwt-token',
      ['CODEMIE_JWT_TOKEN', 'keychain'],
    ],
    [
      'the environment takes precedence over the store',
      { env: { CODEMIE_JWT_TOKEN: 'e' }, store },
      'env',
      'CODEMIE_JWT_TOKEN',
      ['keychain'],
    ],
    ['store alone', { store }, 'store', 'keychain', []],
    ['nothing', {}, undefined, undefined, []],
    [
      'the profile’s own variable comes first',
      { variables: tokenVariables('MINE'), env: { MINE: 'm', CODEMIE_JWT_TOKEN: 'e' } },
      'env',
      'MINE',
      ['CODEMIE_JWT_TOKEN'],
    ],
    [
      'the default variable counts if the profile’s own one is unset',
      { variables: tokenVariables('MINE'), env: { CODEMIE_JWT_TOKEN: 'e' } },
      'env',
      'CODEMIE_JWT_TOKEN',
      [],
    ],
  ] as const)('%s', (_name, partial, source, sourceName, shadowed) => {
    const resolution = resolve(sources(partial as Partial<Sources>));
    expect(resolution.source).toBe(source);
    expect('sourceName' in resolution ? resolution.sourceName : undefined).toBe(sourceName);
    expect(resolution.shadowed).toEqual(shadowed);
  });

  it('an empty value counts as missing, with a warning', () => {
    const resolution = resolve(
      sources({
        variables: tokenVariables('MINE'),
        env: { MINE: ' ', CODEMIE_JWT_TOKEN: 'e' },
        flag: { flag: '--jwt-token', value: new Secret('') },
      }),
    );
    expect(resolution).toMatchObject({
      source: 'env',
      sourceName: 'CODEMIE_JWT_TOKEN',
      warnings: ['--jwt-token is empty. Is the CI secret set?', 'MINE is empty. Is the CI secret set?'],
    });
  });
});

describe('the expiry warning', () => {
  const DAY = 86_400_000;
  const jwt = (lifeDays: number | undefined, leftDays: number) => {
    const now = 1_800_000_000_000;
    const expiresAt = now + leftDays * DAY;
    const iat = lifeDays === undefined ? undefined : (expiresAt - lifeDays * DAY) / 1000;
    return {
      now,
      credential: {
        kind: 'jwt',
        origin: 'https://h',
        identity: {},
        token: new Secret(madeToken({ exp: expiresAt / 1000, iat })),
        obtainedAt: now,
        expiresAt,
      } as const,
    };
  };
  it.each([
    [30, 8, 'valid'],
    [30, 6, 'valid'],
    [30, 2.9, 'expiring'],
    // At most seven days ahead.
    [365, 30, 'valid'],
    [365, 6, 'expiring'],
    [30, 0, 'expired'],
    [1, 0.5, 'valid'],
    [1, 0.05, 'expiring'],
    // Its age is unknown, so a tenth of its life is unknown too.
    [undefined, 8, 'valid'],
    [undefined, 6, 'expiring'],
    [undefined, 0.0003, 'expiring'],
  ] as const)('a token of %d days with %d left is %s', (life, left, state) => {
    const { now, credential } = jwt(life, left);
    expect(expiryState(credential, now)).toBe(state);
    expect(expiryWarning(credential, now) !== undefined).toBe(state === 'expiring');
  });

  it.each([1, 1 / 24])('a launch does not warn about a fresh token with a life of %d days', (life) => {
    const { now, credential } = jwt(life, life);
    expect([expiryState(credential, now), expiryWarning(credential, now)]).toEqual(['valid', undefined]);
  });

  it.each([
    [30, 8, false],
    [30, 6.9, true],
    [1, 0.9, true],
    [undefined, 6, true],
    [30, 0, false],
  ] as const)('status warns about a token of %d days with %d left: %s', (life, left, isWarned) => {
    const { now, credential } = jwt(life, left);
    expect(endsSoon(credential, now) !== undefined).toBe(isWarned);
    const renewable = { kind: 'session', cookies: {}, expiresAt: credential.expiresAt } as const;
    expect(endsSoon({ ...renewable, origin: 'https://h', identity: {}, obtainedAt: 0 }, now)).toBeUndefined();
  });
});
