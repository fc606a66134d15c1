import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PlanFile } from '../../src/platform/migrate/plan/file.ts';
import { temporaryFolder } from './context.ts';
import type { TestDatabase } from './postgres-server.ts';
import { root } from './program.ts';

export interface StartedApply {
  /** How long it took until the first rows were written, or it was found that all are there, ms. */
  readonly started: Promise<number>;
  /** Resolves with the exit code 0; rejects with what the program said. */
  readonly done: Promise<void>;
  /** Kills the program without a warning, unless it has ended. */
  killAt(ms: number): Promise<void>;
}

/** Runs `codemie platform migrate apply` as a program of its own, as a person would. */
export function startApply(database: TestDatabase, plan: PlanFile, flags: readonly string[]): StartedApply {
  const folder = temporaryFolder();
  const began = performance.now();
  const args = ['platform', 'migrate', 'apply', plan.path, '--yes', '--reason', 'KILL-1', ...flags];
  const child = spawn(process.execPath, [join(root, 'bin', 'codemie.js'), ...args], {
    env: { PATH: process.env['PATH'], HOME: folder, DATABASE_URL: database.url },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  let said = '';
  const started = new Promise<number>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      if (/^(Wrote|This plan was applied)/m.test(said)) resolve(performance.now() - began);
    });
    void ended.then(() => reject(new Error(`apply ended before it wrote anything: ${said}`)));
  });
  const done = ended.then(([code]) => {
    if (code !== 0) throw new Error(`apply ended with ${code}: ${said}`);
  });
  // A killed run is not waited for.
  for (const promise of [started, done]) promise.catch(() => undefined);
  return {
    started,
    done,
    killAt: async (ms) => {
      await Promise.race([delay(ms), ended]);
      child.kill('SIGKILL');
      await ended;
    },
  };
}
