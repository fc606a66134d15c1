import { once } from 'node:events';
import { resolve } from 'node:path';
import { readPlan } from '../../platform/migrate/plan/file.ts';
import { scriptOf } from '../../platform/migrate/script.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie platform migrate sql PLAN`: what apply does, as a script for psql. */
export const run: CommandRun = async ({ args, options }, { cwd, signal, terminal }) => {
  const plan = await readPlan(resolve(cwd, args[0] ?? ''));
  let waiting = '';
  for await (const piece of scriptOf(plan, options.text('reason'))) {
    waiting += piece;
    if (waiting.length < PACKET) continue;
    terminal.print(waiting);
    waiting = '';
    // The reader of a pipe may be slower than we are.
    if (terminal.stdout.writableNeedDrain) await once(terminal.stdout, 'drain', { signal });
  }
  terminal.print(waiting);
  return 0;
};

const PACKET = 65_536;
