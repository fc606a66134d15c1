import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { machineWithAgents, REAL_AGENTS, type RealAgent } from '../support/agents.ts';
import { type Machine, mintToken } from '../support/program.ts';

const TASK = 'Read the file hello.txt and report its first line';

interface Bare {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Each agent started by hand on the platform itself. Gemini CLI also wants its way to sign in chosen in a file. */
const BARE: Readonly<Record<RealAgent['name'], (api: string, key: string, model: string) => Bare>> = {
  claude: (api, key, model) => ({
    argv: ['-p', TASK],
    env: { ANTHROPIC_BASE_URL: api, ANTHROPIC_AUTH_TOKEN: key, ANTHROPIC_MODEL: model },
  }),
  opencode: (api, key, model) => {
    const npm = '@ai-sdk/openai-compatible';
    const bare = { npm, options: { baseURL: `${api}/v1`, apiKey: key }, models: { [model]: {} } };
    const config = { model: `bare/${model}`, small_model: `bare/${model}`, provider: { bare } };
    const quiet = { OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_MODELS_FETCH: '1' };
    return { argv: ['run', TASK], env: { ...quiet, OPENCODE_CONFIG_CONTENT: JSON.stringify(config) } };
  },
  codex: (api, key, model) => ({
    argv: [
      ...['exec', '-c', 'model_provider="bare"', '-m', model, '--skip-git-repo-check', TASK],
      ...['-c', `model_providers.bare={name="bare",base_url="${api}/v1",env_key="BARE_KEY"}`],
      ...['-c', 'features.plugins=false', '-c', 'analytics.enabled=false'],
    ],
    env: { BARE_KEY: key },
  }),
  gemini: (api, key, model) => ({
    argv: ['-p', TASK],
    env: {
      ...{ GOOGLE_GEMINI_BASE_URL: api, GEMINI_API_KEY: key, GEMINI_API_KEY_AUTH_MECHANISM: 'bearer' },
      ...{ GEMINI_MODEL: model, GEMINI_CLI_TRUST_WORKSPACE: 'true' },
    },
  }),
};

let machine: Machine;
beforeEach(() => {
  machine = machineWithAgents();
  writeFileSync(join(machine.work, 'hello.txt'), 'a line nobody could guess: 5f3a\nsecond\n');
  mkdirSync(join(machine.folder, '.gemini'));
  writeFileSync(
    join(machine.folder, '.gemini', 'settings.json'),
    JSON.stringify({ security: { auth: { selectedType: 'gemini-api-key' } } }),
  );
});
afterEach(() => machine.dispose());

it.for(REAL_AGENTS)(
  'codemie-$name prints what the agent prints alone, byte for byte, and --silent nothing of ours',
  async (agent, { skip }) => {
    if (agent.missing !== undefined) skip(agent.missing);
    const { url, controlUrl } = await machine.sandbox('--auto-approve', 'ada');
    const token = await mintToken(controlUrl);
    const { argv, env } = BARE[agent.name](`${url}/code-assistant-api`, token, agent.model);
    const bare = spawnSync(join(agent.folder, agent.name), argv, {
      cwd: machine.work,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...machine.env, ...env } as NodeJS.ProcessEnv,
      encoding: 'utf8',
      timeout: 120_000,
    });
    expect([bare.status, bare.stdout], bare.stderr).toEqual([0, expect.stringContaining('5f3a')]);
    const ours = await machine.run(['--model', agent.model, ...agent.trust, '--task', TASK, '--silent'], {
      bin: agent.bin,
      env: { CODEMIE_JWT_TOKEN: token, CODEMIE_URL: url },
      input: { none: true },
    });
    expect([ours.code, ours.stdout], ours.stderr).toEqual([bare.status, bare.stdout]);
    expect(ours.stderr).not.toMatch(/^codemie/m);
  },
);
