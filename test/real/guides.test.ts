import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Block, blocksOfGuides } from '../support/documents.ts';
import { freePort } from '../support/free-port.ts';
import { Machine, mintToken, root } from '../support/program.ts';
import { missingTool } from '../support/tools.ts';

/** Blocks that other tests run, by the words they start with. */
const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  'npm ci && npm run demo': 'the demo and the whole of the tests',
  'npm install -g codemie': 'the end-to-end tests run the built package',
  'pkill gnome-keyring-d': 'the keychain tests open a keyring of their own',
  'GIT_CONFIG_COUNT=1': 'the test of the examples that spend the token',
  'claude mcp add': 'the test of real Claude Code behind the MCP proxy',
  'export CODEMIE_PROXY_PORT':
    'the test of real Claude Code that signs in to an MCP server through the gateway',
  'export KEYCLOAK_URL': 'the tests of realms on a real Keycloak',
  'codemie realm export --out exported.json': 'the test that adopts a realm, on a real Keycloak',
  'codemie realm export --out before.json': 'the test that takes back an apply, on a real Keycloak',
  'cd my-platform/infra': 'the test of the example realm, on a real Keycloak',
  'codemie realm start-hook': 'the tests of the start hook, on a real Keycloak',
  'codemie platform maintainer grant ada@example.com\n': 'the test of this guide, on a real PostgreSQL',
  'codemie platform maintainer grant ada@example.com --sql': 'the same',
  'codemie platform maintainer list --database-password-command': 'the same',
  "export DATABASE_URL='postgresql://operator@": 'the same',
  'codemie platform check': 'the test of checking files as the guide does',
  '# codemie: ignore': 'the test of checking files as the guide does',
  'codemie platform values enable': 'the test of changing values as the guide does',
  'codemie platform values migration-on': 'the test of changing values as the guide does',
  'codemie platform values migration-off': 'the test of changing values as the guide does',
  'codemie platform values disable': 'the test of changing values as the guide does',
  'codemie platform migration-client print': 'the test of the client for the import',
  'codemie platform migration-client delete': 'the test of the client for the import',
  'codemie platform migrate plan --source-only\n': 'the test of the client for the import',
  'codemie platform migrate plan --source-only --from-keycloak':
    'the test of importing users as the guide does',
  'codemie platform migrate plan --from-keycloak': 'the test of importing users as the guide does',
  'codemie platform migrate apply': 'the test of importing users as the guide does',
  'codemie platform migrate sql': 'the test of importing users as the guide does',
  'codemie platform migrate job': 'the test of importing users as the guide does',
  'keep: [ada@example.com]': 'the test of importing users as the guide does',
  'psql --no-psqlrc --file=import.jsonl.reverse.sql': 'the test of importing users as the guide does',
  '# kubeconfig': 'no command of ours but `codemie token --json`, which runs here',
};
/** Blocks that end with another exit code than 0. */
const EXITS: Readonly<Record<string, number>> = {
  // Nobody has signed in to the server yet.
  'codemie mcp check': 4,
};
const blocks = blocksOfGuides();
const run = blocks.filter(({ text }) => !Object.keys(RUN_ELSEWHERE).some((start) => text.startsWith(start)));

const missing = missingTool('jq', ['jq']) ?? missingTool('curl', ['curl']) ?? missingTool('git', ['git']);

/** The commands of a block; in a pipeline's file they are items of `script`, `run` or a list. */
function scriptOf({ language, text }: Block): string {
  if (language === 'sh') return text;
  const lines = [...text.matchAll(/^\s*- (?:run: )?(codemie.*)$/gm)].map(([, line = '']) => line);
  return lines.join('\n');
}

/** The user whom the sandbox signs in. */
const ADA = 'ada@sandbox.example';

