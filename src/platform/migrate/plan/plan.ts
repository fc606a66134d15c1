import type { Session } from '../../../postgres/session.ts';
import type { UserSource } from '../../users/source.ts';
import { fingerprintOf, TOUCHED_TABLES } from '../fingerprint.ts';
import { requireToPlan } from '../privileges.ts';
import { columnsOf, targetOf } from '../target.ts';
import { type PlanCounts, type PlanFile, type PlanHeader, writePlan } from './file.ts';
import { JSON_LINES } from './json-lines.ts';
import { KNOWN_TABLES, knownSteps, type Policy } from './known.ts';
import { LINE_TABLES, lineSteps } from './lines.ts';
import { PEOPLE_TABLES, peopleSteps } from './people.ts';
import { PROJECT_TABLES, projectSteps } from './projects.ts';
import { type Rules, ruleRows } from './rules.ts';
import { COPY_SOURCE, SOURCE_TABLE, stagedRows } from './stage.ts';

export interface PlanOptions {
  /** The platform's schema. */
  readonly schema: string;
  readonly policy: Policy;
  readonly limit: number;
  readonly personalProjects: boolean;
  readonly rules: Rules;
}

/** What a plan is, with the file or without one. */
export interface PlanSummary {
  readonly counts: PlanCounts;
  /** Up to `SHOWN` lines of each kind, as objects. */
  readonly shown: readonly PlanLine[];
  /** Users of the database: a maintainer among them, and how many. */
  readonly target: { readonly users: number; readonly maintainers: number | undefined };
  /** Users of the source that the database does not have, or has as deleted. */
  readonly absent: number;
  /** How often each reason of skips and repairs occurs. */
  readonly reasons: readonly { readonly what: string; readonly class: string; readonly count: number }[];
}

export type PlanLine = Readonly<Record<string, unknown>> & { readonly do: string };

export interface Planning {
  readonly summary: PlanSummary;
  readonly header: PlanHeader;
  /** Writes the plan to a file. Possible until `withPlan` returns. */
  write(path: string, madeAt: string): Promise<PlanFile>;
}

/** The part of the work that is running, for people. */
export type OnPhase = (text: string) => void;

const SHOWN = 20;

const TABLES = [
  SOURCE_TABLE,
  ...PEOPLE_TABLES,
  ...PROJECT_TABLES,
  ...KNOWN_TABLES,
  ...LINE_TABLES,
  ...TOUCHED_TABLES,
];

/** A database that reads as long as Keycloak sends: no statement limit. */
const NO_LIMIT = 0;

/**
 * Compares a source with a database, all in one transaction that sees the database as it was at its start and cannot
 * write: everything is staged in temporary tables, and compared by joins.
 *
 * @param use gets the plan while its tables exist.
 */
export async function withPlan<T>(
  session: Session,
  source: UserSource,
  options: PlanOptions,
  tool: string,
  onPhase: OnPhase,
  use: (planning: Planning) => Promise<T>,
): Promise<T> {
  const columns = await columnsOf(session, options.schema);
  const target = targetOf(options.schema, columns);
  await requireToPlan(session, target);
  return session.transaction(
    async () => {
      await session.run("SET LOCAL work_mem = '64MB'");
      await session.run(TABLES.map((table) => `${table} ON COMMIT DROP`).join('; '));
      // Temporary tables may still be filled.
      await session.run('SET TRANSACTION READ ONLY');
      await session.copyIn(
        COPY_SOURCE,
        stagedRows(source.rows(), (n) => {
          if (n % 10_000 === 0) onPhase(`Read ${n} accounts`);
        }),
      );
      onPhase('Comparing with the database');
      await session.run('ANALYZE source_row');
      for (const row of ruleRows(options.rules))
        await session.run('INSERT INTO rule VALUES ($1, lower($2), $3)', row);
      const hasOwnTables = await exists(session, target.own.written);
      for (const statement of [
        ...peopleSteps(target),
        ...projectSteps(target, options.rules.map.length > 0),
        ...knownSteps(target, options.policy, hasOwnTables),
        ...lineSteps(target, options),
        ...TOUCHED_STEPS,
      ])
        await session.run(statement);
      const facts = source.facts();
      const header: PlanHeader = {
        kind: 'plan',
        schemaVersion: 1,
        tool,
        source: {
          kind: facts.kind,
          place: facts.place,
          realm: facts.realm,
          digest: facts.digest,
          users: facts.counts.users,
        },
        target: {
          database: session.name,
          schema: options.schema,
          columns,
          fingerprint: await fingerprintOf(session, target),
        },
        policy: options.policy,
        limit: options.limit,
      };
      const summary = await summaryOf(session, target.users, target.maintainerColumn);
      return use({
        summary,
        header,
        write: (path, madeAt) =>
          writePlan(path, header, session.copyOut(COPY_LINES), { counts: summary.counts, madeAt }),
      });
    },
    { isolation: 'REPEATABLE READ', statementMs: NO_LIMIT },
  );
}

