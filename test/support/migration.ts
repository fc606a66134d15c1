import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { type Applied, type ApplyOptions, applyPlan } from '../../src/platform/migrate/apply/apply.ts';
import { type PlanFile, planLines } from '../../src/platform/migrate/plan/file.ts';
import {
  type PlanLine,
  type PlanOptions,
  type PlanSummary,
  withPlan,
} from '../../src/platform/migrate/plan/plan.ts';
import { NO_RULES } from '../../src/platform/migrate/plan/rules.ts';
import { type Reference, referencesTo } from '../../src/platform/migrate/reverse.ts';
import type { SourceRow } from '../../src/platform/users/user.ts';
import { withImportLock } from '../../src/postgres/advisory-lock.ts';
import { temporaryFolder, testContext } from './context.ts';
import { sourceOf } from './generated-source.ts';
import type { TestDatabase } from './postgres-server.ts';

export interface MadePlan {
  readonly plan: PlanFile;
  readonly summary: PlanSummary;
  readonly references: readonly Reference[];
  readonly lines: readonly PlanLine[];
}

export const MADE_AT = '2026-11-27 06:00:00.000001';

/** Plans these rows for a database, as `codemie platform migrate plan` does. */
export async function planFor(
  database: TestDatabase,
  rows: Iterable<SourceRow>,
  options: Partial<PlanOptions> & { readonly madeAt?: string } = {},
): Promise<MadePlan> {
  const session = await database.session();
  const path = join(temporaryFolder(), 'plan.jsonl');
  const all = {
    schema: 'codemie',
    policy: 'create-only' as const,
    limit: 3,
    personalProjects: false,
    rules: NO_RULES,
    ...options,
  };
  const made = await withPlan(
    session,
    sourceOf(() => rows),
    all,
    'codemie 1.0.0-test',
    () => undefined,
    async (planning) => ({
      plan: await planning.write(path, options.madeAt ?? MADE_AT),
      summary: planning.summary,
    }),
  );
  const references = await referencesTo(session, 'codemie');
  await session.close();
  return { ...made, references, lines: await linesOf(path) };
}

export async function linesOf(path: string): Promise<readonly PlanLine[]> {
  const lines: PlanLine[] = [];
  for await (const line of planLines(path)) lines.push(JSON.parse(line) as PlanLine);
  return lines;
}

/** @returns the lines of one kind, without their numbers. */
export function linesThat(made: MadePlan, what: string): readonly Omit<PlanLine, 'do'>[] {
  return made.lines.filter((line) => line.do === what).map(({ do: _do, n: _n, ...line }) => line);
}

export async function apply(
  database: TestDatabase,
  plan: PlanFile,
  options: Partial<ApplyOptions> = {},
): Promise<Applied> {
  const session = await database.session();
  try {
    return await withImportLock(session, testContext(), () =>
      applyPlan(
        session,
        plan,
        { reason: undefined, online: false, lockMs: 2000, ...options },
        () => undefined,
      ),
    );
  } finally {
    await session.close();
  }
}

/** Debian's psql, where it is. The build of npm has none. */
const PSQL = '/usr/lib/postgresql/15/bin/psql';

/** Ways to run a script: psql where it is installed, and what it does with the few commands that ours use. */
export const SCRIPT_RUNNERS: Readonly<
  Record<string, (database: TestDatabase, script: string) => Promise<string>>
> = {
  ...(existsSync(PSQL) ? { psql: withPsql } : {}),
  'the same statements': withDriver,
};

/** @returns what psql printed; throws what it said if it failed. */
async function withPsql({ url }: TestDatabase, script: string): Promise<string> {
  const path = join(temporaryFolder(), 'script.sql');
  writeFileSync(path, script);
  const result = spawnSync(PSQL, ['--no-psqlrc', `--file=${path}`, url], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(result.stderr);
  return result.stdout;
}

async function withDriver({ url }: TestDatabase, script: string): Promise<string> {
  const { from } = await import('pg-copy-streams');
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const [, before = script, copy, rows, after] =
      /^([\s\S]*?)^(COPY .*);\n([\s\S]*?)^\\\.\n([\s\S]*)$/m.exec(script) ?? [];
    const result = await client.query(before.replaceAll(/^\\set .*$/gm, ''));
    if (copy === undefined) return JSON.stringify([result].flat().at(-2)?.rows);
    await new Promise((resolve, reject) => {
      const stream = client.query(from(copy));
      stream.on('finish', resolve).on('error', reject);
      stream.end(rows);
    });
    await client.query(after ?? '');
    return '';
  } finally {
    await client.end();
  }
}

export async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}
