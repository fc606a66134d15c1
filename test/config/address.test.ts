import { expect, it } from 'vitest';
import { settingsOf } from '../../src/config/effective.ts';
import { readConfig } from '../../src/config/file.ts';
import type { Config } from '../../src/config/profile.ts';
import { select } from '../../src/config/selection.ts';
import { saveProfile } from '../../src/config/write.ts';
import { address as addressStep } from '../../src/setup/steps/address.ts';
import { testContext } from '../support/context.ts';

const PROFILES = {
  work: { provider: 'ai-run-sso', codeMieUrl: 'https://work.example' },
  llm: { provider: 'litellm', authMethod: 'api-key', baseUrl: 'https://llm.example/v1' },
  openai: { provider: 'openai', authMethod: 'api-key' },
  bare: { provider: 'litellm', authMethod: 'api-key' },
  near: { provider: 'litellm', authMethod: 'api-key', baseUrl: 'https://platform.example/llm/v1' },
};
type Name = keyof typeof PROFILES;

function configWith(active: Name | undefined): Config {
  const profiles = Object.fromEntries(
    Object.entries(PROFILES).map(([name, fields]) => [name, { name, ...fields }]),
  );
  return { version: 2, profiles, ...(active === undefined ? {} : { activeProfile: active }) };
}

const CODEMIE_URL = 'https://platform.example';
const CODEMIE_BASE_URL = 'https://older.example/code-assistant-api/v1';
const PLATFORM_API = 'https://platform.example/code-assistant-api';
const OLDER_API = 'https://older.example/code-assistant-api';

/** Which URL is used: the environment, the active profile, the command line, and the result. */
it.each<
  [
    string,
    Record<string, string>,
    Name | undefined,
    Record<string, string>,
    string | undefined,
    string | undefined,
  ]
>([
  ['the profile’s own', {}, 'work', {}, 'https://work.example/code-assistant-api', undefined],
  ['CODEMIE_URL over the profile', { CODEMIE_URL }, 'work', {}, PLATFORM_API, undefined],
  ['its older name over the profile', { CODEMIE_BASE_URL }, 'work', {}, OLDER_API, undefined],
  ['CODEMIE_URL over its older name', { CODEMIE_URL, CODEMIE_BASE_URL }, 'work', {}, PLATFORM_API, undefined],
  [
    'the older name where CODEMIE_URL is empty',
    { CODEMIE_URL: '', CODEMIE_BASE_URL },
    'work',
    {},
    OLDER_API,
    undefined,
  ],
  [
    'the command line over both',
    { CODEMIE_URL, CODEMIE_BASE_URL },
    'work',
    { baseUrl: 'https://flag.example' },
    'https://flag.example/code-assistant-api',
    undefined,
  ],
  ['CODEMIE_URL with nothing set up', { CODEMIE_URL }, undefined, {}, PLATFORM_API, undefined],
  [
    'CODEMIE_URL over a platform profile that was named',
    { CODEMIE_URL },
    'llm',
    { profile: 'work' },
    PLATFORM_API,
    undefined,
  ],

  ['a key provider’s own', {}, 'llm', {}, 'https://llm.example/v1', 'litellm'],
  [
    'a key provider’s own, named with --profile, over CODEMIE_URL',
    { CODEMIE_URL },
    'work',
    { profile: 'llm' },
    'https://llm.example/v1',
    'litellm',
  ],
  [
    'a key provider’s own, named with --profile, over the older name',
    { CODEMIE_BASE_URL },
    'work',
    { profile: 'llm' },
    'https://llm.example/v1',
    'litellm',
  ],
  [
    'a key provider’s own, named with CODEMIE_PROFILE',
    { CODEMIE_URL, CODEMIE_PROFILE: 'llm' },
    'work',
    {},
    'https://llm.example/v1',
    'litellm',
  ],
  [
    'the public address of a named key provider',
    { CODEMIE_URL },
    'work',
    { profile: 'openai' },
    'https://api.openai.com/v1',
    'openai',
  ],
  [
    'a key provider’s own on the platform’s host',
    { CODEMIE_URL },
    'work',
    { profile: 'near' },
    'https://platform.example/llm/v1',
    'litellm',
  ],
  [
    'the command line over a named key provider’s own',
    { CODEMIE_URL },
    'work',
    { profile: 'llm', baseUrl: 'https://llm.example/v2' },
    'https://llm.example/v2',
    'litellm',
  ],
  ['CODEMIE_URL over a profile that is only active', { CODEMIE_URL }, 'llm', {}, PLATFORM_API, undefined],
  ['CODEMIE_URL over it on the same host, too', { CODEMIE_URL }, 'near', {}, PLATFORM_API, undefined],
  [
    'CODEMIE_URL over an active key provider without an address',
    { CODEMIE_URL },
    'bare',
    {},
    PLATFORM_API,
    undefined,
  ],

  [
    'CODEMIE_BASE_URL for a named provider',
    { CODEMIE_PROVIDER: 'litellm', CODEMIE_BASE_URL },
    undefined,
    {},
    CODEMIE_BASE_URL,
    'litellm',
  ],
  [
    'CODEMIE_BASE_URL for --provider, beside a platform’s CODEMIE_URL',
    { CODEMIE_URL, CODEMIE_BASE_URL },
    'work',
    { provider: 'litellm' },
    CODEMIE_BASE_URL,
    'litellm',
  ],
  [
    'nothing for a named provider where only a platform’s address is set',
    { CODEMIE_URL, CODEMIE_PROVIDER: 'litellm' },
    'work',
    {},
    undefined,
    'litellm',
  ],
  [
    'the public address of a provider that was named',
    { CODEMIE_URL },
    'work',
    { provider: 'openai' },
    'https://api.openai.com/v1',
    'openai',
  ],
  [
    'the profile’s own for the provider that was named',
    { CODEMIE_URL, CODEMIE_PROVIDER: 'litellm' },
    'llm',
    {},
    'https://llm.example/v1',
    'litellm',
  ],
  [
    'CODEMIE_BASE_URL for a named profile without an address',
    { CODEMIE_URL, CODEMIE_BASE_URL },
    'work',
    { profile: 'bare' },
    CODEMIE_BASE_URL,
    'litellm',
  ],
  [
    'nothing for a named profile without an address',
    { CODEMIE_URL },
    'work',
    { profile: 'bare' },
    undefined,
    'litellm',
  ],
])('uses %s', (_what, env, active, wanted, apiBase, provider) => {
  const settings = select(configWith(active), env, wanted);
  expect([settings.apiBase, settings.keyProvider?.name]).toEqual([apiBase, provider]);
});

