import { qualified, quoteName } from '../../../postgres/script.ts';
import type { Parameter } from '../../../postgres/session.ts';
import { PLATFORM_SCHEMA } from '../../store/schema/migrate.ts';

/** A table whose rows are objects: the column of each field. */
export interface Table<Row> {
  readonly name: string;
  readonly columns: Readonly<Record<keyof Row & string, string>>;
  /** Columns with a time: UTC without a zone. */
  readonly times: readonly string[];
}

/** @returns a table of the platform for SQL text. */
export function tableName(name: string): string {
  return qualified(PLATFORM_SCHEMA, name);
}

/** A time as the store's rows have it. */
export function timeText(column: string): string {
  return `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.US')`;
}

/** @param alias of the table in the statement. */
export function selected<Row>({ columns, times }: Table<Row>, alias: string): string {
  return Object.entries<string>(columns)
    .map(([field, column]) => {
      const place = `${alias}.${quoteName(column)}`;
      return `${times.includes(column) ? timeText(place) : place} AS ${quoteName(field)}`;
    })
    .join(', ');
}

/** The parts of an INSERT or UPDATE: quoted columns, and the value of each. */
export function written<Row>(
  { columns }: Table<Row>,
  row: Partial<Row>,
): readonly (readonly [column: string, value: Parameter])[] {
  const fields = columns as Readonly<Record<string, string>>;
  return Object.entries(row as Record<string, Parameter>).flatMap(([field, value]) => {
    const column = fields[field];
    return column === undefined ? [] : [[quoteName(column), value] as const];
  });
}

/** Collects the values of a statement. @returns the place of each: `$1`. */
export function parameters(): { readonly values: Parameter[]; add(value: Parameter): string } {
  const values: Parameter[] = [];
  return { values, add: (value) => `$${values.push(value)}` };
}

/** @returns a condition that one of the texts contains the searched one, in any case; nothing special in it. */
export function contains(search: string, expressions: readonly string[]): string {
  return `(${expressions.map((text) => `strpos(lower(${text}), lower(${search})) > 0`).join(' OR ')})`;
}

/** @returns a WHERE clause; empty without conditions. */
export function where(conditions: readonly (string | undefined)[]): string {
  const all = conditions.filter((condition) => condition !== undefined);
  return all.length === 0 ? '' : `WHERE ${all.join(' AND ')}`;
}
