import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/file.ts';
import { saveProfile } from '../../../src/config/write.ts';
import { failureOf } from '../../sign-in/support.ts';
import { codemie } from '../../support/commands.ts';
import { type TestContext, testContext } from '../../support/context.ts';
import { expectShape } from '../../support/schemas.ts';

/** The JSON of a successful command. */
async function json<T>(context: TestContext, shape: string, ...args: string[]): Promise<T> {
  context.out.stdout = '';
  expect(await codemie(context, 'config', ...args, '--json')).toBe(0);
  return expectShape<T>(shape, context.out.stdout);
}

interface Row {
  readonly name: string;
  readonly value: string | null;
  readonly source?: string;
  readonly sourceName?: string;
}

/** The effective settings, as `value (source sourceName)` by name. */
async function effective(context: TestContext, ...args: string[]): Promise<Record<string, string>> {
  const { settings } = await json<{ settings: Row[] }>(
    context,
    'config-list',
    'list',
    '--show-sources',
    ...args,
  );
  return Object.fromEntries(
    settings.map(({ name, value, source, sourceName }) => [name, `${value} (${source} ${sourceName})`]),
  );
}

it('a global setting changes no profile, and a profile’s setting is not global', async () => {
  const context = testContext();
  await saveProfile(context, 'work', { model: 'm' }, { activate: true });
  await codemie(context, 'config', 'set', 'metrics', 'on');
  const config = { metrics: 'on', activeProfile: 'work', profiles: { work: { model: 'm' } } };
  expect(readConfig(context.home)).toMatchObject(config);
  const error = await failureOf(codemie(context, 'config', 'set', 'model', 'gpt'));
  expect([error.code, error.message]).toEqual(['USAGE', expect.stringContaining('ca-file, plugin, metrics')]);
  expect(readConfig(context.home)).toMatchObject(config);
});

describe('config list --show-sources', () => {
  const WORK = { codeMieUrl: 'https://work.example', codeMieProject: 'alpha', model: 'm1' };

  it('says where each effective setting comes from', async () => {
    const context = testContext({ env: { CODEMIE_MODEL: 'm2', CODEMIE_CA_FILE: '/ca.pem', CI: 'true' } });
    await saveProfile(context, 'work', WORK, { activate: true });
    await codemie(context, 'config', 'set', 'metrics', 'on');
    expect(await effective(context)).toEqual({
      home: `${context.home} (environment CODEMIE_HOME)`,
      profile: 'work (person activeProfile)',
      url: 'https://work.example/code-assistant-api (person codeMieUrl)',
      model: 'm2 (environment CODEMIE_MODEL)',
      project: 'alpha (person codeMieProject)',
      'client-id': 'codemie-cli (default )',
      'ca-file': '/ca.pem (environment CODEMIE_CA_FILE)',
      plugin: 'on (default )',
      metrics: 'on (person metrics)',
    });
  });

  it('shows that there is a secret, but not its value', async () => {
    const context = testContext({
      env: {
        CODEMIE_JWT_TOKEN: 'a-token-of-mine',
        CODEMIE_PASSPHRASE: 'a phrase of mine',
        CODEMIE_ISSUER: 'https://me:hidden@idp.example',
      },
    });
    expect(await effective(context)).toMatchObject({
      token: 'null (environment CODEMIE_JWT_TOKEN)',
      passphrase: 'null (environment CODEMIE_PASSPHRASE)',
      issuer: expect.not.stringContaining('hidden'),
    });
    context.out.stdout = '';
    await codemie(context, 'config', 'list', '--show-sources');
    expect(context.out.stdout).toMatch(/^token +\(secret\) {2}\(CODEMIE_JWT_TOKEN\)$/m);
    expect(context.out.stdout).toMatch(/^plugin +on {2}\(default\)$/m);
    expect(context.out.stdout).not.toMatch(/of-mine|of mine/);
  });

  it('shows the URL of a key provider under its own name, and no platform URL', async () => {
    const context = testContext({ env: { CODEMIE_URL: 'https://platform.example' } });
    const llm = { provider: 'litellm', authMethod: 'api-key', baseUrl: 'https://llm.example/v1' };
    await saveProfile(context, 'llm', llm, { activate: true });
    const named = await effective(context, '--profile', 'llm');
    expect(named).toMatchObject({
      profile: 'llm (flag --profile)',
      'provider-url': 'https://llm.example/v1 (person baseUrl)',
      provider: 'litellm (person provider)',
      'auth-method': 'api-key (person authMethod)',
    });
    expect(named).not.toHaveProperty('url');
    const active = await effective(context);
    expect(active['url']).toBe('https://platform.example/code-assistant-api (environment CODEMIE_URL)');
    expect(active).not.toHaveProperty('provider');
  });

  it('shows the folder settings that apply, and warns about the rest', async () => {
    const context = testContext();
    await saveProfile(context, 'default', WORK, { activate: true });
    const cwd = join(context.cwd, 'repository');
    mkdirSync(join(cwd, '.codemie'), { recursive: true });
    const file = { codeMieProject: 'theirs', issuer: 'https://idp.theirs.example' };
    writeFileSync(join(cwd, '.codemie', 'codemie-cli.config.json'), JSON.stringify(file));
    const there = { ...context, cwd };
    const untrusted = await effective(there);
    expect(untrusted['project']).toBe('theirs (folder codeMieProject)');
    expect(untrusted).not.toHaveProperty('issuer');
    expect(JSON.parse(context.out.stdout).warnings.join()).toContain('codemie config trust');
    const trusted = await effective(there, '--trust-project');
    expect(trusted['issuer']).toBe('https://idp.theirs.example (folder issuer)');
  });
});
