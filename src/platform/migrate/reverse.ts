import { IMPORT_LOCK } from '../../postgres/advisory-lock.ts';
import { qualified, quoteLiteral, quoteName } from '../../postgres/script.ts';
import type { Session } from '../../postgres/session.ts';
import { linesWritten, type PlanFile, planKey } from './plan/file.ts';
import { check, statement, withLineEnd } from './script.ts';
import { type Target, targetOf } from './target.ts';

/** A column that refers to rows that we create. */
export interface Reference {
  readonly to: 'users' | 'applications';
  readonly schema: string;
  readonly table: string;
  readonly column: string;
}

/** @returns what refers to users and projects, other than memberships. */
export async function referencesTo(session: Session, schema: string): Promise<readonly Reference[]> {
  return session.query<Reference & Record<string, string>>(
    `SELECT t.relname AS to, n.nspname AS schema, c.relname AS table, a.attname AS column
       FROM pg_catalog.pg_constraint k
       JOIN pg_catalog.pg_class t ON t.oid = k.confrelid
       JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
       JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
       JOIN pg_catalog.pg_attribute ta ON ta.attrelid = t.oid AND ta.attnum = k.confkey[1]
      WHERE k.contype = 'f' AND tn.nspname = $1 AND t.relname IN ('users', 'applications')
        AND c.relname <> 'user_projects' AND ta.attname = 'id'
      ORDER BY 1, 2, 3, 4`,
    [schema],
  );
}

/**
 * A script for psql that takes a plan back: it removes rows that nobody changed or used since, and puts replaced values
 * back where they are still what we wrote. All it needs to know stands in our own tables.
 */
export function reverseScript(plan: PlanFile, references: readonly Reference[]): string {
  const { header, end } = plan;
  const target = targetOf(header.target.schema, header.target.columns);
  const { own, events } = target;
  const key = quoteLiteral(planKey(plan));
  const attributes = quoteLiteral(JSON.stringify({ tool: 'codemie', plan: end.hash }));
  const note = `SELECT format('Removed %s of ${end.counts.create} users; the others were changed or used since, and stay.', (SELECT count(*) FROM gone)) AS result`;
  const lines = [
    `-- Takes the migration plan ${end.hash} back.`,
    '-- Only rows that nobody changed or used since are removed. Everything that people made stays.',
    '-- Run it with: psql --no-psqlrc --file=THIS_FILE "postgresql://…"',
    '\\set ON_ERROR_STOP on',
    'BEGIN;',
    "SET LOCAL lock_timeout = '10s';",
    check(`pg_try_advisory_xact_lock(${IMPORT_LOCK})`, 'A migration of users runs on this database.'),
    check(`to_regclass(${quoteLiteral(own.runs)}) IS NOT NULL`, 'No plan was applied to this database.'),
    check(
      `EXISTS (SELECT FROM ${own.runs} WHERE plan = ${key})`,
      'This plan was not applied to this database, or was taken back.',
    ),
    ...removeStatements(target, plan, references, key),
    ...restoreStatements(target, plan, references, key),
    ...(events === undefined
      ? []
      : [
          `INSERT INTO ${events} (id, domain, event_type, attributes, created_at) VALUES (gen_random_uuid()::text, 'user_management', 'user.migration.reversed', ${attributes}, now())`,
        ]),
    ...[own.parts, own.runs, own.replaced].map((table) => `DELETE FROM ${table} WHERE plan = ${key}`),
    note,
    'COMMIT;',
  ];
  // Everything but comments and commands of psql ends with a semicolon.
  return lines.map((line) => (/^[-\\]|;$/.test(line) ? withLineEnd(line) : statement(line))).join('');
}

/** Rows of the plan have a date within the microseconds of its lines, and were never updated. */
function untouched(plan: PlanFile, alias: string): string {
  return `${alias}.date BETWEEN ${planDates(plan)} AND ${alias}.update_date = ${alias}.date`;
}

function planDates({ end }: PlanFile): string {
  const from = `timestamp ${quoteLiteral(end.madeAt)}`;
  return `${from} AND ${from} + ${linesWritten(end.counts)} * interval '1 microsecond'`;
}

function unused(references: readonly Reference[], to: Reference['to'], alias: string): string {
  return references
    .filter((reference) => reference.to === to)
    .map(
      ({ schema, table, column }) =>
        ` AND NOT EXISTS (SELECT FROM ${qualified(schema, table)} x WHERE x.${quoteName(column)} = ${alias}.id)`,
    )
    .join('');
}