it.each([
  [{ CODEMIE_URL, CODEMIE_BASE_URL }, 'https://platform.example'],
  [{ CODEMIE_BASE_URL }, 'https://older.example'],
  [{}, 'https://work.example'],
])('setup starts from the URL that every other command uses: %j', async (env, origin) => {
  const context = testContext({ env, noInput: true });
  await saveProfile(context, 'work', PROFILES.work, { activate: true });
  const answers: Parameters<typeof addressStep.run>[1] = {
    flags: { device: false, noBrowser: true, timeoutMs: 0 },
    config: readConfig(context.home),
    profileName: 'work',
  };
  await addressStep.run(context, answers);
  expect([answers.origin, settingsOf(context).origin]).toEqual([origin, origin]);
});

it.each([
  'https://shared.example/team-a',
  'https://shared.example/team-a/code-assistant-api',
  'shared.example/x',
])(
  'a platform below a path of a shared host, %s, is refused instead of sending the token to the owner of the root',
  (url) => {
    for (const [env, wanted] of [
      [{ CODEMIE_URL: url }, {}],
      [{}, { baseUrl: url }],
    ] as const)
      expect(() => select(configWith(undefined), env, wanted)).toThrow(
        expect.objectContaining({
          code: 'URL_PATH',
          exit: 'usage',
          hint: 'If CodeMie is at the root, use https://shared.example.',
        }),
      );
    const kept = { version: 2, activeProfile: 'a', profiles: { a: { name: 'a', codeMieUrl: url } } } as const;
    expect(() => select(kept, {})).toThrow(expect.objectContaining({ code: 'URL_PATH' }));
  },
);

it.each(['', '/', '/code-assistant-api', '/code-assistant-api/v1/', '/#/chats/12', '/?a=1'])(
  'the path %j names the same platform as its host',
  (path) => {
    const env = { CODEMIE_URL: `https://platform.example${path}` };
    expect(select(configWith(undefined), env).apiBase).toBe(PLATFORM_API);
  },
);
