import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startChild } from '../../src/system/process/child.ts';
import { endTree } from '../../src/system/process/end-tree.ts';
import { guardCommand, startGuard } from '../../src/system/process/guard.ts';
import { childOf, temporaryFolder } from '../support/context.ts';
import { isAlive } from '../support/processes.ts';

const CHILD = { pid: 4711, ownGroup: false, mark: 'm', folder: '' };

/** Stands in for taskkill and records its arguments. */
function taskkill(): { readonly program: string; told(): string | undefined } {
  const folder = temporaryFolder();
  const [program, note] = [join(folder, 'taskkill'), join(folder, 'told')];
  writeFileSync(program, `#!/bin/sh\necho "$*" > '${note}.new'; mv '${note}.new' '${note}'\n`);
  chmodSync(program, 0o755);
  return { program, told: () => (existsSync(note) ? readFileSync(note, 'utf8').trim() : undefined) };
}

describe('on Windows an agent ends with everything it started', () => {
  it('taskkill ends the whole tree while its root still runs; then the root is killed in any case', async () => {
    const steps: string[] = [];
    await endTree(
      4711,
      { SystemRoot: 'D:\\Windows' },
      {
        run: async (program, args) => void steps.push([program, ...args].join(' ')),
        kill: (pid) => void steps.push(`kill ${pid}`),
      },
    );
    expect(steps).toEqual(['D:\\Windows\\System32\\taskkill.exe /PID 4711 /T /F', 'kill 4711']);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
    'on %s the tree is ended before the agent gets a signal, and the run waits for that',
    async (signal) => {
      const steps: string[] = [];
      const child = startChild(
        {
          program: process.execPath,
          args: ['-e', 'setInterval(() => {}, 1000)'],
          env: childOf({}),
          cwd: temporaryFolder(),
          input: 'none',
          ownGroup: true,
        },
        {
          platform: 'win32',
          endTree: async (pid) => {
            steps.push(`running: ${isAlive(pid)}`);
            await new Promise((resolve) => setTimeout(resolve, 100));
            steps.push(`running: ${isAlive(pid)}`);
            process.kill(pid, 'SIGKILL');
          },
        },
      );
      child.signal(signal);
      await child.ended;
      await child.reap(true);
      expect(steps).toEqual(['running: true', 'running: true']);
      child.signal(signal);
      expect(steps).toHaveLength(2);
    },
  );
});

it('on Windows an error names a script that only cmd.exe can run, and nothing starts', () => {
  const folder = temporaryFolder();
  const [program, started] = [join(folder, 'agent.cmd'), join(folder, 'started')];
  writeFileSync(program, `#!/bin/sh\ntouch '${started}'\n`);
  chmodSync(program, 0o755);
  const options = {
    program,
    args: ['say & hello'],
    env: childOf({}),
    cwd: folder,
    input: 'none',
    ownGroup: true,
  } as const;
  const machine = { platform: 'win32', endTree: async () => undefined } as const;
  expect(() => startChild(options, machine)).toThrow(
    expect.objectContaining({ code: 'SHIM_UNKNOWN', message: expect.stringContaining(program) }),
  );
  expect(existsSync(started)).toBe(false);
});

describe('on Windows an agent ends when its launcher is killed', () => {
  it('through a separate Node process that waits for the end of a pipe', () => {
    const { program, args, env } = guardCommand(CHILD, 'win32', { SystemRoot: 'D:\\Windows', SECRET: 's' });
    expect(program).toBe(process.execPath);
    expect(args.slice(2)).toEqual(['D:\\Windows\\System32\\taskkill.exe', '4711', '']);
    expect(env).toEqual({ SystemRoot: 'D:\\Windows' });
  });

  it('which ends the tree and removes the run folder', async () => {
    const folder = join(temporaryFolder(), 'run');
    mkdirSync(join(folder, 'plugin'), { recursive: true });
    const { program: stub, told } = taskkill();
    const { program, args, env } = guardCommand({ ...CHILD, folder }, 'win32', {});
    const guard = spawn(
      program,
      args.map((word) => (word.endsWith('taskkill.exe') ? stub : word)),
      {
        env,
        stdio: ['pipe', 'ignore', 'ignore'],
      },
    );
    onTestFinished(() => void guard.kill('SIGKILL'));
    await once(guard, 'spawn');
    expect(told()).toBeUndefined();
    guard.stdin.end();
    await once(guard, 'exit');
    expect(told()).toBe('/PID 4711 /T /F');
    expect(existsSync(folder)).toBe(false);
  });

  it('which exits without doing anything once the agent has ended', async () => {
    const folder = temporaryFolder();
    const relieve = startGuard({ ...CHILD, folder }, 'win32');
    await relieve();
    expect(existsSync(folder)).toBe(true);
  });
});