const COPY_LINES = `COPY (SELECT '{"n":' || n || ',' || substr(line, 2) FROM plan_line ORDER BY n) TO STDOUT WITH ${JSON_LINES}`;

const TOUCHED_STEPS = [
  `INSERT INTO touched_user
   SELECT l.n, l.key, p.lower_email, p.lower_username FROM plan_line l JOIN person p ON p.id = l.key WHERE l.what = 'create'`,
  `INSERT INTO touched_user SELECT n, key, NULL, NULL FROM plan_line WHERE what = 'update'`,
  `INSERT INTO touched_project SELECT n, key FROM plan_line WHERE what = 'project'`,
  `INSERT INTO used_project
   SELECT DISTINCT key FROM (
     SELECT key FROM planned WHERE NOT is_known UNION ALL SELECT lower(project) FROM differing WHERE what = 'membership' AND is_written
   ) u WHERE key NOT IN (SELECT key FROM touched_project)`,
  `INSERT INTO touched_project
   SELECT n, lower(line::json ->> 'personalProject') FROM plan_line WHERE what = 'create' AND line::json ->> 'personalProject' IS NOT NULL`,
  'ANALYZE touched_user',
];

async function exists(session: Session, table: string): Promise<boolean> {
  const [row] = await session.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [
    table,
  ]);
  return row?.found === true;
}

async function summaryOf(
  session: Session,
  users: string,
  maintainerColumn: string | undefined,
): Promise<PlanSummary> {
  const reasons = await session.query<{ what: string; class: string | null; count: number }>(
    'SELECT what, class, count(*)::int AS count FROM plan_line GROUP BY 1, 2 ORDER BY 1, 2',
  );
  const count = (what: string): number =>
    reasons.filter((row) => row.what === what).reduce((sum, row) => sum + row.count, 0);
  const [written] = await session.query<{ count: number }>(
    `SELECT (SELECT count(*) FROM planned p WHERE NOT is_known)::int
          + (SELECT count(*) FROM differing WHERE what = 'membership' AND is_written)::int AS count`,
  );
  const [found] = await session.query<{ users: number; maintainers: number | null }>(
    `SELECT count(*)::int AS users,
            ${maintainerColumn === undefined ? 'NULL' : `(count(*) FILTER (WHERE ${maintainerColumn} AND deleted_at IS NULL))`}::int AS maintainers
       FROM ${users}`,
  );
  const [absent] = await session.query<{ count: number }>(
    `SELECT count(DISTINCT r.id)::int AS count FROM source_row r
      WHERE r.kind = 'user' AND NOT EXISTS (SELECT FROM ${users} t WHERE t.id = r.id AND t.deleted_at IS NULL)`,
  );
  const shown = await session.query<{ line: string }>(
    `SELECT line FROM (SELECT n, what, line, row_number() OVER (PARTITION BY what ORDER BY n) AS place FROM plan_line) l
      WHERE place <= CASE what WHEN 'conflict' THEN 1000 ELSE ${SHOWN} END ORDER BY n`,
  );
  return {
    counts: {
      create: count('create'),
      update: count('update'),
      conflict: count('conflict'),
      skip: count('skip'),
      memberships: written?.count ?? 0,
      projects: count('project'),
      repair: count('repair'),
      keep: count('keep'),
      overLimit: count('over-limit'),
    },
    shown: shown.map(({ line }) => JSON.parse(line) as PlanLine),
    target: { users: found?.users ?? 0, maintainers: found?.maintainers ?? undefined },
    absent: absent?.count ?? 0,
    reasons: reasons.flatMap((row) => (row.class === null ? [] : [{ ...row, class: row.class }])),
  };
}
