import { createReadStream } from 'node:fs';
import { lockTransaction } from '../../../postgres/advisory-lock.ts';
import { DatabaseError } from '../../../postgres/errors.ts';
import type { Session } from '../../../postgres/session.ts';
import { CodemieError } from '../../../system/errors.ts';
import { printable } from '../../../system/printable.ts';
import { type Fingerprint, fingerprintOf, PART_SIZE, TOUCHED_TABLES } from '../fingerprint.ts';
import { linesWritten, type PlanFile, planKey } from '../plan/file.ts';
import { requireToApply } from '../privileges.ts';
import { columnsOf, type Target, targetOf } from '../target.ts';
import { COPY_PLAN, FILL_TOUCHED, PLAN_LINE_TABLE, UNFOLD } from './load.ts';
import {
  beginRun,
  endRun,
  ownTableStatements,
  partOf,
  type RunFacts,
  unfulfilled,
  writeStatements,
} from './write.ts';

export interface ApplyOptions {
  readonly reason: string | undefined;
  /** People work in the platform: many short transactions instead of one. */
  readonly online: boolean;
  /** How long to wait for rows that another session holds, ms. */
  readonly lockMs: number;
}

export interface Applied {
  /** `already`: the plan was applied before. `empty`: it has nothing to write. */
  readonly outcome: 'written' | 'already' | 'empty';
  /** Parts that an earlier, unfinished run had written. */
  readonly resumed: number;
}

/** Called as lines are written. */
export type OnWritten = (done: number, total: number) => void;

/** Up to this many users are written in one transaction: all of them, or none. */
const ONE_TRANSACTION = 200_000;

/** Lines per round of statements in one transaction: enough for speed, few enough to see progress. */
const ROUND = 10_000;

/**
 * Writes a plan. The lock of the migration must be held. Nothing is written unless the database is as the plan saw it;
 * and at the end nothing of the plan may be missing.
 *
 * After a killed run, the same plan goes on: what one transaction wrote is there or not, and the journal, which is
 * written with it, says which.
 *
 * @throws PLAN_STALE (1) if the database changed since the plan was made; DATABASE_DENIED (6).
 */
export async function applyPlan(
  session: Session,
  plan: PlanFile,
  { reason, online, lockMs }: ApplyOptions,
  onWritten: OnWritten,
): Promise<Applied> {
  const { schema, columns } = plan.header.target;
  if (JSON.stringify(await columnsOf(session, schema)) !== JSON.stringify(columns))
    throw stale(plan, 'the tables have other columns than when the plan was made');
  const target = targetOf(schema, columns);
  const facts: RunFacts = { plan, reason };
  const { counts } = plan.end;
  const limits = { lockMs, statementMs: 0 };
  if (linesWritten(counts) === 0) return { outcome: 'empty', resumed: 0 };
  await requireToApply(session, target);
  if (await isDone(session, target, plan)) return { outcome: 'already', resumed: 0 };
  await load(session, plan.path);
  const inOne = !online && counts.create <= ONE_TRANSACTION;
  const total = linesWritten(counts);
  const transaction = <T>(work: () => Promise<T>): Promise<T> =>
    session.transaction(async () => {
      await lockTransaction(session);
      return work();
    }, limits);
  const begin = async (): Promise<ReadonlySet<number>> => {
    for (const statement of [...ownTableStatements(target), beginRun(target, facts)])
      await session.run(statement);
    const done = await partsDone(session, target, plan);
    requireFresh(plan, await fingerprintOf(session, target), done);
    return done;
  };
  const write = async (first: number, last: number): Promise<void> => {
    for (const statement of writeStatements(target, facts, first, last)) await session.run(statement);
    onWritten(last, total);
  };
  const end = async (): Promise<void> => {
    await requireFulfilled(session, target, plan);
    for (const statement of endRun(target, facts)) await session.run(statement);
  };
  try {
    if (inOne) {
      return await transaction(async () => {
        const done = await begin();
        for (const [first, last] of rounds(total, ROUND, done)) await write(first, last);
        await end();
        return { outcome: 'written', resumed: done.size };
      });
    }
    const done = await transaction(begin);
    for (const [first, last] of rounds(total, PART_SIZE, done)) await transaction(() => write(first, last));
    await transaction(end);
    return { outcome: 'written', resumed: done.size };
  } catch (error) {
    throw error instanceof DatabaseError ? overtaken(plan, error) : error;
  }
}

