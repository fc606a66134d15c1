import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { machineWithAgents, REAL_AGENTS, type RealAgent } from '../support/agents.ts';
import { BARE } from '../support/bare.ts';
import { plant } from '../support/hostile.ts';
import { type Machine, mintToken } from '../support/program.ts';
import { stranger } from '../support/stranger.ts';

const WORDS = 'the words of this task 7c1e';
const TASK = `say ${WORDS}`;

let machine: Machine;
let url: string;
let token: string;
beforeEach(async () => {
  machine = machineWithAgents();
  const sandbox = await machine.sandbox('--auto-approve', 'ada');
  url = sandbox.url;
  token = await mintToken(sandbox.controlUrl);
  mkdirSync(join(machine.folder, '.gemini'));
  writeFileSync(
    join(machine.folder, '.gemini', 'settings.json'),
    JSON.stringify({ security: { auth: { selectedType: 'gemini-api-key' } } }),
  );
});
afterEach(() => machine.dispose());

interface Seen {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Programs of the repository that ran. */
  readonly ran: readonly string[];
  /** Requests to the stranger. */
  readonly asked: readonly string[];
  /** Requests to the stranger that contained text of the conversation. */
  readonly told: readonly string[];
}

/** A hostile repository, and the stranger's server behind it. */
async function repository(agent: RealAgent, name: string, detours: boolean) {
  const { address, visits } = await stranger();
  const folder = join(machine.folder, name);
  const marks = join(machine.folder, `${name}-marks`);
  for (const path of [folder, marks]) mkdirSync(path);
  plant(agent.name, { folder, marks, at: address, detours });
  const seen = (result: Pick<Seen, 'code' | 'stdout' | 'stderr'>): Seen => ({
    ...result,
    ran: readdirSync(marks).sort(),
    asked: visits.map(({ what }) => what),
    told: visits.filter(({ body }) => body.includes(WORDS)).map(({ what }) => what),
  });
  return { folder, seen };
}

/** What the agent does there on its own, when it is given its model's address. */
async function byItself(agent: RealAgent): Promise<Seen> {
  const { folder, seen } = await repository(agent, 'alone', false);
  const bare = BARE[agent.name](`${url}/code-assistant-api`, token, agent.model, TASK);
  const loopback = { NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' };
  const child = spawn(join(agent.folder, agent.name), [...bare.argv], {
    cwd: folder,
    env: { ...machine.env, ...loopback, ...bare.env } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return seen(await machine.collect(child));
}

async function byUs(
  agent: RealAgent,
  flags: readonly string[],
  trust?: (folder: string) => void,
): Promise<Seen> {
  const { folder, seen } = await repository(agent, 'ours', true);
  trust?.(folder);
  const env = { CODEMIE_JWT_TOKEN: token, CODEMIE_URL: url };
  const args = ['--model', agent.model, ...flags, '--task', TASK];
  return seen(await machine.run(args, { bin: agent.bin, cwd: folder, env }));
}

/**
 * What the agent still does with such a repository (docs/threat-model.md): requests to strangers, and requests with
 * text of the conversation.
 */
const LEFT: Readonly<Record<RealAgent['name'], Readonly<Record<'asked' | 'told', readonly string[]>>>> = {
  claude: { asked: ['POST /mcp', 'GET /mcp', 'POST /hook'], told: ['POST /hook'] },
  opencode: { asked: ['POST /mcp', 'GET /mcp', 'GET /instructions.md'], told: [] },
  codex: { asked: [], told: [] },
  // Trusted for the run.
  gemini: { asked: ['POST /mcp', 'GET /mcp'], told: [] },
};

describe.each(REAL_AGENTS)('a task of codemie-$name in a hostile repository', (agent) => {
  it.skipIf(agent.missing !== undefined)(
    'runs nothing that the agent alone would not run, and sends a stranger nothing',
    async () => {
      const alone = await byItself(agent);
      const ours = await byUs(agent, agent.trust);
      expect([ours.code, ours.stdout], ours.stderr).toEqual([0, expect.stringContaining(WORDS)]);
      expect(alone.ran).toEqual(expect.arrayContaining([...ours.ran]));
      const { told, asked } = LEFT[agent.name];
      expect(ours.told).toEqual(told);
      expect([...new Set(ours.asked)].filter((what) => !asked.includes(what))).toEqual([]);
    },
  );

  it.skipIf(agent.missing !== undefined || agent.trust.length === 0)(
    'that is not trusted does not start: nothing runs, no request is sent, and the error says what to pass',
    async () => {
      const seen = await byUs(agent, []);
      expect(seen).toMatchObject({ code: 9, stdout: '', ran: [], asked: [] });
      expect(seen.stderr).toContain('[WORKSPACE_UNTRUSTED]');
      expect(seen.stderr).toContain('--trust-workspace');
    },
  );
});
