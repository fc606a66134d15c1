import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { setAside } from '../../../src/config/backup.ts';
import { configPath, readConfig } from '../../../src/config/file.ts';
import { saveProfile } from '../../../src/config/write.ts';
import { openStore } from '../../../src/credentials/keep/open-store.ts';
import { importLegacySecrets, removeLegacySecrets } from '../../../src/credentials/legacy/import.ts';
import { storeName } from '../../../src/secrets/open.ts';
import { type TestContext, testContext } from '../../support/context.ts';

const KEY = 'sk-old-0123456789abcdefghij';

function machine(profiles: Record<string, unknown>, env: Record<string, string> = {}): TestContext {
  const context = testContext({ env: { CODEMIE_PASSPHRASE: 'of this test', ...env } });
  const path = configPath(context.home);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify({ version: 2, profiles }));
  return context;
}

describe('keys in the settings', () => {
  it('are copied one by one, and one that cannot be copied does not stop the others', async () => {
    const context = machine({
      broken: { provider: 'openai', apiKey: 'x y' },
      gemini: { provider: 'gemini', baseUrl: 'https://g.example', apiKey: `${KEY}-g` },
      llm: { provider: 'openai', authMethod: 'manual', apiKey: KEY },
      platform: {
        provider: 'ai-run-sso',
        codeMieUrl: 'https://h',
        apiKey: `${KEY}-p`,
        credential: { store: 'keychain', id: 'https://h#ada' },
      },
    });
    await importLegacySecrets(context);
    const { profiles } = readConfig(context.home);
    expect(profiles['llm']).toMatchObject({ apiKey: KEY, authMethod: 'manual' });
    const { store, id } = profiles['llm']?.credential ?? { store: '', id: '' };
    expect(await (await openStore(storeName(store), context)).get(id)).toMatchObject({ kind: 'api-key' });
    expect(profiles['gemini']).toMatchObject({ apiKey: `${KEY}-g` });
    expect(profiles['broken']).toMatchObject({ apiKey: 'x y' });
    expect(profiles['platform']).toMatchObject({
      apiKey: `${KEY}-p`,
      credential: { store: 'keychain', id: 'https://h#ada' },
    });
    const lines = context.out.stderr.trim().split('\n');
    expect(lines.filter((line) => line.startsWith('Copied'))).toEqual([expect.stringContaining('"llm"')]);
    expect(lines.find((line) => line.includes('"gemini"'))).toMatch(
      /Didn't copy .*: codemie doesn't use keys of provider "gemini"/,
    );
    expect(lines.at(-1)).toContain('To remove them: codemie config remove-old-secrets');
    expect(context.out.stderr).not.toContain(KEY);
    expect(readdirSync(`${context.home}/credentials`)).toHaveLength(1);
  });

  it('that are not copied are reported once, and so is each new one', async () => {
    const context = machine({ gemini: { provider: 'gemini', apiKey: KEY } });
    await importLegacySecrets(context);
    const first = context.out.stderr;
    await importLegacySecrets(context);
    expect(context.out.stderr).toBe(first);
    expect(first).toContain('"gemini"');
    const path = configPath(context.home);
    writeFileSync(path, readFileSync(path, 'utf8').replace(KEY, `${KEY}-new`));
    await importLegacySecrets(context);
    expect(context.out.stderr.slice(first.length)).toContain('"gemini"');
  });

  it('without a credential store are left alone; other profiles can be saved, but not with a new key in the settings', async () => {
    const context = machine({ llm: { provider: 'openai', apiKey: KEY } }, { CODEMIE_PASSPHRASE: '' });
    await importLegacySecrets(context);
    expect(context.out.stderr).toContain('no credential store');
    await saveProfile(context, 'new', { model: 'm' }, { activate: true });
    expect(readConfig(context.home).profiles).toMatchObject({ llm: { apiKey: KEY }, new: { model: 'm' } });
    expect(statSync(configPath(context.home)).mode & 0o777).toBe(0o600);
    const ours = { apiKey: 'sk-new-0123456789' } as Parameters<typeof saveProfile>[2];
    await expect(saveProfile(context, 'new', ours, { activate: true })).rejects.toMatchObject({
      code: 'CONFIG_HOLDS_SECRET',
      exit: 'store',
    });
  });

  it('are copied by the next run if the settings could not be written', async () => {
    const context = machine({ llm: { provider: 'openai', apiKey: KEY } });
    const obstacle = `${context.home}/locks/config.lock`;
    mkdirSync(obstacle, { recursive: true });
    await importLegacySecrets(context);
    const first = context.out.stderr;
    expect(first).toContain('codemie-cli.config.json: EISDIR');
    rmdirSync(obstacle);
    await importLegacySecrets(context);
    expect(context.out.stderr.slice(first.length)).toMatch(/^Copied from .*"llm"/);
    expect(readConfig(context.home).profiles['llm']?.credential).toBeDefined();
  });

  it('in unreadable settings are skipped, and the command itself reports the settings', async () => {
    const context = machine({});
    writeFileSync(configPath(context.home), `{ "apiKey": "${KEY}"`);
    await importLegacySecrets(context);
    expect(context.out.stderr).toBe('');
  });
});

it('config remove-old-secrets removes keys from the settings, and copied sign-ins stay', async () => {
  const context = machine({ llm: { provider: 'openai', apiKey: KEY, model: 'gpt-5' } });
  await importLegacySecrets(context);
  expect(await removeLegacySecrets(context, readConfig(context.home))).toEqual([configPath(context.home)]);
  const { llm } = readConfig(context.home).profiles;
  expect(llm).toMatchObject({ provider: 'openai', model: 'gpt-5', credential: { store: 'encrypted-file' } });
  expect(readFileSync(configPath(context.home), 'utf8')).not.toContain(KEY);
  expect(await removeLegacySecrets(context, readConfig(context.home))).toEqual([]);
});

it('a backup of the settings holds no secret, and only its owner can read it', () => {
  const context = machine({
    a: {
      provider: 'openai',
      apiKey: `${KEY}\\"quoted`,
      jwtConfig: { token: 'aaa.bbb', tokenEnvVar: 'MY_TOKEN' },
    },
    b: { provider: 'bedrock', awsSecretAccessKey: 'aws-secret', maxTokens: 7 },
  });
  const backup = setAside(configPath(context.home), 0);
  const text = readFileSync(backup?.path ?? '', 'utf8');
  for (const secret of [KEY, 'quoted', 'aaa.bbb', 'aws-secret']) expect(text).not.toContain(secret);
  expect(JSON.parse(text).profiles).toMatchObject({
    a: { provider: 'openai', jwtConfig: { tokenEnvVar: 'MY_TOKEN' } },
    b: { maxTokens: 7 },
  });
  expect(backup?.masked).toBe(true);
  expect(statSync(backup?.path ?? '').mode & 0o777).toBe(0o600);
  expect(setAside(configPath(context.home), 0)).toBeUndefined();
});
