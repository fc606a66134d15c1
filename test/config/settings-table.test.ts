import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingsOf } from '../../src/config/effective.ts';
import { configPath } from '../../src/config/file.ts';
import {
  commonLayer,
  flagLayer,
  profileLayer,
  resolveSetting,
  variableLayer,
} from '../../src/config/layers/merge.ts';
import { MEANINGS, VARIABLES } from '../../src/config/meanings.ts';
import { secretNames } from '../../src/config/secret-variables.ts';
import { SETTINGS } from '../../src/config/settings-table.ts';
import { temporaryFolder } from '../support/context.ts';

describe('the table of settings', () => {
  it('lists each setting once, with a meaning', () => {
    const names = SETTINGS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(Object.keys(MEANINGS).sort()).toEqual([...names].sort());
  });

  it('lists each variable once in the reference, with a meaning', () => {
    const names = VARIABLES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(VARIABLES.filter(({ meaning }) => meaning === '')).toEqual([]);
    expect(VARIABLES.find(({ name }) => name === 'CODEMIE_BASE_URL')?.meaning).toBe(
      'URL of a model provider, with CODEMIE_PROVIDER; older name of CODEMIE_URL',
    );
  });

  it('withholds every secret variable from child processes', () => {
    const secrets = VARIABLES.filter(({ secret }) => secret).map(({ name }) => name);
    expect(secrets).toEqual([
      'CODEMIE_JWT_TOKEN',
      'CODEMIE_API_KEY',
      'CODEMIE_ID_TOKEN',
      'CODEMIE_PASSPHRASE',
    ]);
    expect(secretNames(temporaryFolder())).toEqual(expect.arrayContaining(secrets));
  });

  it('does not let an untrusted folder decide where a credential is sent, or which one', () => {
    const fields = (folderMay: string): unknown[] =>
      SETTINGS.filter((setting) => setting.folderMay === folderMay).flatMap(({ field }) => field ?? []);
    expect(fields('always')).toEqual(['model', 'haikuModel', 'sonnetModel', 'opusModel', 'codeMieProject']);
    // A profile's credential and its API base are not settings: no folder may set them.
    expect(SETTINGS.flatMap(({ field = [] }) => field)).not.toContain('credential');
  });
});

describe('the source of a setting', () => {
  const config = { version: 2, activeProfile: 'work', caFile: '/ca.pem', profiles: {} } as const;
  const layers = {
    flag: flagLayer({ model: 'by-flag' }),
    environment: variableLayer({ CODEMIE_MODEL: 'by-variable' }),
    folder: profileLayer({ model: 'by-folder' }, 'folder'),
    person: profileLayer({ name: 'work', model: 'by-profile' }, 'person'),
  };
  const { flag, environment, folder, person } = layers;

  it.each([
    [
      [flag, environment, folder, person],
      ['by-flag', 'flag', '--model'],
    ],
    [
      [environment, folder, person],
      ['by-variable', 'environment', 'CODEMIE_MODEL'],
    ],
    [
      [folder, person],
      ['by-folder', 'folder', 'model'],
    ],
    [[person], ['by-profile', 'person', 'model']],
  ])('is the first layer that has a value (%#)', (given, expected) => {
    const { value, source, sourceName } = resolveSetting('model', given) ?? {};
    expect([value, source, sourceName]).toEqual(expected);
  });

  it('ignores an empty text and values that are not text', () => {
    const empty = [flagLayer({ model: '' }), variableLayer({ CODEMIE_MODEL: '' }), person];
    expect(resolveSetting('model', empty)?.source).toBe('person');
    const odd = profileLayer({ codeMieIntegration: 7 as never }, 'person');
    expect(resolveSetting('integration', [odd])).toBeUndefined();
    const nested = profileLayer({ codeMieIntegration: { id: 'i-1' } }, 'person');
    expect(resolveSetting('integration', [nested])).toMatchObject({ sourceName: 'codeMieIntegration.id' });
  });

  it('is the settings file for global settings, and a default for some', () => {
    const common = commonLayer(config);
    expect(resolveSetting('ca-file', [common])).toMatchObject({ value: '/ca.pem', source: 'person' });
    expect(resolveSetting('profile', [common])).toMatchObject({ value: 'work', sourceName: 'activeProfile' });
    expect(resolveSetting('metrics', [common])).toEqual({ value: 'off', source: 'default', sourceName: '' });
    expect(resolveSetting('model', [common])).toBeUndefined();
  });
});

describe('a trusted folder’s variables', () => {
  /** The effective settings if a trusted folder's `.env` has these lines. */
  function inFolder(lines: string, env: Record<string, string>) {
    const userHome = temporaryFolder();
    const [home, cwd] = [join(userHome, '.codemie'), join(userHome, 'repository')];
    for (const path of [home, join(cwd, '.git')]) mkdirSync(path, { recursive: true });
    writeFileSync(configPath(home), '{"version":2,"profiles":{"default":{"model":"own"}}}');
    writeFileSync(join(cwd, '.env'), lines);
    return settingsOf({ home, userHome, cwd, env }, { trustProject: true });
  }

  it('override the profile, and name the folder as their source', () => {
    const settings = inFolder('CODEMIE_MODEL=repository\nCODEMIE_URL=https://r.example\n', {});
    expect(resolveSetting('model', settings.layers)).toEqual({
      value: 'repository',
      source: 'folder',
      sourceName: 'CODEMIE_MODEL',
    });
    expect(settings).toMatchObject({ model: 'repository', origin: 'https://r.example' });
  });

  it('rank below the shell’s variables, also below an older name or an empty one', () => {
    const older = inFolder('CODEMIE_URL=https://r.example\n', { CODEMIE_BASE_URL: 'https://own.example' });
    expect(older.address).toMatchObject({ source: 'environment', sourceName: 'CODEMIE_BASE_URL' });
    expect(older.origin).toBe('https://own.example');
    const newer = inFolder('CODEMIE_BASE_URL=https://r.example\n', { CODEMIE_URL: 'https://own.example' });
    expect(newer.origin).toBe('https://own.example');
    expect(inFolder('CODEMIE_MODEL=repository\n', { CODEMIE_MODEL: '' }).model).toBe('own');
  });
});
