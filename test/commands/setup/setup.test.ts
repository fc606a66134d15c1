import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/file.ts';
import type { Profile } from '../../../src/config/profile.ts';
import { type Person, person, sandboxFor } from '../../support/person.ts';
import { fakePlatform } from '../../support/platform.ts';
import { expectShape } from '../../support/schemas.ts';
import { atTerminal } from '../../support/terminal.ts';

const saved = ({ context }: Person): Profile | undefined => readConfig(context.home).profiles['default'];
const KEPT = '--store plaintext-file';

describe('setup at a terminal', () => {
  it('asks for the URL and the sign-in method, signs in, and saves the answers', async () => {
    const { url } = await sandboxFor();
    const ada = atTerminal([
      ['--url', url],
      ['--method', 'sso'],
      ['--project', 'difference-engine'],
      ['--model', 'claude-sonnet-4-6'],
    ]);
    const { code, stderr } = await ada.run(`setup ${KEPT}`);
    expect([code, stderr]).toEqual([0, expect.stringContaining('ada@sandbox.example')]);
    expect(saved(ada)).toMatchObject({
      codeMieUrl: url,
      codeMieProject: 'difference-engine',
      model: 'claude-sonnet-4-6',
    });
    expect(
      await person({ env: ada.context.env as Record<string, string> }).json('profile status'),
    ).toMatchObject({
      state: 'valid',
      provider: { project: 'difference-engine', model: 'claude-sonnet-4-6' },
    });
  });

  it('does not ask what a flag answers', async () => {
    const { url } = await sandboxFor();
    const ada = atTerminal([]);
    const flags = `--url ${url} --method sso --project difference-engine --model claude-sonnet-4-6 ${KEPT}`;
    expect((await ada.run(`setup ${flags}`)).code).toBe(0);
  });

  it('asks for the variable of a bearer token, and stores no token', async () => {
    const { url } = await sandboxFor();
    const bob = atTerminal([
      ['--url', url],
      ['--method', 'bearer'],
      ['--token-env', 'OUR_TOKEN'],
    ]);
    const { code, stderr } = await bob.run('setup');
    expect([code, stderr]).toEqual([0, expect.stringContaining('OUR_TOKEN')]);
    expect(saved(bob)).toMatchObject({ authMethod: 'jwt', jwtConfig: { tokenEnvVar: 'OUR_TOKEN' } });
    expect(saved(bob)?.credential).toBeUndefined();
  });

  it('asks for the provider and its API key, and tests the key before saving it', async () => {
    const provider = await fakePlatform((request, response) => {
      const status = request.headers.authorization === 'Bearer key-of-this-test' ? 200 : 401;
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"data":[{"id":"gpt-5"}]}');
    });
    const flags = `--method api-key --url ${provider.origin} ${KEPT}`;
    const carol = atTerminal([
      ['--provider', 'litellm'],
      ['a pipe', 'key-of-this-test'],
      ['--model', 'gpt-5'],
    ]);
    expect((await carol.run(`setup ${flags}`)).code).toBe(0);
    expect(saved(carol)).toMatchObject({
      provider: 'litellm',
      model: 'gpt-5',
      credential: { store: 'plaintext-file' },
    });
    const wrong = atTerminal([
      ['--provider', 'litellm'],
      ['a pipe', 'another-key'],
    ]);
    const { code, stderr } = await wrong.run(`setup ${flags}`);
    expect(code).toBe(4);
    expect(stderr).not.toContain('another-key');
  });
});

