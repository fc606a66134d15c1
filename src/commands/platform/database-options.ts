import type { DatabaseOptions } from '../../postgres/address.ts';
import type { OptionSpec, OptionValues } from '../spec.ts';

/** Where the platform keeps its tables (DEFAULT_DB_SCHEMA). */
const SCHEMA = 'codemie';

/** Flags of every command that talks to the platform's database. */
export const DATABASE_OPTIONS = [
  {
    name: 'database',
    value: 'url',
    summary: 'address of the database: postgresql://user@host/name (DATABASE_URL, else PG* as in psql)',
    sensitive: true,
  },
  {
    name: 'database-password-command',
    value: 'command',
    summary: 'command that prints the password of the database, such as a short-lived token',
  },
  { name: 'schema', value: 'name', summary: "schema of the platform's tables", default: SCHEMA },
] as const satisfies readonly OptionSpec[];

export function databaseOptions(options: OptionValues): DatabaseOptions {
  return {
    database: options.text('database'),
    passwordCommand: options.text('database-password-command'),
  };
}

export function schemaOf(options: OptionValues): string {
  return options.text('schema') ?? SCHEMA;
}
