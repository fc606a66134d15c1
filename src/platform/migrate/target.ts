import { readSchema } from '../../postgres/schema.ts';
import { qualified, quoteLiteral, quoteName } from '../../postgres/script.ts';
import type { Session } from '../../postgres/session.ts';
import { CodemieError } from '../../system/errors.ts';
import { printable } from '../../system/printable.ts';

/** The platform's tables as SQL names, and what this version of them has. */
export interface Target {
  /** The platform's schema. */
  readonly schema: string;
  readonly users: string;
  /** `user_projects`. */
  readonly memberships: string;
  readonly applications: string;
  /** Undefined before 2.40. */
  readonly events: string | undefined;
  /** It was called `is_super_admin` before 2.19. */
  readonly adminColumn: 'is_admin' | 'is_super_admin';
  /** Undefined before 2.23. */
  readonly maintainerColumn: string | undefined;
  has(table: string, column?: string): boolean;
  /** Our own tables: in a schema of their own, because the platform moves every table that it finds in `public`. */
  readonly own: OwnTables;
}

export interface OwnTables {
  readonly schemaName: string;
  /** The same, quoted. */
  readonly schema: string;
  /** One row for each plan that was applied, or began to be. */
  readonly runs: string;
  /** The parts of a plan that are written. */
  readonly parts: string;
  /** What we last wrote for each user: the third side of a comparison. */
  readonly written: string;
  /** What an update replaced, for the reverse script. */
  readonly replaced: string;
}

/** The columns that we write. All others must have a default. */
const WRITTEN: Readonly<Record<string, ReadonlySet<string>>> = {
  users: new Set([
    'id',
    'date',
    'update_date',
    'username',
    'email',
    'name',
    'picture',
    'user_type',
    'is_active',
    'is_admin',
    'is_super_admin',
    'auth_source',
    'email_verified',
    'project_limit',
  ]),
  user_projects: new Set(['id', 'date', 'update_date', 'user_id', 'project_name', 'is_project_admin']),
  applications: new Set(['id', 'date', 'update_date', 'name', 'project_type', 'created_by', 'description']),
};

/** Columns by table: what a plan remembers of its database. */
export type Columns = Readonly<Record<string, readonly string[]>>;

/** Of tables that we write, or that a conflict tells about. */
const OF_INTEREST = [
  ...Object.keys(WRITTEN),
  'activity_events',
  'user_knowledge_bases',
  'user_enrichment',
  'budgets',
  'user_budget_assignments',
  'project_member_budget_assignments',
];

/**
 * Finds out what the platform's tables look like. Every version from 2.15 on has them; columns and tables came later.
 *
 * @throws DATABASE_SCHEMA (9) if there are no such tables, or a column that we do not know needs a value.
 */
export async function columnsOf(session: Session, schema: string): Promise<Columns> {
  const { tables } = await readSchema(session, schema);
  const missing = Object.keys(WRITTEN).find((table) => !tables.has(table));
  if (missing !== undefined)
    throw new CodemieError({
      code: 'DATABASE_SCHEMA',
      message: `The schema "${printable(schema)}" has no table ${missing}.`,
      hint: 'Start the platform once, version 2.15 or later. It makes its tables when it starts.',
    });
  await requireKnown(session, schema);
  return Object.fromEntries(
    OF_INTEREST.flatMap((table) => {
      const columns = tables.get(table);
      return columns === undefined ? [] : [[table, [...columns].sort()]];
    }),
  );
}

/** @returns SQL for the same as `columnsOf`, as `jsonb`. */
export function columnsStatement(schema: string): string {
  return `SELECT jsonb_object_agg(t.name, t.columns) FROM (
      SELECT c.relname AS name, jsonb_agg(a.attname ORDER BY a.attname COLLATE "C") AS columns
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       WHERE n.nspname = ${quoteLiteral(schema)} AND c.relname IN (${OF_INTEREST.map(quoteLiteral).join(', ')})
       GROUP BY 1) t`;
}

export function targetOf(schema: string, columns: Columns): Target {
  const table = (name: string): string => qualified(schema, name);
  const has: Target['has'] = (name, column) =>
    columns[name] !== undefined && (column === undefined || columns[name].includes(column));
  return {
    schema,
    users: table('users'),
    memberships: table('user_projects'),
    applications: table('applications'),
    events: has('activity_events') ? table('activity_events') : undefined,
    adminColumn: has('users', 'is_admin') ? 'is_admin' : 'is_super_admin',
    maintainerColumn: has('users', 'is_maintainer') ? 'is_maintainer' : undefined,
    has,
    own: ownTables(schema),
  };
}

function ownTables(platformSchema: string): OwnTables {
  const schema = `${platformSchema}_cli`;
  const table = (name: string): string => qualified(schema, name);
  return {
    schemaName: schema,
    schema: quoteName(schema),
    runs: table('migration_run'),
    parts: table('migration_part'),
    written: table('migration_written'),
    replaced: table('migration_replaced'),
  };
}

async function requireKnown(session: Session, schema: string): Promise<void> {
  const rows = await session.query<{ table: string; column: string }>(
    `SELECT c.relname AS table, a.attname AS column
       FROM pg_catalog.pg_attribute a
       JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relname = ANY ($2) AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND a.attgenerated = ''`,
    [schema, Object.keys(WRITTEN)],
  );
  const unknown = rows.find(({ table, column }) => WRITTEN[table]?.has(column) !== true);
  if (unknown === undefined) return;
  throw new CodemieError({
    code: 'DATABASE_SCHEMA',
    message: `The column ${printable(`${unknown.table}.${unknown.column}`)} needs a value, and this version of codemie does not know it.`,
    hint: 'The database is of a newer platform. Install a newer codemie.',
  });
}
