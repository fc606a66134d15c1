import { IMPORT_LOCK } from '../../postgres/advisory-lock.ts';
import { quoteLiteral } from '../../postgres/script.ts';
import { counted } from '../../system/counted.ts';
import { FILL_TOUCHED, PLAN_LINE_TABLE, UNFOLD } from './apply/load.ts';
import { beginRun, endRun, ownTableStatements, unfulfilled, writeStatements } from './apply/write.ts';
import { partsStatement, projectsStatement, TOUCHED_TABLES } from './fingerprint.ts';
import { linesWritten, type PlanFile, planKey, planLines } from './plan/file.ts';
import { columnsStatement, targetOf } from './target.ts';

/**
 * The same as `applyPlan`, as a script for psql: the same statements, with the lines of the plan in between. For a database
 * administrator who gives nobody access. It needs no database to be made.
 *
 * @returns the text in pieces, each of whole lines.
 */
export async function* scriptOf(plan: PlanFile, reason: string | undefined): AsyncGenerator<string> {
  const { header, end } = plan;
  const { schema, columns, fingerprint, database } = header.target;
  const target = targetOf(schema, columns);
  const facts = { plan, reason };
  const total = linesWritten(end.counts);
  const key = quoteLiteral(planKey(plan));
  yield* [
    `-- Imports users into a CodeMie platform. Made by ${header.tool} from the plan`,
    `-- ${end.hash}.`,
    `-- ${counted(end.counts.create, 'user')}, ${counted(end.counts.memberships, 'membership')}, ${counted(end.counts.projects, 'project')} to create; ${counted(end.counts.update, 'user')} to update.`,
    `-- Planned for the database ${oneLine(database)}, schema ${oneLine(schema)}.`,
    '--',
    '-- Run it with: psql --no-psqlrc --file=THIS_FILE "postgresql://…"',
    '-- It is one transaction: everything is written, or nothing. It stops at the first error, and refuses a database that',
    '-- changed since the plan was made. Then make a new plan.',
    '\\set ON_ERROR_STOP on',
    'BEGIN;',
    "SET LOCAL lock_timeout = '10s';",
    check(`pg_try_advisory_xact_lock(${IMPORT_LOCK})`, 'Another migration of users runs on this database.'),
  ].map(withLineEnd);
  const before = [PLAN_LINE_TABLE, ...TOUCHED_TABLES];
  yield* before.map(statement);
  // Not as CSV: psql before 18 cannot end such rows on a server of 18.
  yield 'COPY pg_temp.plan_line FROM STDIN;\n';
  for await (const line of planLines(plan.path)) yield `${line.replaceAll('\\', '\\\\')}\n`;
  yield '\\.\n';
  const seen = `SELECT coalesce(json_object_agg(part, digest ORDER BY part)::jsonb, '{}') FROM (${partsStatement(target)}) p`;
  yield* [...UNFOLD, ...FILL_TOUCHED, ...ownTableStatements(target)].map(statement);
  yield* [
    check(
      `NOT EXISTS (SELECT FROM ${target.own.runs} WHERE plan = ${key})`,
      'This plan was applied before, or an apply of it has begun.',
    ),
    check(
      `(${columnsStatement(schema)}) = ${quoteLiteral(JSON.stringify(columns))}::jsonb`,
      'The plan is stale: the tables have other columns than when it was made. Make a new plan.',
    ),
    check(
      `(${seen}) = ${quoteLiteral(JSON.stringify(fingerprint.parts))}::jsonb AND (${projectsStatement(target)}) = ${quoteLiteral(fingerprint.projects)}`,
      'The plan is stale: users or projects changed since it was made. Make a new plan.',
    ),
  ].map(withLineEnd);
  yield* [beginRun(target, facts), ...writeStatements(target, facts, 1, total)].map(statement);
  yield withLineEnd(check(`(${unfulfilled(target)}) = 0`, 'Rows of the plan are missing after the write.'));
  yield* endRun(target, facts).map(statement);
  yield 'COMMIT;\n';
}

/** A statement that ends the script unless a condition holds. */
export function check(condition: string, message: string): string {
  const body = `BEGIN IF NOT (${condition}) THEN RAISE EXCEPTION USING MESSAGE = ${quoteLiteral(message)}; END IF; END`;
  return `DO ${quoteLiteral(body)};`;
}

export function withLineEnd(line: string): string {
  return `${line}\n`;
}

export function statement(text: string): string {
  return `${text};\n`;
}

/** A name in a comment must not end it. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\u2028\u2029]+/g, ' ');
}