describe.skipIf(missing !== undefined).each([
  ['open', []],
  ['guarded', ['--front', 'guarded']],
] as const)('the commands of the guides, on a platform whose API is %s', (_front, flags) => {
  const platform = new Machine();
  let machine: Machine;
  let url = '';
  let mcpUrl = '';
  let given: Record<string, string> = {};
  let ports: Readonly<Record<string, number>> = {};

  beforeAll(async () => {
    const sandbox = await platform.sandbox('--auto-approve', 'ada', ...flags);
    url = sandbox.url;
    mcpUrl = sandbox.mcpUrl;
    ports = { 4180: await freePort(), 4200: await freePort() };
    const token = await mintToken(sandbox.controlUrl);
    given = {
      CODEMIE_URL: url,
      CODEMIE_JWT_TOKEN: token,
      CODEMIE_ID_TOKEN: await mintToken(sandbox.controlUrl, { audience: sandbox.issuer }),
      KEY: token,
    };
  });
  beforeEach(async () => {
    machine = new Machine();
    const shims = join(machine.folder, 'bin');
    mkdirSync(shims);
    for (const name of ['codemie', 'codemie-claude']) {
      const path = join(shims, name);
      writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'bin', name)}.js" "$@"\n`);
      chmodSync(path, 0o755);
    }
    machine.env['PATH'] = [shims, join(root, 'scripts', 'stand-in'), machine.env['PATH']].join(':');
    writeFileSync(join(machine.work, 'token-file'), `${given['KEY']}\n`, { mode: 0o600 });
    expect(await machine.signIn(url, '--as', ADA)).toMatchObject({ code: 0 });
  });
  afterEach(async () => {
    await inShell('codemie gateway stop');
    await machine.dispose();
  });
  afterAll(() => platform.dispose());

  const inShell = (
    script: string,
    names: readonly string[] = [],
  ): Promise<{ code: number; output: string }> =>
    new Promise((resolve) => {
      const env = { ...machine.env, ...Object.fromEntries(names.map((name) => [name, given[name]])) };
      const shell = execFile(
        'sh',
        ['-e', '-c', script],
        { env, cwd: machine.work },
        (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` }),
      );
      // What a user types when a command asks for a key.
      shell.stdin?.end(given['KEY']);
    });
  /** This machine instead of a company's: URLs, free ports, and the store that works without a desktop. */
  const here = (script: string): string =>
    Object.entries(ports)
      .reduce((text, [port, free]) => text.replaceAll(port, String(free)), script)
      .replaceAll('https://codemie.example.com', url)
      .replaceAll('https://mcp-server.example.com/mcp', mcpUrl)
      .replaceAll('mcp login ', 'mcp login --store encrypted-file ')
      // No coding agent is installed here.
      .replaceAll('codemie mcp add ', 'codemie mcp add --host file ')
      .replaceAll('https://llm.example.com', `${url}/code-assistant-api`)
      .replaceAll('--provider openai ', `--provider openai-compatible --url ${url}/code-assistant-api/v1 `)
      .replaceAll('profile login ', 'profile login --store encrypted-file ')
      // There is no user here to confirm whose session a platform's page hands over.
      .replace(/codemie (?:setup|profile login(?!.*--(?:api-key|ci|with-token)))/g, `$& --as ${ADA}`);
  /**
   * The variables that a user or a pipeline sets for it: those it names, a job's identity, and the answer to setup's
   * question.
   */
  const variablesOf = (script: string): readonly string[] => [
    ...Object.keys(given).filter((name) => script.includes(`$${name}`)),
    ...(script.includes('--ci') ? ['CODEMIE_ID_TOKEN'] : []),
    ...(script.startsWith('codemie setup') ? ['CODEMIE_URL'] : []),
  ];

  it.each(run.map((block) => [block.text.split('\n')[0], block] as const))('%s', async (_title, block) => {
    const { code, output } = await inShell(here(scriptOf(block)), variablesOf(scriptOf(block)));
    const [, expected = 0] = Object.entries(EXITS).find(([start]) => block.text.startsWith(start)) ?? [];
    expect(code, output).toBe(expected);
  });
});

it('every block of the guides runs here, or is listed above with the test that runs it', () => {
  const starts = Object.keys(RUN_ELSEWHERE);
  for (const start of starts) expect(blocks.filter(({ text }) => text.startsWith(start))).toHaveLength(1);
  expect(run.length).toBe(blocks.length - starts.length);
  for (const block of run) expect(scriptOf(block), block.text).toContain('codemie');
});
