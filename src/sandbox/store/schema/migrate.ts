import { qualified, quoteName } from '../../../postgres/script.ts';
import type { Session } from '../../../postgres/session.ts';
import { CodemieError } from '../../../system/errors.ts';
import { printable } from '../../../system/printable.ts';
import { SCHEMA_STEPS, type SchemaStep } from './steps.ts';

/** Where the platform keeps its tables (DEFAULT_DB_SCHEMA). */
export const PLATFORM_SCHEMA = 'codemie';
/** Our own tables. The platform moves every table of `public` into its schema. */
const OWN_SCHEMA = 'codemie_sandbox';
const JOURNAL_TABLE = 'migrations';
const JOURNAL = qualified(OWN_SCHEMA, JOURNAL_TABLE);
/** The lock of one migration per database; any number that nobody else uses. */
const LOCK = '7734269311';
/** How long another process may migrate, ms. */
const WAIT_MS = 600_000;

/**
 * Brings the tables of a sandbox to the newest version. Of several processes, one does it and the others wait. A
 * database that is at the newest version takes no lock.
 *
 * @param steps for a database of an older platform: the first ones alone.
 * @returns how many steps ran.
 * @throws DATABASE_AHEAD (9) if a newer version of this program made the tables; DATABASE_IN_USE (9) if a platform did.
 */
export async function migrate(
  session: Session,
  steps: readonly SchemaStep[] = SCHEMA_STEPS,
): Promise<number> {
  if ((await versionOf(session, steps)) === steps.length) return 0;
  return session.transaction(
    async () => {
      // Before anything else: CREATE … IF NOT EXISTS fails if two sessions run it at the same time.
      await session.run(`SELECT pg_advisory_xact_lock(${LOCK})`);
      const version = await versionOf(session, steps);
      if (version === 0) await createSchemas(session);
      await session.run(`SET LOCAL search_path = ${quoteName(PLATFORM_SCHEMA)}, public`);
      const missing = steps.slice(version);
      for (const [i, { platform, statements }] of missing.entries()) {
        await session.run(statements);
        await session.run(`INSERT INTO ${JOURNAL} (version, platform) VALUES ($1, $2)`, [
          version + i + 1,
          platform,
        ]);
      }
      return missing.length;
    },
    { lockMs: WAIT_MS },
  );
}

/** @returns how many steps the database has; 0 for an empty one. */
async function versionOf(session: Session, steps: readonly SchemaStep[]): Promise<number> {
  // Not to_regclass: after a wait for the lock, it answers from a cache of before.
  const [journal] = await session.query(
    'SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = $2',
    [OWN_SCHEMA, JOURNAL_TABLE],
  );
  if (journal === undefined) return 0;
  const [row] = await session.query<{ version: number }>(
    `SELECT coalesce(max(version), 0) AS version FROM ${JOURNAL}`,
  );
  const version = row?.version ?? 0;
  if (version <= steps.length) return version;
  throw new CodemieError({
    code: 'DATABASE_AHEAD',
    message: `The tables of the database ${session.name} have version ${version}; this codemie knows versions up to ${steps.length}. Nothing was changed.`,
    hint: 'Use the version of codemie that made them, or another database.',
  });
}

async function createSchemas(session: Session): Promise<void> {
  const [table] = await session.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') ORDER BY 1 LIMIT 1`,
    [PLATFORM_SCHEMA],
  );
  if (table !== undefined)
    throw new CodemieError({
      code: 'DATABASE_IN_USE',
      message: `The schema "${PLATFORM_SCHEMA}" of the database ${session.name} has tables that are not of a sandbox, such as "${printable(table.name)}". Nothing was changed.`,
      hint: 'It looks like the database of a platform. Give the sandbox a database of its own.',
    });
  await session.run(
    `CREATE SCHEMA IF NOT EXISTS ${quoteName(PLATFORM_SCHEMA)};
     CREATE SCHEMA ${quoteName(OWN_SCHEMA)};
     CREATE TABLE ${JOURNAL} (
       version integer PRIMARY KEY,
       platform text NOT NULL,
       migrated_at timestamptz NOT NULL DEFAULT now()
     )`,
  );
  await putSchemaInReach(session);
}

/** So that SQL of the platform's documentation works as it stands, in new connections. */
async function putSchemaInReach(session: Session): Promise<void> {
  const [database] = await session.query<{ name: string; isOurs: boolean }>(
    `SELECT datname AS name, pg_has_role(datdba, 'USAGE') AS "isOurs"
       FROM pg_catalog.pg_database WHERE datname = current_database()`,
  );
  if (database?.isOurs !== true) return;
  await session.run(
    `ALTER DATABASE ${quoteName(database.name)} SET search_path = ${quoteName(PLATFORM_SCHEMA)}, public`,
  );
}
