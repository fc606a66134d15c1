import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingsOf } from '../../src/config/effective.ts';
import { keyProvider } from '../../src/config/providers.ts';
import type { SettingsRequest } from '../../src/config/selection.ts';
import { saveProfile } from '../../src/config/write.ts';
import { fixedAccess } from '../../src/credentials/fixed-access.ts';
import { testContext } from '../support/context.ts';
import { fakePlatform, jwtCredential, post, testGateway } from '../support/platform.ts';

const URL_OF = 'https://platform.example';

interface Scene {
  readonly env?: Record<string, string>;
  readonly wanted?: SettingsRequest;
  /** Files in the working folder. */
  readonly files?: Readonly<Record<string, string>>;
}

/** The effective integration for a profile that names `lite-two`. */
async function integrationIn({ env = {}, wanted = {}, files = {} }: Scene): Promise<string | undefined> {
  const context = testContext({ env });
  const profile = { codeMieUrl: URL_OF, codeMieIntegration: { id: 'lite-two', alias: 'Team two' } };
  await saveProfile(context, 'default', profile, { activate: true });
  const cwd = join(context.cwd, 'work');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(cwd, path, '..'), { recursive: true });
    writeFileSync(join(cwd, path), text);
  }
  mkdirSync(cwd, { recursive: true });
  return settingsOf({ ...context, cwd }, wanted).integration;
}

const FOLDER = {
  '.codemie/codemie-cli.config.json': JSON.stringify({
    version: 2,
    activeProfile: 'default',
    profiles: { default: { name: 'default', codeMieIntegration: { id: 'of-the-repository' } } },
  }),
};

describe('the integration that is billed', () => {
  it.each<[string, Scene, string]>([
    ['the profile’s', {}, 'lite-two'],
    ['that of CODEMIE_INTEGRATION_ID', { env: { CODEMIE_INTEGRATION_ID: 'lite-env' } }, 'lite-env'],
    [
      'that of --integration',
      { env: { CODEMIE_INTEGRATION_ID: 'lite-env' }, wanted: { integration: 'lite-flag' } },
      'lite-flag',
    ],
    ['not that of an untrusted folder', { files: FOLDER }, 'lite-two'],
    ['not that of its .env', { files: { '.env': 'CODEMIE_INTEGRATION_ID=of-the-repository\n' } }, 'lite-two'],
    ['that of a trusted folder', { files: FOLDER, wanted: { trustProject: true } }, 'of-the-repository'],
  ])('is %s', async (_name, scene, expected) => {
    expect(await integrationIn(scene)).toBe(expected);
  });

  it('is sent, so that another key is not billed for your work', async () => {
    const seen: unknown[] = [];
    const platform = await fakePlatform((request, response) => {
      seen.push(request.headers['x-codemie-integration']);
      request.resume().once('end', () => response.end('{}'));
    });
    const credential = jwtCredential(platform.origin);
    const withOne = fixedAccess(platform.origin, credential, { integration: 'lite-two' });
    await post(await testGateway(platform.origin, withOne), '/v1/messages');
    await post(await testGateway(platform.origin), '/v1/messages', '{}', {
      'x-codemie-integration': 'of-the-agent',
    });
    expect(seen).toEqual(['lite-two', undefined]);
  });

  it('is not sent to a model provider', async () => {
    const seen: unknown[] = [];
    const platform = await fakePlatform((request, response) => {
      seen.push(request.headers['x-codemie-integration']);
      request.resume().once('end', () => response.end('{}'));
    });
    const access = fixedAccess(platform.origin, jwtCredential(platform.origin), {
      integration: 'lite-two',
      keyProvider: keyProvider('litellm'),
      apiBase: platform.origin,
    });
    await post(await testGateway(platform.origin, access), '/v1/messages');
    expect(seen).toEqual([undefined]);
  });

  it.each(['two\nlines', 'with a space', 'ключ', 'x'.repeat(201)])(
    'that is not valid in a header is an error before anything starts (%j)',
    async (integration) => {
      const access = fixedAccess(URL_OF, jwtCredential(URL_OF), { integration });
      await expect(testGateway(URL_OF, access)).rejects.toMatchObject({
        code: 'INTEGRATION_ID',
        exit: 'usage',
      });
    },
  );
});
