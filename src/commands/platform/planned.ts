import { resolve } from 'node:path';
import type { Context } from '../../context.ts';
import { type Planning, type PlanOptions, withPlan } from '../../platform/migrate/plan/plan.ts';
import { NO_RULES } from '../../platform/migrate/plan/rules.ts';
import { readRules } from '../../platform/migrate/plan/rules-file.ts';
import { openSource } from '../../platform/users/open.ts';
import type { UserSource } from '../../platform/users/source.ts';
import type { Session } from '../../postgres/session.ts';
import { usageError } from '../../system/errors.ts';
import { withProgress } from '../../terminal/with-progress.ts';
import { sourceSettings } from '../source-settings.ts';
import type { CommandInput, OptionValues } from '../spec.ts';
import { openDatabase } from './database.ts';

/** Compares source and database, and hands the plan on while it can still be written to a file. */
export async function planned<T>(
  { options }: CommandInput,
  context: Context,
  use: (planning: Planning, session: Session, source: UserSource) => Promise<T>,
): Promise<T> {
  const all = planOptions(options, context);
  const source = await openSource(sourceSettings(options, context), context);
  const session = await openDatabase(options, context);
  try {
    return await withProgress(context.terminal, `Reading users of ${source.place}`, (progress) =>
      withPlan(
        session,
        source,
        all,
        `codemie ${CODEMIE_VERSION}`,
        (text) => progress.update(text),
        (planning) => use(planning, session, source),
      ),
    );
  } finally {
    await session.close();
  }
}

function planOptions(options: OptionValues, { env, cwd }: Context): PlanOptions {
  const rules = options.text('rules');
  return {
    schema: options.text('schema') ?? 'codemie',
    policy: options.text('policy') === 'merge' ? 'merge' : 'create-only',
    limit: limitIn(options.text('limit') ?? env['USER_PROJECT_LIMIT'] ?? ''),
    personalProjects: options.on('personal-projects'),
    rules: rules === undefined ? NO_RULES : readRules(resolve(cwd, rules)),
  };
}

/** What the platform stores: a column of 32 bits that refuses negative numbers. */
function limitIn(text: string): number {
  if (text.trim() === '') return 3;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 0 && limit < 2 ** 31) return limit;
  throw usageError('The limit of projects must be a whole number, 0 or more.', {
    hint: 'Pass --limit with the number that USER_PROJECT_LIMIT of the platform has.',
  });
}
