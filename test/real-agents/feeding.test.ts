import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { machineWithAgents, REAL_AGENTS, type RealAgent } from '../support/agents.ts';
import { elsewhere } from '../support/elsewhere.ts';
import { LIST_PROCESSES, linesBelow } from '../support/processes.ts';
import { eventsOf, type Machine, mintToken, type Result } from '../support/program.ts';

const OLD_KEY = 'a-key-of-another-day';

/** What a shell may still contain from a time before CodeMie: every provider's key and URL, and a proxy. */
const stale = (at: string): Record<string, string> => ({
  ...Object.fromEntries(
    [
      ...['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN', 'AWS_BEARER_TOKEN_BEDROCK'],
      ...['OPENAI_API_KEY', 'CODEX_API_KEY', 'GEMINI_API_KEY', 'GOOGLE_API_KEY', 'CODEMIE_API_KEY'],
    ].map((name) => [name, OLD_KEY]),
  ),
  ...Object.fromEntries(
    [
      ...['ANTHROPIC_BASE_URL', 'ANTHROPIC_BEDROCK_BASE_URL', 'ANTHROPIC_VERTEX_BASE_URL'],
      ...['OPENAI_BASE_URL', 'OPENAI_API_BASE', 'GOOGLE_GEMINI_BASE_URL', 'GOOGLE_VERTEX_BASE_URL'],
      ...['CODE_ASSIST_ENDPOINT', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy'],
    ].map((name) => [name, at]),
  ),
  ...{ CLAUDE_CODE_USE_BEDROCK: '1', CLAUDE_CODE_SKIP_BEDROCK_AUTH: '1', AWS_REGION: 'us-east-1' },
  ...{ GOOGLE_GENAI_USE_VERTEXAI: 'true', ANTHROPIC_MODEL: 'their-model', GEMINI_MODEL: 'their-model' },
});

/** Files in the user's home that choose another provider, by path. */
const settingsOf: Readonly<Record<RealAgent['name'], (at: string) => Readonly<Record<string, string>>>> = {
  claude: (at) => ({
    '.claude/settings.json': JSON.stringify({
      model: 'their-model',
      env: { ANTHROPIC_BASE_URL: at, ANTHROPIC_API_KEY: OLD_KEY },
    }),
  }),
  opencode: (at) => {
    const provider = {
      npm: '@ai-sdk/openai-compatible',
      options: { baseURL: at, apiKey: OLD_KEY },
      models: { m: {} },
    };
    const own = { model: 'theirs/m', provider: { theirs: provider, codemie: provider } };
    return { '.config/opencode/opencode.json': JSON.stringify(own) };
  },
  codex: (at) => ({
    '.codex/config.toml': `model_provider = "theirs"\nmodel = "their-model"\n[model_providers.theirs]\nname = "theirs"\nbase_url = "${at}"\n`,
  }),
  gemini: (at) => ({
    '.gemini/settings.json': JSON.stringify({ security: { auth: { selectedType: 'vertex-ai' } } }),
    '.gemini/.env': `GOOGLE_GEMINI_BASE_URL=${at}\nGEMINI_API_KEY=${OLD_KEY}\nHTTPS_PROXY=${at}\n`,
  }),
};

/** How each agent shows its session: the flags for it, and the pattern of the ID in its output. */
const SESSION: Readonly<Record<RealAgent['name'], { flags: string[]; id: RegExp }>> = {
  claude: { flags: ['--output-format', 'json'], id: /"session_id":"([\w-]+)"/ },
  opencode: { flags: ['--format', 'json'], id: /"sessionID":"(\w+)"/ },
  codex: { flags: [], id: /session id: ([\w-]+)/ },
  gemini: { flags: ['-o', 'json'], id: /"session_id": ?"([\w-]+)"/ },
};

let machine: Machine;
let url: string;
let controlUrl: string;
let token: string;
beforeEach(async () => {
  machine = machineWithAgents();
  ({ url, controlUrl } = await machine.sandbox('--auto-approve', 'ada'));
  token = await mintToken(controlUrl);
});
afterEach(() => machine.dispose());

function put(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(machine.folder, path)), { recursive: true });
    writeFileSync(join(machine.folder, path), text, { mode: 0o755 });
  }
}