describe('setup without a terminal', () => {
  it('works with flags only, and reports as JSON', async () => {
    const { url } = await sandboxFor();
    const { code, stdout } = await person().run(
      `setup --url ${url} --project difference-engine ${KEPT} --json`,
    );
    expect([code, expectShape('setup', stdout)]).toMatchObject([
      0,
      {
        url,
        method: 'sso',
        project: 'difference-engine',
        store: 'plaintext-file',
        identity: { email: 'ada@sandbox.example' },
      },
    ]);
  });

  it.each([
    ['setup', 2, 'INPUT_REQUIRED'],
    ['setup --url ftp://x', 2, 'URL'],
    ['setup --url http://127.0.0.1:1', 5, 'UNREACHABLE'],
    ['setup --url http://127.0.0.1:1 --timeout soon', 2, 'USAGE'],
    ['setup --method nonsense', 2, 'USAGE'],
  ])('%s exits with %d and %s, and saves nothing', async (line, code, name) => {
    const user = person();
    expect(await user.run(line)).toMatchObject({
      code,
      stdout: '',
      stderr: expect.stringContaining(`[${name}`),
    });
    expect(saved(user)).toBeUndefined();
  });

  it('rejects a project or model you may not use, and lists the available ones', async () => {
    const { url } = await sandboxFor();
    for (const [flag, there] of [
      ['project', 'difference-engine'],
      ['model', 'claude-sonnet-4-6'],
    ]) {
      const { code, stderr } = await person().run(`setup --url ${url} ${KEPT} --${flag} nothing-of-mine`);
      expect([code, stderr]).toEqual([2, expect.stringContaining(there ?? '')]);
    }
  });

  it.each([
    [['hand-off'], '--as you@example.com', "doesn't say who signs in"],
    [['local'], 'Run this in a terminal: codemie setup', 'asks for email and password'],
  ] as const)(
    'a platform with %j sign-in names the flag to give, and never becomes a bearer profile in silence',
    async ([signIn], advice, why) => {
      const { url } = await sandboxFor({ signIn });
      for (const line of [
        `setup --url ${url} ${KEPT}`,
        `setup --url ${url} --provider sso`,
        `setup --url ${url} --yes ${KEPT}`,
      ]) {
        // Even with a token at hand: the flags ask for a sign-in.
        const user = person({ env: { CODEMIE_JWT_TOKEN: 'x.y.z' } });
        const { code, stderr } = await user.run(line);
        expect([code, stderr]).toEqual([2, expect.stringContaining('[INPUT_REQUIRED]')]);
        expect(stderr).toContain(why);
        expect(stderr).toContain(advice);
        expect(stderr).toContain(`codemie setup --url ${url} --provider bearer-auth`);
        expect(saved(user)).toBeUndefined();
      }
    },
  );

  it.each([
    ['--provider bearer-auth --store plaintext-file', '--store', 'nothing is stored'],
    ['--provider bearer-auth --as a@b.example', '--as', 'nothing is stored'],
    ['--token-env X --device', '--device', 'nothing is stored'],
    ['--provider sso --as a@b.example --token-env X', '--token-env', '--method sso'],
    ['--provider openai --token-env X', '--token-env', '--method api-key'],
    ['--provider openai --method sso', '--provider openai and --method sso', 'exclude each other'],
    ['--provider sso --method bearer', '--provider sso and --method bearer', 'exclude each other'],
    ['--provider azure', "doesn't support Azure OpenAI yet", 'sso, ai-run-sso, bearer-auth, openai'],
    ['--provider nonsense', 'the provider "nonsense"', 'openai-compatible'],
  ])('setup %s is refused, where %s was ignored before', async (flags, what, why) => {
    const { url } = await sandboxFor();
    const user = person();
    const { code, stderr } = await user.run(`setup --url ${url} ${flags}`);
    expect([code, stderr]).toEqual([2, expect.stringContaining(what)]);
    expect(stderr).toContain(why);
    expect(saved(user)).toBeUndefined();
  });

  it('without a keychain names this setup with another store, not a sign-in that knows no address', async () => {
    const { url } = await sandboxFor();
    const { code, stderr } = await person().run(`setup --url ${url} --project difference-engine`);
    expect(code).toBe(8);
    expect(stderr).toContain(`codemie setup --url ${url} --project difference-engine --store encrypted-file`);
    expect(stderr).not.toContain('profile login');
  });

  it('--yes at a terminal asks nothing', async () => {
    const { url } = await sandboxFor();
    const ada = atTerminal([]);
    expect((await ada.run(`setup --url ${url} --yes ${KEPT}`)).code).toBe(0);
    expect(saved(ada)).toMatchObject({ codeMieUrl: url });
  });

  it('tests a token in the environment, and does not store it', async () => {
    const sandbox = await sandboxFor();
    const token = await sandbox.mintToken({ user: 'bob' });
    const job = person({ env: { CODEMIE_JWT_TOKEN: token } });
    expect(await job.json(`setup --url ${sandbox.url}`)).toMatchObject({
      method: 'bearer',
      identity: { email: 'bob@sandbox.example' },
    });
    expect(JSON.stringify(saved(job))).not.toContain(token);
    const dead = await sandbox.mintToken({ user: 'bob', ttlSeconds: -60 });
    expect((await person({ env: { CODEMIE_JWT_TOKEN: dead } }).run(`setup --url ${sandbox.url}`)).code).toBe(
      4,
    );
  });
});
