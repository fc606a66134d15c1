import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMON_SETTINGS, trackingMark } from '../../../src/config/common-settings.ts';
import { MEANINGS } from '../../../src/config/meanings.ts';
import { person, signedIn } from '../../support/person.ts';
import { expectShape } from '../../support/schemas.ts';

describe('config list', () => {
  it('shows every setting, set or not, with its meaning', async () => {
    const ada = person();
    const { settings } = expectShape<{ settings: { name: string; value: unknown }[] }>(
      'config-list',
      (await ada.run('config list --json')).stdout,
    );
    expect(settings.map(({ name, value }) => [name, value])).toEqual([
      ['ca-file', null],
      ['plugin', 'on'],
      ['metrics', 'off'],
    ]);
    const { code, stdout } = await ada.run('config list');
    expect([code, stdout.trimEnd().split('\n').length]).toEqual([0, COMMON_SETTINGS.length]);
    for (const { name } of COMMON_SETTINGS)
      expect(stdout).toMatch(new RegExp(`^${name} .*${MEANINGS[name].slice(0, 20)}`, 'm'));
  });
});

describe('config set and unset', () => {
  it('a setting can be changed, shown, and reset to its default', async () => {
    const ada = person();
    expect(await ada.json('config set metrics on')).toMatchObject({ name: 'metrics', value: 'on' });
    expect((await ada.run('config list')).stdout).toMatch(/^metrics +on /m);
    expect(await ada.json('config unset metrics')).toMatchObject({ name: 'metrics', value: null });
    expect((await ada.run('config list')).stdout).toMatch(/^metrics +off /m);
  });

  it('a file is saved with its absolute path', async () => {
    const ada = person();
    writeFileSync(join(ada.context.cwd, 'ca.pem'), '');
    expect((await ada.run('config set ca-file ca.pem')).code).toBe(0);
    expect((await ada.run('config list')).stdout).toContain(join(ada.context.cwd, 'ca.pem'));
  });

  it('turning tracking off and on shows its notice again', async () => {
    const ada = person();
    mkdirSync(ada.context.home, { recursive: true });
    writeFileSync(trackingMark(ada.context.home), '');
    await ada.run('config set plugin off');
    expect(existsSync(trackingMark(ada.context.home))).toBe(false);
  });

  it.each([
    ['config set nothing x', 'nothing'],
    ['config set metrics perhaps', 'perhaps'],
    ['config unset nothing', 'nothing'],
  ])('%s is an error that names the problem, and changes nothing', async (line, named) => {
    const ada = person();
    expect(await ada.run(line)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(named),
    });
    expect(await ada.json('config list')).toEqual(await person().json('config list'));
  });
});

describe('config trust and untrust', () => {
  const repository = (folder: string): void => {
    mkdirSync(join(folder, '.git'));
    writeFileSync(
      join(folder, '.env'),
      'CODEMIE_URL=https://own.example\nCODEMIE_API_KEY=a-key-of-the-repository\nCODEMIE_MODEL=m\n',
    );
  };
  const inRepository = () => {
    const ada = person();
    const cwd = join(ada.context.cwd, 'repo');
    mkdirSync(cwd);
    repository(cwd);
    return {
      cwd,
      ...person({ env: { HOME: ada.context.userHome, CODEMIE_HOME: ada.context.home }, override: { cwd } }),
    };
  };

  it('shows the settings without secrets, and trusts them only on request', async () => {
    const { run } = inRepository();
    const asked = await run('config trust');
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    expect(asked.stderr).toContain('CODEMIE_URL = https://own.example');
    expect(asked.stderr).toContain('CODEMIE_API_KEY');
    expect(asked.stderr).not.toContain('a-key-of-the-repository');
    expect(await run('profile status --json')).toMatchObject({
      stdout: expect.stringContaining('"url":null'),
    });
  });

  it('settings apply only while they are trusted', async () => {
    const { run, json, cwd } = inRepository();
    expect(await json('config trust --yes')).toMatchObject({ folder: cwd, trusted: true });
    expect(await json('profile status')).toMatchObject({ url: 'https://own.example' });
    expect(await json('config untrust')).toMatchObject({ folder: cwd, trusted: false, changed: true });
    expect(await json('profile status')).toMatchObject({ url: null });
    expect(await json('config untrust')).toMatchObject({ changed: false });
    expect((await run('config untrust')).code).toBe(0);
  });

  it('a change in the files ends the trust', async () => {
    const { json, cwd } = inRepository();
    await json('config trust --yes');
    writeFileSync(join(cwd, '.env'), 'CODEMIE_URL=https://elsewhere.example\n');
    expect(await json('profile status')).toMatchObject({ url: null });
  });

  it('says when there is nothing to trust, or no such folder', async () => {
    const ada = person();
    expect((await ada.run('config trust --yes')).code).toBe(2);
    expect(await ada.run('config untrust nowhere')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nowhere'),
    });
  });
});

describe('config reset', () => {
  it('asks first, and does nothing without an answer', async () => {
    const ada = await signedIn();
    expect(await ada.run('config reset')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--yes'),
    });
    expect(await ada.json('profile status')).toMatchObject({ state: 'valid' });
  });

  it('signs out here and at the server, and keeps a backup of the settings that only the user can read', async () => {
    const ada = await signedIn();
    const token = (await ada.run('token')).stdout.trim();
    const report = expectShape<{ backup: string }>(
      'config-reset',
      (await ada.run('config reset --yes --json')).stdout,
    );
    expect(report).toMatchObject({ removed: ['default'], revoked: 'yes', stopped: [] });
    expect(statSync(report.backup).mode & 0o777).toBe(0o600);
    expect(readFileSync(report.backup, 'utf8')).not.toContain(token);
    expect(existsSync(join(ada.context.home, 'credentials'))).toBe(false);
    expect(await ada.json('profile status')).toMatchObject({ state: 'missing', url: null });
  });

  it('works with unreadable settings, and with none', async () => {
    const ada = person();
    expect(await ada.json('config reset --yes')).toMatchObject({ removed: [], backup: null });
    mkdirSync(ada.context.home, { recursive: true });
    writeFileSync(join(ada.context.home, 'codemie-cli.config.json'), '{ broken');
    const { code, stderr } = await ada.run('config reset --yes');
    expect([code, stderr]).toEqual([0, expect.stringContaining('.bak')]);
    expect(await ada.json('profile list')).toMatchObject({ profiles: [] });
  });
});
