import { resolve } from 'node:path';
import type { Context } from '../../context.ts';
import { leftToDo, leftToDoLines } from '../../platform/migrate/after.ts';
import { applyPlan } from '../../platform/migrate/apply/apply.ts';
import { pace } from '../../platform/migrate/apply/pace.ts';
import { type PlanFile, readPlan } from '../../platform/migrate/plan/file.ts';
import { withImportLock } from '../../postgres/advisory-lock.ts';
import { elapsedMs } from '../../system/clock.ts';
import { counted } from '../../system/counted.ts';
import { parseWait } from '../../system/duration.ts';
import { CodemieError, cancelled } from '../../system/errors.ts';
import { withProgress } from '../../terminal/with-progress.ts';
import type { CommandInput, CommandRun } from '../spec.ts';
import { openDatabase } from './database.ts';

/** `codemie platform migrate apply PLAN`: writes what a plan says, and proves that it is there. */
export const run: CommandRun = async (input, context) => {
  const { terminal } = context;
  const { args, options } = input;
  const plan = await readPlan(resolve(context.cwd, args[0] ?? ''));
  const { counts, hash } = plan.end;
  requireDecided(plan, options.on('skip-conflicts'));
  const waitMs = parseWait(options.text('lock-timeout') ?? '10s', '--lock-timeout');
  const what = whatIn(counts);
  const session = await openDatabase(options, context);
  try {
    await confirm(input, context, `Write ${what} to ${session.name}?`);
    const began = elapsedMs();
    const { outcome, resumed } = await withProgress(
      terminal,
      `Applying plan ${hash.slice(0, 12)}`,
      (progress) =>
        withImportLock(session, { clock: context.clock, signal: context.signal, waitMs }, () =>
          applyPlan(
            session,
            plan,
            { reason: options.text('reason'), online: options.on('online'), lockMs: Math.max(1, waitMs) },
            pace((text) => progress.update(text), elapsedMs),
          ),
        ),
    );
    const seconds = Math.round((elapsedMs() - began) / 100) / 10;
    if (options.on('json'))
      terminal.print(
        JSON.stringify({
          schemaVersion: 1,
          hash,
          outcome,
          resumed: resumed > 0,
          counts,
          verified: true,
          seconds,
        }),
      );
    else
      terminal.success(
        outcome === 'written'
          ? `${resumed > 0 ? 'Went on with an unfinished apply. ' : ''}Wrote ${what} in ${seconds} s. The database has everything that the plan says.`
          : NOTHING_WRITTEN[outcome],
      );
    if (outcome === 'written' && !options.on('json'))
      for (const line of leftToDoLines(await leftToDo(session, plan.header.target.schema)))
        terminal.say(`- ${line}`);
    return 0;
  } finally {
    await session.close();
  }
};

const NOTHING_WRITTEN = {
  already: 'This plan was applied before. Nothing was written.',
  empty: 'The plan has nothing to write.',
} as const;

function whatIn({ create, update, memberships, projects }: PlanFile['end']['counts']): string {
  const parts = [
    ...(create > 0 || update === 0 ? [counted(create, 'user')] : []),
    ...(update > 0 ? [`changes of ${counted(update, 'user')}`] : []),
    counted(memberships, 'membership'),
    counted(projects, 'project'),
  ];
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

async function confirm({ options }: CommandInput, { terminal }: Context, message: string): Promise<void> {
  if (options.on('yes')) return;
  const prompts = await terminal.prompts();
  if (!(await prompts.confirm({ flag: '--yes', message }))) throw cancelled();
}

function requireDecided({ path, end }: PlanFile, skips: boolean): void {
  const { conflict } = end.counts;
  if (conflict === 0 || skips) return;
  throw new CodemieError({
    code: 'PLAN_CONFLICTS',
    message: `The plan ${path} has ${counted(conflict, 'conflict')}. Nothing was written.`,
    hint: 'Decide about them in a file of rules and plan again with --rules, or leave these users out with --skip-conflicts.',
  });
}
