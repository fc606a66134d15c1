import { CodemieError } from '../system/errors.ts';
import { printable } from '../system/printable.ts';
import type { Session } from './session.ts';

/** The tables and columns that a schema of a database has. */
export interface Schema {
  readonly name: string;
  /** Names of columns by table. */
  readonly tables: ReadonlyMap<string, ReadonlySet<string>>;
  /** @returns whether there is a table, and, if one is named, the column in it. */
  has(table: string, column?: string): boolean;
}

/**
 * Reads from the catalog, which also shows what the user may not read.
 *
 * @throws DATABASE_SCHEMA (9) if there is no such schema, or no table `users` in it.
 */
export async function readSchema(session: Session, name: string): Promise<Schema> {
  const schema = await tablesOf(session, name);
  if (!schema.has('users')) throw await unknownSchema(session, name);
  return schema;
}

/** Reads any schema in the same way. One that does not exist has no tables. */
export async function tablesOf(session: Session, name: string): Promise<Schema> {
  const rows = await session.query<{ table: string; columns: readonly string[] }>(
    `SELECT c.relname AS table, array_agg(a.attname::text) AS columns
       FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v')
      GROUP BY c.relname`,
    [name],
  );
  const tables = new Map(rows.map(({ table, columns }) => [table, new Set(columns)]));
  return {
    name,
    tables,
    has: (table, column) => {
      const columns = tables.get(table);
      return columns !== undefined && (column === undefined || columns.has(column));
    },
  };
}

async function unknownSchema(session: Session, name: string): Promise<CodemieError> {
  const others = await session.query<{ name: string }>(
    `SELECT n.nspname AS name
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relname = 'user_projects' AND c.relkind IN ('r', 'p')
      ORDER BY 1 LIMIT 5`,
  );
  const found = others.map((other) => `"${printable(other.name)}"`).join(', ');
  return new CodemieError({
    code: 'DATABASE_SCHEMA',
    message: `The schema "${printable(name)}" of the database ${session.name} has no tables of a CodeMie platform.`,
    hint:
      found === ''
        ? 'Check the address: it must name the database of the platform. Its tables are made when the platform first starts.'
        : `Tables of a platform are in the schema ${found}: name it with --schema.`,
  });
}
