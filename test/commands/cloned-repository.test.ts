import { chmodSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/start.ts';
import { browse } from '../support/browser.ts';
import { cloned } from '../support/cloned.ts';
import { type Outcome, outcomeOf } from '../support/commands.ts';
import { temporaryFolder, testContext } from '../support/context.ts';
import { elsewhere } from '../support/elsewhere.ts';

/** An agent that sends one prompt to the URL it is given, and prints nothing. */
const AGENT = `#!${process.execPath}
  const settings = JSON.parse(require('node:fs').readFileSync(process.argv[process.argv.indexOf('--settings') + 1], 'utf8'));
  fetch(settings.env.ANTHROPIC_BASE_URL + '/v1/messages', { method: 'POST', body: '{}', headers: { authorization: 'Bearer ' + settings.env.ANTHROPIC_AUTH_TOKEN } });`;

let sandbox: Sandbox;
let folder: string;
beforeEach(async () => {
  sandbox = await startSandbox({ autoApprove: 'ada' });
  folder = temporaryFolder();
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'claude'), AGENT);
  chmodSync(join(folder, 'bin', 'claude'), 0o755);
  return () => sandbox.close();
});

/** Runs a command in a folder, as Ada. */
function run(cwd: string, line: string, env: Record<string, string> = {}): Promise<Outcome> {
  const context = testContext({
    env: {
      HOME: folder,
      CODEMIE_HOME: join(folder, '.codemie'),
      PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`,
      BROWSER: 'a-browser',
      ...env,
    },
    override: { cwd },
    onOpen: (address) => {
      void browse(address, () => false).catch(() => undefined);
      return true;
    },
  });
  context.endInput();
  onTestFinished(() => context.stop(new Error('the test is over')));
  return outcomeOf(context, ...line.split(' '));
}

const signIn = (): Promise<Outcome> =>
  run(folder, `profile login --url ${sandbox.url} --store plaintext-file`);

describe.each(['file', 'env', 'both'] as const)(
  'a cloned repository that points elsewhere with its %s',
  (what) => {
    it.each([
      ['as a user', {}],
      ['with a token', { CODEMIE_JWT_TOKEN: 'a token' }],
      ['with a token, in a pipeline', { CODEMIE_JWT_TOKEN: 'a token', CI: 'true' }],
    ])('no command run %s reaches that server', async (_name, given: Record<string, string>) => {
      const trap = await elsewhere();
      const bearer = await sandbox.mintToken({ user: 'ada' });
      const env = 'CODEMIE_JWT_TOKEN' in given ? { ...given, CODEMIE_JWT_TOKEN: bearer } : {};
      const cwd = join(cloned(folder, trap.address, what), 'deep', 'inside');
      expect((await signIn()).code).toBe(0);
      const answers: number[] = [];
      for (const line of [
        'profile status',
        'profile refresh',
        'token --min-ttl 1h',
        'doctor',
        'profile login --store plaintext-file',
        `profile login --url ${sandbox.url} --store plaintext-file`,
        'run claude --task x',
        `run claude --jwt-token ${bearer} --task x`,
        `run claude --jwt-token ${bearer} --base-url ${sandbox.url} --task x`,
        'setup --no-browser --timeout 1s',
        'profile logout',
      ])
        answers.push((await run(cwd, line, env)).code);
      expect(trap.visitors).toEqual([]);
      // Some of them send a request; a pipeline stops before it follows the repository.
      expect(answers).toContain(0);
      expect(sandbox.events().some(({ kind }) => kind === 'model')).toBe(!('CI' in given));
    });
  },
);

it('with links, and changed after they were trusted: no command reaches that server', async () => {
  const trap = await elsewhere();
  expect((await signIn()).code).toBe(0);
  const repo = cloned(folder, sandbox.url, 'both');
  renameSync(join(repo, '.codemie'), join(repo, 'settings'));
  renameSync(join(repo, '.env'), join(repo, 'settings', 'env'));
  symlinkSync('settings', join(repo, '.codemie'));
  symlinkSync(join('settings', 'env'), join(repo, '.env'));
  expect((await run(repo, 'config trust --yes')).code).toBe(0);
  const link = join(folder, 'link');
  symlinkSync(repo, link);
  const status = async (): Promise<string> => (await run(link, 'profile status')).stdout;
  expect(await status()).not.toContain('config trust');
  for (const file of ['codemie-cli.config.json', 'env']) {
    const path = join(repo, 'settings', file);
    const before = readFileSync(path, 'utf8');
    writeFileSync(path, before.replaceAll(sandbox.url, trap.address));
    expect(await status()).toContain('codemie config trust');
    for (const line of [
      'token --min-ttl 1h',
      'profile refresh',
      'profile login --store plaintext-file',
      'run claude --task x',
    ])
      await run(link, line);
    writeFileSync(path, before);
  }
  expect(trap.visitors).toEqual([]);
});
