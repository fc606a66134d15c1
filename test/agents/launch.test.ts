import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Launch, SETTINGS_FILE } from '../../src/agents/adapters/adapter.ts';
import { launchAgent } from '../../src/agents/launch.ts';
import { parseTimeout } from '../../src/system/duration.ts';
import { interrupted } from '../../src/system/errors.ts';
import type { StopSignal } from '../../src/system/process/child.ts';
import { childOf, temporaryFolder, testContext } from '../support/context.ts';
import { isAlive } from '../support/processes.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv('TMPDIR', folder);
  return () => vi.unstubAllEnvs();
});

interface Running {
  readonly ended: Promise<number>;
  /** Sends the launcher a stop signal. */
  tell(signal: StopSignal): void;
}

/** Launches a Node script as the agent. The script must write the file `up` once its signal handlers are in place. */
async function launch(
  source: string,
  options: { tty?: boolean; unattended?: boolean; timeoutMs?: number } = {},
): Promise<Running> {
  const program = join(folder, 'agent');
  writeFileSync(program, `#!${process.execPath}\n${source}\nrequire('node:fs').writeFileSync('up', '');`);
  chmodSync(program, 0o755);
  let listener: ((signal: StopSignal) => void) | undefined;
  const context = testContext({
    tty: options.tty ?? false,
    override: {
      cwd: folder,
      takeSignals: (taken) => {
        listener = taken;
        return () => {
          listener = undefined;
        };
      },
    },
  });
  const what: Launch = {
    argv: ['--settings', SETTINGS_FILE],
    env: {},
    settings: { env: { KEY: 'of this run' } },
    unattended: options.unattended ?? true,
  };
  const ended = launchAgent(context, {
    program,
    launch: what,
    env: childOf({ PATH: process.env['PATH'] }),
    noInput: false,
    timeoutMs: options.timeoutMs,
    silent: false,
  });
  ended.catch(() => undefined);
  for (let i = 0; i < 400 && !existsSync(join(folder, 'up')); i += 1) await sleep(10);
  return { ended, tell: (signal) => listener?.(signal) };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const leftovers = (): string[] => readdirSync(folder).filter((name) => /^codemie-(?!test-)/.test(name));

describe('before anything runs', () => {
  it('a stop signal prevents the start, and nothing is written', async () => {
    const context = testContext();
    context.stop(interrupted('SIGTERM'));
    const launch = { argv: [], env: {}, settings: {}, unattended: true };
    const options = {
      program: '/bin/true',
      launch,
      env: childOf({}),
      noInput: false,
      timeoutMs: undefined,
      silent: false,
    };
    await expect(launchAgent(context, options)).rejects.toMatchObject({
      code: 'TERMINATED',
      exit: 'sigterm',
    });
    expect(leftovers()).toEqual([]);
  });

  it.each([
    ['missing', '/nowhere/claude', {}],
    ['refused by the system', '/bin/true', { HUGE: 'x'.repeat(4_000_000) }],
  ])(
    'a program that is %s gives one clear error, and the settings file is removed',
    async (_name, program, env) => {
      const launch = { argv: [SETTINGS_FILE], env: {}, settings: { env: { KEY: 'k' } }, unattended: true };
      const options = {
        program,
        launch,
        env: childOf(env),
        noInput: false,
        timeoutMs: undefined,
        silent: false,
      };
      await expect(launchAgent(testContext(), options)).rejects.toMatchObject({
        code: 'AGENT_FAILED',
        exit: 'failed',
      });
      expect(leftovers()).toEqual([]);
    },
  );
});

/** An agent whose tool runs in its own session, as in most agents. */
const withTool = (rest: string): string =>
  `const tool = require('node:child_process').spawn('/bin/sleep', ['60'], { detached: true, stdio: 'ignore' });
  tool.unref(); require('node:fs').writeFileSync('tool', String(tool.pid)); ${rest}`;
const toolOf = (): number => Number(readFileSync(join(folder, 'tool'), 'utf8'));

describe('tools in sessions of their own', () => {
  it.each([
    ['SIGTERM', false],
    ['SIGINT', false],
    ['SIGTERM', true],
  ] as const)('end with the run at %s (at a terminal: %s)', async (signal, tty) => {
    const agent = await launch(withTool('setInterval(() => {}, 1000);'), { tty, unattended: !tty });
    expect(isAlive(toolOf())).toBe(true);
    agent.tell(signal);
    await expect(agent.ended).rejects.toMatchObject({
      code: signal === 'SIGINT' ? 'INTERRUPTED' : 'TERMINATED',
    });
    expect(isAlive(toolOf())).toBe(false);
  });

  it('stop with a task, and keep running after a conversation ends normally', async () => {
    expect(await (await launch(withTool('setTimeout(() => process.exit(0), 300);'))).ended).toBe(0);
    expect(isAlive(toolOf())).toBe(false);
    const talk = await launch(withTool('setTimeout(() => process.exit(0), 300);'), {
      tty: true,
      unattended: false,
    });
    expect(await talk.ended).toBe(0);
    expect(isAlive(toolOf())).toBe(true);
    process.kill(toolOf());
  });
});

describe('tools that do not carry the mark of the run', () => {
  afterEach(() => {
    if (isAlive(toolOf())) process.kill(toolOf(), 'SIGKILL');
  });

  /** No environment, its own session, ignores SIGTERM: like a program whose environment cannot be read. */
  const unmarked = (rest: string): string =>
    `const tool = require('node:child_process').spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); require('node:fs').writeFileSync('tool', String(process.pid)); setInterval(() => {}, 1000)"], { detached: true, stdio: 'ignore', env: {} });
    tool.unref(); while (!require('node:fs').existsSync('tool')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20); ${rest}`;

  it.each([true, false])(
    'stop with the run, even if the agent exited first (at a terminal: %s)',
    async (tty) => {
      const agent = await launch(
        unmarked(`process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000);`),
        { tty },
      );
      expect(isAlive(toolOf())).toBe(true);
      agent.tell('SIGTERM');
      await expect(agent.ended).rejects.toMatchObject({ exit: 'sigterm' });
      expect(isAlive(toolOf())).toBe(false);
    },
  );

  it('stop with a task that ends by itself after running for a while', async () => {
    const agent = await launch(unmarked('setTimeout(() => process.exit(0), 4000);'));
    expect(await agent.ended).toBe(0);
    expect(isAlive(toolOf())).toBe(false);
  });
});

it('a time limit of weeks does not fire early', async () => {
  const agent = await launch(`setTimeout(() => process.exit(4), 300);`, {
    timeoutMs: parseTimeout('24d', '--timeout'),
  });
  expect(await agent.ended).toBe(4);
});

describe('at a terminal', () => {
  const swallows = (...signals: string[]): string =>
    `${signals.map((name) => `process.on('${name}', () => require('node:fs').appendFileSync('heard', '${name} '));`).join('\n')}
    setInterval(() => {}, 1000);`;

  it('Ctrl-C in a conversation goes to the agent once, and the agent’s exit code counts', async () => {
    const agent = await launch(
      `${swallows('SIGINT')} setInterval(() => { if (require('node:fs').existsSync('go')) process.exit(3); }, 20);`,
      { tty: true, unattended: false },
    );
    agent.tell('SIGINT');
    agent.tell('SIGINT');
    agent.tell('SIGINT');
    await sleep(200);
    expect(existsSync(join(folder, 'heard'))).toBe(false);
    writeFileSync(join(folder, 'go'), '');
    expect(await agent.ended).toBe(3);
    expect(leftovers()).toEqual([]);
  });

  it('Ctrl-C during a task decides the exit code; a second Ctrl-C kills an agent that ignores it', async () => {
    const agent = await launch(swallows('SIGINT', 'SIGTERM'), { tty: true });
    agent.tell('SIGINT');
    await sleep(100);
    expect(existsSync(join(folder, 'heard'))).toBe(false);
    agent.tell('SIGINT');
    await expect(agent.ended).rejects.toMatchObject({ code: 'INTERRUPTED', exit: 'sigint' });
    expect(leftovers()).toEqual([]);
  });

  it('SIGTERM is forwarded in a conversation too, and decides the exit code', async () => {
    const agent = await launch(
      `process.on('SIGTERM', () => setTimeout(() => process.exit(0), 200)); setInterval(() => {}, 1000);`,
      { tty: true, unattended: false },
    );
    agent.tell('SIGTERM');
    agent.tell('SIGINT');
    await expect(agent.ended).rejects.toMatchObject({ exit: 'sigterm' });
  });
});

describe('without a terminal', () => {
  it('a second signal kills an agent that ignores the first, with everything it started', async () => {
    const source = `
      process.on('SIGTERM', () => {});
      const tool = require('node:child_process').spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"], { stdio: 'ignore' });
      require('node:fs').writeFileSync('tool', String(tool.pid));
      setInterval(() => {}, 1000);`;
    const agent = await launch(source);
    const tool = Number(readFileSync(join(folder, 'tool'), 'utf8'));
    agent.tell('SIGTERM');
    agent.tell('SIGTERM');
    await expect(agent.ended).rejects.toMatchObject({ exit: 'sigterm' });
    expect(isAlive(tool)).toBe(false);
    expect(leftovers()).toEqual([]);
  });

  it('a time limit stops everything the agent started', async () => {
    const agent = await launch('setInterval(() => {}, 1000);', { timeoutMs: 300 });
    await expect(agent.ended).rejects.toMatchObject({ code: 'AGENT_TIMEOUT' });
    expect(leftovers()).toEqual([]);
  });
});

it('every exit code from 0 to 255 is passed on unchanged', async () => {
  const program = join(folder, 'agent');
  writeFileSync(program, '#!/bin/sh\nexit "$1"\n');
  chmodSync(program, 0o755);
  const context = testContext({ override: { cwd: folder } });
  const codes = Array.from({ length: 256 }, (_, code) => code);
  const seen: number[] = [];
  for (let at = 0; at < codes.length; at += 16) {
    const some = codes.slice(at, at + 16).map((code) =>
      launchAgent(context, {
        program,
        launch: { argv: [String(code)], env: {}, unattended: true },
        env: childOf({ PATH: process.env['PATH'] }),
        noInput: true,
        timeoutMs: undefined,
        silent: false,
      }),
    );
    seen.push(...(await Promise.all(some)));
  }
  expect(seen).toEqual(codes);
  expect(readdirSync(folder).filter((name) => /^codemie-\d+-\w{6}$/.test(name))).toEqual([]);
}, 60_000);
