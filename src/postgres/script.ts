import { usageError } from '../system/errors.ts';

/** @returns a name for SQL text, quoted. */
export function quoteName(name: string): string {
  return `"${withoutNul(name).replaceAll('"', '""')}"`;
}

/** @returns a table of a schema for SQL text. We never rely on `search_path`. */
export function qualified(schema: string, table: string): string {
  return `${quoteName(schema)}.${quoteName(table)}`;
}

/** @returns a value as a literal of SQL text, whatever `standard_conforming_strings` says. */
export function quoteLiteral(value: string | number | boolean | null): string {
  if (value === null) return 'NULL';
  if (typeof value !== 'string') return String(value);
  const text = withoutNul(value).replaceAll("'", "''");
  return text.includes('\\') ? `E'${text.replaceAll('\\', '\\\\')}'` : `'${text}'`;
}

/** PostgreSQL stores no NUL. */
function withoutNul(text: string): string {
  if (text.includes('\0')) throw usageError('PostgreSQL cannot store a text with a NUL character.');
  return text;
}

/**
 * @param values for $1, $2, … in this order.
 * @returns a statement as a script has it.
 */
export function withLiterals(
  statement: string,
  values: readonly (string | number | boolean | null)[],
): string {
  return statement.replace(/\$(\d+)/g, (_, number: string) =>
    quoteLiteral(values[Number(number) - 1] ?? null),
  );
}

/** @returns a text between two tags that are not in it, for the body of a DO statement. */
export function dollarQuoted(text: string): string {
  let tag = '$codemie$';
  for (let i = 1; text.includes(tag); i += 1) tag = `$codemie${i}$`;
  return `${tag}${text}${tag}`;
}