function removeStatements(
  { users, memberships, applications, adminColumn, own }: Target,
  plan: PlanFile,
  references: readonly Reference[],
  key: string,
): readonly string[] {
  return [
    `CREATE TEMP TABLE gone ON COMMIT DROP AS
     SELECT t.id FROM ${own.written} w JOIN ${users} t ON t.id = w.user_id
      WHERE w.plan = ${key} AND ${untouched(plan, 't')} AND t.deleted_at IS NULL AND t.last_login_at IS NULL
        AND w.state @> jsonb_build_object('username', t.username, 'email', t.email, 'name', t.name, 'user_type', t.user_type, 'is_active', t.is_active, 'is_admin', t.${adminColumn})
        AND NOT EXISTS (SELECT FROM ${memberships} m WHERE m.user_id = t.id AND NOT (${untouched(plan, 'm')}))
        AND (SELECT count(*) FROM ${memberships} m WHERE m.user_id = t.id AND m.project_name <> t.email)
          = (SELECT count(*) FROM jsonb_object_keys(w.state -> 'projects'))${unused(references, 'users', 't')}`,
    `DELETE FROM ${memberships} m USING gone g WHERE m.user_id = g.id`,
    `DELETE FROM ${applications} a USING gone g WHERE a.project_type = 'personal' AND a.created_by = g.id AND ${untouched(plan, 'a')}${unused(references, 'applications', 'a')}`,
    `DELETE FROM ${users} t USING gone g WHERE t.id = g.id`,
    `DELETE FROM ${own.written} w USING gone g WHERE w.user_id = g.id`,
  ];
}

function restoreStatements(
  { users, memberships, applications, adminColumn, own }: Target,
  plan: PlanFile,
  references: readonly Reference[],
  key: string,
): readonly string[] {
  const ours = `t.update_date BETWEEN ${planDates(plan)}`;
  const back = (field: string, type: string, column = field): string =>
    `${column} = CASE WHEN r.before -> 'set' ? '${field}' AND coalesce(to_jsonb(t.${column}), 'null') = r.before -> 'set' -> '${field}' -> 1
       THEN (r.before -> 'set' -> '${field}' ->> 0)::${type} ELSE t.${column} END`;
  return [
    `UPDATE ${users} t SET ${[
      back('name', 'text'),
      back('picture', 'text'),
      back('user_type', 'text'),
      back('is_active', 'boolean'),
      back('is_admin', 'boolean', adminColumn),
    ].join(', ')},
            project_limit = CASE WHEN r.before -> 'set' ? 'is_admin' AND to_jsonb(t.${adminColumn}) = r.before -> 'set' -> 'is_admin' -> 1
              THEN (r.before ->> 'limit')::integer ELSE t.project_limit END,
            update_date = CASE WHEN ${ours} THEN (r.before ->> 'updated')::timestamp ELSE t.update_date END
       FROM ${own.replaced} r WHERE r.plan = ${key} AND r.user_id = t.id`,
    `UPDATE ${memberships} t SET is_project_admin = NOT t.is_project_admin, update_date = (x.value ->> 'updated')::timestamp
       FROM ${own.replaced} r CROSS JOIN LATERAL jsonb_array_elements(r.before -> 'roles') AS x (value)
      WHERE r.plan = ${key} AND t.id = x.value ->> 'id' AND t.is_project_admin = (x.value ->> 'admin')::boolean AND ${ours}`,
    `DELETE FROM ${own.written} WHERE plan = ${key}`,
    `INSERT INTO ${own.written} (user_id, plan, state)
     SELECT r.user_id, r.before -> 'written' ->> 'plan', r.before -> 'written' -> 'state'
       FROM ${own.replaced} r WHERE r.plan = ${key} AND jsonb_typeof(r.before -> 'written') = 'object'`,
    `DELETE FROM ${memberships} m USING ${own.replaced} r WHERE r.plan = ${key} AND m.user_id = r.user_id AND ${untouched(plan, 'm')}`,
    `DELETE FROM ${applications} a WHERE a.project_type = 'shared' AND a.created_by IS NULL AND a.deleted_at IS NULL AND ${untouched(plan, 'a')}
        AND NOT EXISTS (SELECT FROM ${memberships} m WHERE lower(m.project_name) = lower(a.name))${unused(references, 'applications', 'a')}`,
  ];
}