/** @returns the first and last line of each round, without parts that are done. */
function* rounds(
  total: number,
  size: number,
  done: ReadonlySet<number>,
): Generator<readonly [number, number]> {
  if (done.size === 0) {
    for (let first = 1; first <= total; first += size) yield [first, Math.min(first + size - 1, total)];
    return;
  }
  for (let first = 1; first <= total; first += PART_SIZE)
    if (!done.has(partOf(first))) yield [first, Math.min(first + PART_SIZE - 1, total)];
}

async function load(session: Session, path: string): Promise<void> {
  for (const statement of [PLAN_LINE_TABLE, ...TOUCHED_TABLES]) await session.run(statement);
  await session.copyIn(COPY_PLAN, createReadStream(path, { highWaterMark: 1 << 16 }));
  for (const statement of [...UNFOLD, 'DROP TABLE plan_line', ...FILL_TOUCHED]) await session.run(statement);
}

async function isDone(session: Session, { own }: Target, plan: PlanFile): Promise<boolean> {
  const [found] = await session.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [
    own.runs,
  ]);
  if (found?.found !== true) return false;
  const rows = await session.query(`SELECT FROM ${own.runs} WHERE plan = $1 AND is_done`, [planKey(plan)]);
  return rows.length > 0;
}

async function partsDone(session: Session, { own }: Target, plan: PlanFile): Promise<ReadonlySet<number>> {
  const rows = await session.query<{ part: number }>(`SELECT part FROM ${own.parts} WHERE plan = $1`, [
    planKey(plan),
  ]);
  return new Set(rows.map(({ part }) => part));
}

/** What an earlier run of the same plan wrote is left out of the comparison. */
function requireFresh(plan: PlanFile, found: Fingerprint, done: ReadonlySet<number>): void {
  const { fingerprint } = plan.header.target;
  const open = (parts: Fingerprint['parts']): string =>
    JSON.stringify(Object.entries(parts).filter(([part]) => !done.has(Number(part))));
  if (found.projects !== fingerprint.projects || open(found.parts) !== open(fingerprint.parts))
    throw stale(plan, 'users or projects of the plan changed in the database since it was made');
}

async function requireFulfilled(session: Session, target: Target, plan: PlanFile): Promise<void> {
  const [row] = await session.query<{ count: string }>(unfulfilled(target));
  if (row?.count !== '0')
    throw stale(plan, `${row?.count} rows of the plan are not in the database after the write`);
}

/** Another session may have written after the comparison. A row may also break a rule that the plan does not know of. */
function overtaken(plan: PlanFile, error: DatabaseError): CodemieError {
  switch (error.sqlState) {
    case '23505': {
      const by = printable(error.constraint ?? 'a unique index');
      return stale(plan, `the database already has a row like one of the plan (${by})`, error);
    }
    // A serialization failure, a deadlock.
    case '40001':
    case '40P01':
      return stale(plan, 'somebody wrote the same rows at the same time', error);
    default:
      return error;
  }
}

function stale(plan: PlanFile, why: string, cause?: unknown): CodemieError {
  return new CodemieError({
    code: 'PLAN_STALE',
    message: `The plan ${plan.path} is stale: ${why}.`,
    hint: 'Make a new plan and look at it. What an earlier run of this plan wrote stays.',
    fix: 'codemie platform migrate plan',
    cause,
  });
}
