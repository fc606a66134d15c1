import type { Context } from '../../context.ts';
import type { DatabaseOptions } from '../../postgres/address.ts';
import { connectPostgres } from '../../postgres/connect.ts';
import { createPostgresManagedStore } from '../../sandbox/managed/postgres/store.ts';
import { NO_ROWS } from '../../sandbox/managed/rows.ts';
import type { ManagedStore } from '../../sandbox/managed/store.ts';
import type { Setup } from '../../sandbox/setup.ts';

/**
 * The store in the database of `--database`. DATABASE_URL alone names none: it may be the database of something else,
 * and a sandbox makes tables.
 *
 * A Keycloak-managed platform has the tables and nobody in them, so that an import can come before the switch. The people
 * of another realm come with their first sign-in, or with an import.
 */
export function storeIn(
  database: DatabaseOptions,
  { mode, people }: Setup,
  context: Context,
): Promise<ManagedStore> {
  const rows = mode.userManagement ? people : NO_ROWS;
  return createPostgresManagedStore(() => connectPostgres(context, database), rows);
}
