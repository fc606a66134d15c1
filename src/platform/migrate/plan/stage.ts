import { copyLine } from '../../../postgres/copy.ts';
import type { SourceRow } from '../../users/user.ts';

/** The accounts of the source, one a row, in the order in which they were read. */
export const SOURCE_TABLE = `
  CREATE TEMP TABLE source_row (
    n integer, kind text, id text COLLATE "C", username text, email text, name text, picture text, user_type text,
    is_active boolean, is_admin boolean, admin_via text, projects text[], admins boolean[], repairs jsonb,
    reason text, detail text
  )`;

export const COPY_SOURCE = 'COPY pg_temp.source_row FROM STDIN';

/** @returns the rows in the text form of COPY. Nothing of them is kept. */
export async function* stagedRows(
  rows: AsyncIterable<SourceRow>,
  onRow: (n: number) => void,
): AsyncGenerator<string> {
  let n = 0;
  for await (const row of rows) {
    n += 1;
    onRow(n);
    yield row.kind === 'user' ? userLine(n, row.user) : skipLine(n, row.skipped);
  }
}

function userLine(n: number, user: Extract<SourceRow, { kind: 'user' }>['user']): string {
  return copyLine([
    n,
    'user',
    user.id,
    user.username,
    user.email,
    user.name,
    user.picture,
    user.userType,
    user.isActive,
    user.isAdmin,
    user.adminVia ?? null,
    arrayText(user.memberships.map(({ project }) => project)),
    `{${user.memberships.map(({ isProjectAdmin }) => (isProjectAdmin ? 't' : 'f')).join(',')}}`,
    user.repairs.length === 0 ? null : JSON.stringify(user.repairs),
    null,
    null,
  ]);
}

function skipLine(
  n: number,
  { id, username, reason, detail }: Extract<SourceRow, { kind: 'skip' }>['skipped'],
): string {
  const nothing = Array.from({ length: 10 }, () => null);
  return copyLine([n, 'skip', storable(id), storable(username), ...nothing, reason, storable(detail)]);
}

/** An account may be left out just because PostgreSQL cannot store its name. */
function storable(text: string): string {
  return text.replaceAll('\0', '');
}

/** @returns the text form of a list of texts. */
export function arrayText(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
