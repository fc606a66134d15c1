import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { machineWithAgents, REAL_AGENTS } from '../support/agents.ts';
import { BARE } from '../support/bare.ts';
import { type Machine, mintToken } from '../support/program.ts';

const TASK = 'Read the file hello.txt and report its first line';

let machine: Machine;
beforeEach(() => {
  machine = machineWithAgents();
  writeFileSync(join(machine.work, 'hello.txt'), 'an unguessable line: 5f3a\nsecond\n');
  mkdirSync(join(machine.folder, '.gemini'));
  writeFileSync(
    join(machine.folder, '.gemini', 'settings.json'),
    JSON.stringify({ security: { auth: { selectedType: 'gemini-api-key' } } }),
  );
});
afterEach(() => machine.dispose());

it.for(REAL_AGENTS)(
  'codemie-$name prints exactly what the agent prints alone, and --silent adds nothing',
  async (agent, { skip }) => {
    if (agent.missing !== undefined) skip(agent.missing);
    const { url, controlUrl } = await machine.sandbox('--auto-approve', 'ada');
    const token = await mintToken(controlUrl);
    const { argv, env } = BARE[agent.name](`${url}/code-assistant-api`, token, agent.model, TASK);
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

it.for(REAL_AGENTS)(
  '$name alone finishes a task through `codemie gateway start`, with the settings of the guide',
  async (agent, { skip }) => {
    if (agent.missing !== undefined) skip(agent.missing);
    const { url } = await machine.sandbox('--auto-approve', 'ada');
    await machine.signIn(url);
    const started = await machine.run(['gateway', 'start', '--detach', '--json']);
    const gateway = JSON.parse(started.stdout) as { readonly url: string; readonly key: string };
    const { argv, env } = BARE[agent.name](gateway.url, gateway.key, agent.model, TASK);
    const bare = spawnSync(join(agent.folder, agent.name), argv, {
      cwd: machine.work,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...machine.env, ...env, GEMINI_API_KEY_AUTH_MECHANISM: undefined } as NodeJS.ProcessEnv,
      encoding: 'utf8',
      timeout: 120_000,
    });
    await machine.run(['gateway', 'stop']);
    expect([bare.status, bare.stdout], bare.stderr).toEqual([0, expect.stringContaining('5f3a')]);
  },
);
