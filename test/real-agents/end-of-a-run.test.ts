import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { machineWithAgents, REAL_AGENTS, type RealAgent } from '../support/agents.ts';
import { descendants, isAlive, RUN_VARIABLE, startedBelow, startedByRun } from '../support/processes.ts';
import { Machine, mintToken, root } from '../support/program.ts';
import { RealTerminal } from '../support/tmux.ts';
import { missingTool } from '../support/tools.ts';

const noTmux = missingTool('tmux', ['tmux']);
/** Keeps the agent's shell busy for longer than any test. */
const TASK = 'take 120 s in 6 steps';
const TOOL = 'sleep 20';
let nextPort = 10_000 + (process.pid % 20_000);

let platform: Machine;
let url: string;
let token: string;
beforeAll(async () => {
  platform = new Machine();
  const sandbox = await platform.sandbox('--auto-approve', 'ada');
  url = sandbox.url;
  token = await mintToken(sandbox.controlUrl);
});
afterAll(() => platform.dispose());

interface Run {
  readonly machine: Machine;
  readonly port: number;
  readonly id: string;
}

/** A machine for a single run. */
function machineOfRun(): Run {
  nextPort += 1;
  const port = nextPort;
  const id = randomUUID();
  const machine = machineWithAgents({
    TERM: 'xterm-256color',
    CODEMIE_JWT_TOKEN: token,
    CODEMIE_URL: url,
    CODEMIE_PROXY_PORT: String(port),
    [RUN_VARIABLE]: id,
  });
  return { machine, port, id };
}

const words = ({ model, trust, shell }: RealAgent): string[] => [
  '--model',
  model,
  ...trust,
  ...shell,
  '--task',
  TASK,
];

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** What a run left behind: processes (whatever their parent is now), its port, and our files. */
async function leftOf({ machine, port, id }: Run, family: readonly number[] = []): Promise<unknown> {
  return {
    processes: [...new Set([...family.filter(isAlive), ...startedByRun(id)])],
    listens: await isListening(port),
    files: readdirSync(machine.folder).filter((name) => name.startsWith('codemie-')),
  };
}

const NOTHING = { processes: [], listens: false, files: [] };

interface TerminalEnd {
  readonly how: string;
  readonly end: (terminal: RealTerminal, pid: number) => void;
  /** What the user sees, if the terminal still exists. */
  readonly says?: string | RegExp;
}

const AT_A_TERMINAL: readonly TerminalEnd[] = [
  { how: 'Ctrl-C', end: (terminal) => terminal.press('C-c'), says: 'ended with 130' },
  { how: 'SIGTERM to its group', end: (_, pid) => process.kill(-pid, 'SIGTERM'), says: 'ended with 143' },
  { how: 'SIGKILL', end: (_, pid) => process.kill(pid, 'SIGKILL'), says: /Killed\s+ended with 137/ },
  { how: 'a closed window', end: (terminal) => terminal.hangUp() },
];

describe.each(REAL_AGENTS)('codemie-$name while a tool of the agent runs', (agent) => {
  it.skipIf(agent.missing !== undefined).concurrent.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGKILL', null],
  ] as const)(
    '%s ends it with %j, and nothing is left of it',
    async ([signal, code], { expect, onTestFinished }) => {
      const run = machineOfRun();
      const { machine, port } = run;
      onTestFinished(() => machine.dispose());
      const child = machine.start(words(agent), { bin: agent.bin });
      const ended = machine.collect(child);
      await startedBelow(child.pid ?? 0, TOOL);
      const family = descendants(child.pid ?? 0);
      expect(await isListening(port)).toBe(true);
      child.kill(signal);
      const left = () => leftOf(run, family);
      expect((await ended).code).toBe(code);
      // After our own death another process cleans up, so allow some time.
      if (signal === 'SIGKILL') await expect.poll(left, { timeout: 8000, interval: 100 }).toEqual(NOTHING);
      else expect(await left()).toEqual(NOTHING);
    },
  );

  // In a terminal, the agent is in our process group, so what the terminal sends reaches both.
  it.skipIf(agent.missing !== undefined || noTmux !== undefined).concurrent.for(AT_A_TERMINAL)(
    'in a terminal, $how ends it and leaves nothing behind',
    async ({ end, says }, { expect, onTestFinished }) => {
      const run = machineOfRun();
      const { machine, id } = run;
      // The shell of the terminal does not belong to the run.
      const terminal = new RealTerminal({
        work: machine.work,
        env: { ...machine.env, [RUN_VARIABLE]: undefined },
      });
      onTestFinished(async () => {
        terminal.close();
        await machine.dispose();
      });
      const program = join(root, 'bin', agent.bin);
      const line = [program, ...words(agent)].map((word) => `'${word}'`).join(' ');
      terminal.type(`${RUN_VARIABLE}=${id} node ${line}; echo "ended with $?"`);
      await startedBelow(terminal.pid, TOOL);
      const family = descendants(terminal.pid);
      end(terminal, family[0] ?? 0);
      if (says !== undefined) await terminal.shows(says);
      await expect.poll(() => leftOf(run, family), { timeout: 8000, interval: 100 }).toEqual(NOTHING);
    },
  );
});
