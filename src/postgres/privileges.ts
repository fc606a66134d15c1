import { CodemieError } from '../system/errors.ts';
import type { Schema } from './schema.ts';
import { qualified, quoteName } from './script.ts';
import type { Session } from './session.ts';

/** What a command needs to do with a table. */
export interface Need {
  readonly table: string;
  readonly may: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';
  /** Only these columns. */
  readonly columns?: readonly string[];
}

/**
 * Asks before anything is written, so that all missing permissions are told at once. Tables that the schema does not
 * have need none.
 *
 * @throws DATABASE_DENIED (6) with the GRANT statements to run.
 */
export async function requirePrivileges(
  session: Session,
  schema: Schema,
  needs: readonly Need[],
): Promise<void> {
  refuseWithout(session, await missingGrants(session, schema, needs));
}

/** @throws DATABASE_DENIED (6) if any GRANT is missing. */
export function refuseWithout(session: Session, missing: readonly string[]): void {
  if (missing.length === 0) return;
  throw new CodemieError({
    code: 'DATABASE_DENIED',
    message: `Your database user lacks permissions on the tables of the database ${session.name}. Nothing was changed.`,
    hint: 'The owner of the tables can give them:',
    remedies: missing,
  });
}

/** @returns the GRANT statements for what the user may not do in the whole database. */
export async function missingOnDatabase(
  session: Session,
  needs: readonly ('TEMPORARY' | 'CREATE')[],
): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const may of needs) {
    const [answer] = await session.query<{ ok: boolean; database: string }>(
      'SELECT has_database_privilege(current_database(), $1) AS ok, current_database() AS database',
      [may],
    );
    if (answer?.ok === false)
      missing.push(
        `GRANT ${may} ON DATABASE ${quoteName(answer.database)} TO ${quoteName(session.currentUser)};`,
      );
  }
  return missing;
}

/** @returns the GRANT statements for what the user may not do with a schema and its tables. */
export async function missingGrants(
  session: Session,
  schema: Schema,
  needs: readonly Need[],
  onSchema: readonly ('USAGE' | 'CREATE')[] = ['USAGE'],
): Promise<readonly string[]> {
  const role = quoteName(session.currentUser);
  const missing: string[] = [];
  for (const may of onSchema) {
    const [answer] = await session.query<{ ok: boolean }>('SELECT has_schema_privilege($1, $2) AS ok', [
      schema.name,
      may,
    ]);
    if (answer?.ok !== true) missing.push(`GRANT ${may} ON SCHEMA ${quoteName(schema.name)} TO ${role};`);
  }
  for (const { table, may, columns } of needs) {
    if (!schema.has(table)) continue;
    const name = qualified(schema.name, table);
    const [answer] = await session.query<{ ok: boolean }>(
      columns === undefined
        ? 'SELECT has_table_privilege(c.oid, $3) AS ok FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2'
        : 'SELECT bool_and(has_column_privilege(c.oid, column_name, $3)) AS ok FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, unnest($4::text[]) AS column_name WHERE n.nspname = $1 AND c.relname = $2',
      columns === undefined ? [schema.name, table, may] : [schema.name, table, may, columns],
    );
    if (answer?.ok === true) continue;
    const only = columns === undefined ? '' : ` (${columns.map(quoteName).join(', ')})`;
    missing.push(`GRANT ${may}${only} ON ${name} TO ${role};`);
  }
  return missing;
}
