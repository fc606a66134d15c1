import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingsOf } from '../../src/config/effective.ts';
import { configPath } from '../../src/config/file.ts';
import type { EffectiveSettings, SettingsRequest } from '../../src/config/selection.ts';
import { temporaryFolder } from '../support/context.ts';

const OWN = {
  version: 2,
  activeProfile: 'work',
  profiles: {
    work: { codeMieUrl: 'https://a.example', codeMieProject: 'alpha', model: 'a-model' },
    other: { codeMieUrl: 'https://b.example', codeMieProject: 'beta' },
  },
};

/** The effective settings in a repository whose settings file has this text. */
function inRepository(
  file: unknown,
  wanted: SettingsRequest = {},
  env: Record<string, string> = {},
): EffectiveSettings {
  const userHome = temporaryFolder();
  const home = join(userHome, '.codemie');
  const cwd = join(userHome, 'repository');
  for (const folder of [home, join(cwd, '.git'), join(cwd, '.codemie')])
    mkdirSync(folder, { recursive: true });
  writeFileSync(configPath(home), JSON.stringify(OWN));
  const text = typeof file === 'string' ? file : JSON.stringify(file);
  writeFileSync(join(cwd, '.codemie', 'codemie-cli.config.json'), text);
  return settingsOf({ home, userHome, cwd, env }, wanted);
}

const forProfile = (name: string, fields: Record<string, string>): unknown => ({
  version: 2,
  activeProfile: name,
  profiles: { [name]: fields },
});

describe('a repository’s settings apply to the profile they name, or not at all', () => {
  it('a project of profile "other" does not change profile "work", and a notice says so', () => {
    const selection = inRepository(forProfile('other', { codeMieProject: 'repository', model: 'r' }));
    expect(selection).toMatchObject({ profileName: 'work', project: 'alpha', model: 'a-model' });
    expect(selection.notices).toEqual([
      expect.stringMatching(/are for profile "other", and you are using "work".*add --profile other\.$/),
    ]);
  });

  it.each([
    ['the profile in use', forProfile('work', { codeMieProject: 'repository' }), {}],
    [
      'the profile that the user named',
      forProfile('other', { codeMieProject: 'repository' }),
      { profile: 'other' },
    ],
    ['no profile', { codeMieProject: 'repository' }, {}],
    ['a profile that only others have', forProfile('team', { codeMieProject: 'repository' }), {}],
  ])('they apply when they name %s', (_whom, file, wanted) => {
    const selection = inRepository(file, wanted);
    expect([selection.project, selection.notices]).toEqual(['repository', []]);
  });

  it('a trusted file of another profile does not apply either', () => {
    const file = forProfile('other', { codeMieProject: 'repository', codeMieUrl: 'https://c.example' });
    const selection = inRepository(file, { trustProject: true });
    expect(selection).toMatchObject({ origin: 'https://a.example', project: 'alpha' });
    expect(selection.notices).toHaveLength(1);
  });

  it('a project and a model of another platform do not apply without its URL', () => {
    const file = forProfile('team', {
      codeMieUrl: 'https://c.example',
      codeMieProject: 'repository',
      model: 'r',
    });
    const selection = inRepository(file);
    expect(selection).toMatchObject({ origin: 'https://a.example', project: 'alpha', model: 'a-model' });
    expect(selection.notices.join('\n')).toContain(
      'are for https://c.example, and you are using https://a.example',
    );
    const same = forProfile('team', { codeMieUrl: 'https://a.example', codeMieProject: 'repository' });
    expect(inRepository(same).project).toBe('repository');
  });

  it('a trusted folder’s platform does not get the project, model and sign-in of your own one', () => {
    const file = forProfile('team', { codeMieUrl: 'https://c.example' });
    const selection = inRepository(file, { trustProject: true });
    expect(selection).toMatchObject({
      origin: 'https://c.example',
      project: undefined,
      model: undefined,
      profileName: 'work',
    });
  });
});

describe('the settings of a repository', () => {
  it('are refused unread if larger than 64 KiB, also when broken', () => {
    for (const text of ['{'.repeat(70_000), JSON.stringify({ a: 'x'.repeat(70_000) })])
      expect(() => inRepository(text)).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('65536') }),
      );
  });

  it('are never answered with a reset of the user’s own settings', () => {
    for (const text of ['{', '[]', '{"version":2,"profiles":{"a":{"codeMieUrl":7}}}'])
      expect(() => inRepository(text)).toThrow(
        expect.objectContaining({ fix: undefined, hint: 'Correct it, or move it away.' }),
      );
  });

  it('are reported quickly when broken and of full size', () => {
    const started = performance.now();
    expect(() => inRepository(`{${'"a":1,\n'.repeat(9000)}!`)).toThrow("isn't valid JSON (line 9001)");
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('say nothing when empty', () => {
    expect(inRepository('').project).toBe('alpha');
  });
});

describe.skipIf(process.getuid?.() !== 0)('settings in a parent folder', () => {
  /** A working folder below one that all users share, with a settings file and a `.env` of this owner above it. */
  const below = (owner: number, text = '{"codeMieProject":"planted"}'): EffectiveSettings => {
    const shared = temporaryFolder();
    const [userHome, cwd] = [join(shared, 'home'), join(shared, 'mine')];
    for (const folder of [join(userHome, '.codemie'), cwd, join(shared, '.codemie')])
      mkdirSync(folder, { recursive: true });
    writeFileSync(configPath(join(userHome, '.codemie')), JSON.stringify(OWN));
    const files = [join(shared, '.codemie', 'codemie-cli.config.json'), join(shared, '.env')];
    writeFileSync(files[0] ?? '', text);
    writeFileSync(files[1] ?? '', 'CODEMIE_MODEL=planted\n');
    for (const path of files) chownSync(path, owner, owner);
    chownSync(cwd, 12_345, 12_345);
    return settingsOf({ home: join(userHome, '.codemie'), userHome, cwd, env: {} }, {});
  };

  it('of another user are not read, so nobody plants a project or breaks every command in /tmp', () => {
    for (const text of [undefined, 'not JSON'])
      expect(below(12_346, text)).toMatchObject({ project: 'alpha', notices: [] });
  });

  it.each([0, 12_345])('of user %i apply: yours, or those of the working folder’s owner', (owner) => {
    expect(below(owner)).toMatchObject({ project: 'planted' });
  });
});
