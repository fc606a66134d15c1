import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingsOf } from '../../src/config/effective.ts';
import { configPath, readConfig } from '../../src/config/file.ts';
import { select } from '../../src/config/selection.ts';
import { saveProfile } from '../../src/config/write.ts';
import { systemClock as clock } from '../../src/system/clock.ts';
import { temporaryFolder } from '../support/context.ts';

function homeWith(text?: string): string {
  const home = join(temporaryFolder(), '.codemie');
  mkdirSync(home);
  if (text !== undefined) writeFileSync(configPath(home), text);
  return home;
}

describe('the configuration file', () => {
  it('is empty when absent', () => {
    expect(readConfig(homeWith())).toEqual({ version: 2, profiles: {} });
  });

  it.each(['', ' \n', '\uFEFF'])(
    'is empty when the file has no content (%j), not "broken in line 1"',
    (text) => {
      expect(readConfig(homeWith(text))).toEqual({ version: 2, profiles: {} });
    },
  );

  it('reports a broken file of 60,000 lines quickly, so that a repository cannot freeze every command', () => {
    const text = `{\n${'"a": 1,\n'.repeat(59_000)}"b": tru\n${'"c": 1,\n'.repeat(999)}}\n`;
    const started = performance.now();
    expect(() => readConfig(homeWith(text))).toThrow('(line 59002)');
    // A linear search took more than a minute.
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('names the file and line when broken, and does not overwrite it', async () => {
    const text = '{\n  "version": 2,\n  "profiles": {,}\n}\n';
    const home = homeWith(text);
    expect(() => readConfig(home)).toThrow(
      expect.objectContaining({ code: 'CONFIG_BROKEN', exit: 'config' }),
    );
    expect(() => readConfig(home)).toThrow(/codemie-cli\.config\.json isn't valid JSON \(line 3/);
    await expect(saveProfile({ home, clock }, 'p', { model: 'm' }, { activate: true })).rejects.toMatchObject(
      { code: 'CONFIG_BROKEN' },
    );
    expect(readFileSync(configPath(home), 'utf8')).toBe(text);
  });

  it.each([
    ['{', 1],
    ['hello\n', 1],
    ['{\n"a": 1\n"b": 2\n}', 3],
    ['{\n"a": 1,\n"b": tru\n}\n', 3],
    ['{\n"a": {},\n', 3],
  ])('names the line of %j', (text, line) => {
    expect(() => readConfig(homeWith(text))).toThrow(`(line ${line})`);
  });

  it.each([
    ['[]', 'it must be a JSON object, not a list'],
    ['null', 'it must be a JSON object, not null'],
    ['{"version":"2"}', '"version" must be 1 or 2, not "2"'],
    ['{"version":2,"profiles":[]}', '"profiles" must be an object, not a list'],
    ['{"version":2,"activeProfile":5}', '"activeProfile" must be a string, not a number'],
    ['{"version":2,"plugin":true}', '"plugin" must be a string, not true or false'],
    ['{"version":2,"profiles":{"a":1}}', 'profile "a" must be an object, not a number'],
    [
      '{"version":2,"profiles":{"a":{"codeMieUrl":7}}}',
      '"codeMieUrl" of profile "a" must be a string, not a number',
    ],
    [
      '{"version":2,"profiles":{"a":{"codeMieIntegration":"x"}}}',
      '"codeMieIntegration" of profile "a" must be an object, not a string',
    ],
    [
      '{"version":2,"profiles":{"a":{"jwtConfig":{"tokenEnvVar":{}}}}}',
      '"tokenEnvVar" in "jwtConfig" of profile "a" must be a string, not an object',
    ],
  ])('says what is wrong with %s', (text, why) => {
    const home = homeWith(text);
    expect(() => readConfig(home)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: `${configPath(home)} can't be used: ${why}.`,
        fix: 'codemie config reset',
      }),
    );
  });

  it('of a newer version of codemie asks for an update, not for a correction or a reset', () => {
    expect(() => readConfig(homeWith('{"version":3,"profiles":{}}'))).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        exit: 'config',
        message: expect.stringContaining('written by a newer codemie'),
        fix: 'npm install -g codemie@latest',
        hint: undefined,
      }),
    );
  });

  it('takes null for not set', () => {
    const { profiles } = readConfig(
      homeWith('{"version":2,"activeProfile":null,"profiles":{"a":{"model":null,"credential":null}}}'),
    );
    expect(profiles).toEqual({ a: { name: 'a' } });
  });

  it.each(['', ' \n'])('that is empty (%j) is no settings, and a notice says so', (text) => {
    const home = homeWith(text);
    const { notices } = settingsOf({ env: {}, cwd: '/', userHome: '/', home });
    expect(notices).toEqual([`${configPath(home)} is empty, so nothing is set up.`]);
    expect(settingsOf({ env: {}, cwd: '/', userHome: '/', home: homeWith('{}') }).notices).toEqual([]);
  });

  it.each([
    [
      '{"version":2,"activeProfile":"gone","profiles":{"work":{}}}',
      'The active profile "gone" doesn\'t exist.',
    ],
    ['{"version":2,"profiles":{"work":{}}}', 'No profile is active.'],
  ])('%s says which profiles there are', (text, why) => {
    const place = { env: {}, cwd: '/', userHome: '/', home: homeWith(text) };
    expect(() => settingsOf(place)).toThrow(
      expect.objectContaining({
        code: 'PROFILE_UNKNOWN',
        exit: 'config',
        message: `${why} Your profiles: work.`,
        fix: 'codemie profile use work',
      }),
    );
    // A pipeline that names the platform needs no profile.
    expect(settingsOf(place, { baseUrl: 'https://c.example' }).origin).toBe('https://c.example');
    expect(settingsOf(place, { mayCreate: true }).profile).toBeUndefined();
  });

  it('reads version 1 as one profile', () => {
    const config = readConfig(homeWith('{"provider":"ai-run-sso","codeMieUrl":"https://h"}'));
    expect(config).toMatchObject({
      version: 2,
      activeProfile: 'default',
      profiles: { default: { codeMieUrl: 'https://h' } },
    });
  });

  it('reads profiles without a version as version 2, and ignores a byte order mark', async () => {
    const home = homeWith('\uFEFF{"activeProfile":"a","profiles":{"a":{"codeMieUrl":"https://h"}}}');
    const read = readConfig(home);
    expect(read).toMatchObject({ version: 2, activeProfile: 'a' });
    expect(read.profiles).toEqual({ a: { name: 'a', codeMieUrl: 'https://h' } });
    await saveProfile({ home, clock }, 'a', { model: 'm' }, { activate: false });
    expect(readConfig(home).profiles['a']).toMatchObject({ codeMieUrl: 'https://h', model: 'm' });
    expect(() => readConfig(homeWith('{"profiles":[]}'))).toThrow('"profiles" must be an object');
    expect(() => readConfig(homeWith('\uFEFF{\n"a": tru\n}'))).toThrow('(line 2)');
  });

  it('keeps unknown fields when it rewrites the file, 0600', async () => {
    const home = homeWith(
      '{"version":2,"activeProfile":"a","future":{"x":1},"profiles":{"a":{"name":"a","codeMieIntegration":{"id":"7"}}}}',
    );
    await saveProfile({ home, clock }, 'a', { model: 'gpt' }, { activate: true });
    const written = JSON.parse(readFileSync(configPath(home), 'utf8'));
    expect(written.future).toEqual({ x: 1 });
    expect(written.profiles.a).toMatchObject({ codeMieIntegration: { id: '7' }, model: 'gpt' });
    expect(statSync(configPath(home)).mode & 0o777).toBe(0o600);
  });

  it('removes a field set to undefined', async () => {
    const home = homeWith();
    await saveProfile(
      { home, clock },
      'a',
      { model: 'm', credential: { store: 'keychain', id: 'x' } },
      { activate: true },
    );
    await saveProfile({ home, clock }, 'a', { credential: undefined }, { activate: true });
    expect(readConfig(home).profiles['a']).toEqual({ name: 'a', model: 'm' });
  });

  it('loses no change with many concurrent writers', async () => {
    const home = homeWith();
    const names = Array.from({ length: 12 }, (_, i) => `p${i}`);
    await Promise.all(
      names.map((name) => saveProfile({ home, clock }, name, { model: name }, { activate: false })),
    );
    expect(Object.keys(readConfig(home).profiles).sort()).toEqual([...names].sort());
  });
});