describe.each(REAL_AGENTS)('codemie-$name', ({ name, bin, model, route, trust, shell, missing }) => {
  const env = (): Record<string, string> => ({ CODEMIE_JWT_TOKEN: token, CODEMIE_URL: url });

  it.skipIf(missing !== undefined)(
    'a task like an option, with leftover variables, proxy and settings: all goes to the platform, and tools see no token',
    async () => {
      const { address, visitors } = await elsewhere();
      const dump = join(machine.folder, 'dump.txt');
      const listing = join(machine.folder, 'listing.txt');
      const path = `${join(machine.folder, 'spy')}${delimiter}${machine.env['PATH']}`;
      // The command that the model asks the agent's shell to run. A login shell sets its own PATH first.
      put({
        'spy/sleep': `#!/bin/sh\nenv > ${dump}\n${LIST_PROCESSES} > ${listing}\n`,
        '.bash_profile': `export PATH='${path}'\n`,
        'own.json': JSON.stringify({
          permissions: { allow: ['Bash'] },
          env: { OWN_SETTING: 'kept', ANTHROPIC_BASE_URL: address },
        }),
        ...settingsOf[name](address),
      });
      const own = name === 'claude' ? ['--settings', join(machine.folder, 'own.json')] : shell;
      const child = machine.start(['--model', model, ...trust, ...own, '--task', '- take 1 s in 1 steps'], {
        bin,
        env: { ...stale(address), ...env(), PATH: path },
        input: { none: true },
      });
      const result = await machine.collect(child);
      expect([result.code, result.stdout], result.stderr).toEqual([
        0,
        expect.stringContaining('Done after 1 steps.'),
      ]);
      expect(visitors).toEqual([]);
      const calls = (await eventsOf(controlUrl)).filter(({ kind }) => kind === 'model');
      expect(calls.filter((call) => call.route !== route || call.status !== 200)).toEqual([]);
      const run = linesBelow(readFileSync(listing, 'utf8'), child.pid ?? 0).join('\n');
      expect(run).toContain(name);
      const seen = `${readFileSync(dump, 'utf8')}\n${run}`;
      expect(seen).toMatch(/^PATH=/m);
      if (name === 'claude') expect(seen).toMatch(/^OWN_SETTING=kept$/m);
      for (const part of [token, ...token.split('.').slice(1)]) expect(seen).not.toContain(part);
      expect(seen).not.toMatch(/CODEMIE_(JWT_TOKEN|API_KEY|PASSPHRASE)/);
    },
  );

  it.skipIf(missing !== undefined)(
    'piped input reaches the model; a session can be resumed by its ID, and as the latest',
    async () => {
      const { flags, id } = SESSION[name];
      const ask = (words: string[], input?: string): Promise<Result> =>
        machine.run(['--model', model, ...trust, ...words, ...flags], {
          bin,
          env: env(),
          ...(input === undefined ? {} : { input }),
        });
      const first = await ask(['--task', 'say what is piped'], 'a word on the pipe\n');
      expect([first.code, first.stdout], first.stderr).toEqual([
        0,
        expect.stringContaining('a word on the pipe'),
      ]);
      const session = id.exec(first.stdout + first.stderr)?.[1] ?? randomUUID();
      for (const resume of [['--resume', session], ['--resume']]) {
        const again = await ask([...resume, '--task', `say ${resume.length} words more`]);
        expect([again.code, again.stdout], again.stderr).toEqual([
          0,
          expect.stringContaining(`say ${resume.length} words more`),
        ]);
        expect(id.exec(again.stdout + again.stderr)?.[1]).toBe(session);
      }
    },
  );
});
