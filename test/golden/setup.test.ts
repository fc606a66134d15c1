import { describe, it } from 'vitest';
import { person, sandboxFor } from '../support/person.ts';
import { fakePlatform } from '../support/platform.ts';
import { realPlatform, SAID } from '../support/real-platform.ts';
import { atTerminal } from '../support/terminal.ts';
import { expectScreen, type Scene } from './screen.ts';

const SCENES: Readonly<Record<string, Scene>> = {
  'sign-in-at-a-terminal': async (options) => {
    const { url } = await sandboxFor();
    const ada = atTerminal(
      [
        ['--url', url],
        ['--method', 'sso'],
        ['--project', 'difference-engine'],
        ['--model', 'claude-sonnet-4-6'],
      ],
      options,
    );
    return [ada, 'setup'];
  },
  'bearer-token-at-a-terminal': async (options) => {
    const { url } = await sandboxFor();
    const bob = atTerminal(
      [
        ['--url', url],
        ['--method', 'bearer'],
        ['--token-env', 'CODEMIE_JWT_TOKEN'],
      ],
      options,
    );
    return [bob, 'setup'];
  },
  'api-key-at-a-terminal': async (options) => {
    const provider = await fakePlatform((_request, response) => response.end('{"data":[{"id":"gpt-5"}]}'));
    const carol = atTerminal(
      [
        ['--provider', 'litellm'],
        ['a pipe', 'a-key-of-this-test'],
        ['--model', 'gpt-5'],
      ],
      options,
    );
    return [carol, `setup --method api-key --url ${provider.origin}`];
  },
  'by-flags': async (options) => [
    person(options),
    `setup --url ${(await sandboxFor()).url} --project difference-engine`,
  ],
  'guarded-platform': async (options) => {
    const { url } = await realPlatform({ guarded: true });
    return [person(options), `setup --url ${url} --as ada@example.com`];
  },
  'token-of-the-environment': async (options) => {
    const sandbox = await sandboxFor();
    const env = { ...options.env, CODEMIE_JWT_TOKEN: await sandbox.mintToken({ user: 'bob' }) };
    return [person({ ...options, env }), `setup --url ${sandbox.url}`];
  },
  'without-an-address': async (options) => [person(options), 'setup'],
  unreachable: async (options) => [person(options), 'setup --url http://127.0.0.1:1'],
  'something-else-answers': async (options) => {
    const { url } = await realPlatform({ instead: SAID.notFound });
    return [person(options), `setup --url ${url}`];
  },
};

describe('setup', () => {
  it.each(Object.entries(SCENES))('%s', async (name, scene) => {
    await expectScreen(`setup/${name}`, scene);
  });
});