describe('T22: flags over environment over profile', () => {
  const config = {
    version: 2,
    activeProfile: 'work',
    profiles: {
      work: { name: 'work', codeMieUrl: 'https://WORK.example/code-assistant-api', model: 'm1' },
      home: { name: 'home' },
    },
  } as const;

  it('uses the active profile and canonicalises its URL', () => {
    expect(select(config, {})).toMatchObject({
      profileName: 'work',
      origin: 'https://work.example',
      model: 'm1',
    });
  });

  it('prefers the environment to the profile, and the flag to both', () => {
    const env = { CODEMIE_URL: 'https://env.example', CODEMIE_MODEL: 'm2', CODEMIE_PROFILE: 'home' };
    expect(select(config, env)).toMatchObject({
      profileName: 'home',
      origin: 'https://env.example',
      model: 'm2',
    });
    expect(
      select(config, env, { profile: 'work', baseUrl: 'https://flag.example', model: 'm3' }),
    ).toMatchObject({
      profileName: 'work',
      origin: 'https://flag.example',
      model: 'm3',
    });
  });

  it('accepts an older program’s sign-in methods in a profile, but not in the variable', () => {
    const of = (provider: string, authMethod: string, env = {}) =>
      select({ version: 2, profiles: { default: { name: 'default', provider, authMethod } } }, env);
    expect(of('openai', 'manual')).toMatchObject({ authMethod: 'api-key', notices: [] });
    expect(of('ai-run-sso', 'manual')).toMatchObject({ authMethod: undefined, notices: [] });
    expect(of('ai-run-sso', 'jwt')).toMatchObject({ authMethod: 'jwt', notices: [] });
    const unknown = of('ai-run-sso', 'carrier-pigeon');
    expect(unknown.authMethod).toBeUndefined();
    expect(unknown.notices).toEqual([expect.stringContaining('"carrier-pigeon"')]);
    expect(of('ai-run-sso', 'manual', { CODEMIE_AUTH_METHOD: 'sso' }).authMethod).toBe('sso');
    expect(() => of('openai', 'api-key', { CODEMIE_AUTH_METHOD: 'manual' })).toThrow(
      expect.objectContaining({ code: 'USAGE', fix: 'unset CODEMIE_AUTH_METHOD' }),
    );
  });

  it('lists the profiles when the named one does not exist', () => {
    expect(() => select(config, {}, { profile: 'wrok' })).toThrow(/work, home/);
    expect(() => select(config, {}, { profile: '__proto__' })).toThrow(
      expect.objectContaining({ code: 'PROFILE_UNKNOWN' }),
    );
  });
});

it('a home that is a file is called that, and not a settings file without permissions', () => {
  const home = join(temporaryFolder(), 'file');
  writeFileSync(home, '');
  expect(() => readConfig(home)).toThrow(
    expect.objectContaining({
      code: 'CONFIG_BROKEN',
      message: `${home} is not a folder, so it can't hold settings.`,
    }),
  );
});
