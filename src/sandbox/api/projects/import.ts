import { readBody } from '../../http.ts';
import type { ManagedStore } from '../../managed/store.ts';
import type { ApiOptions } from '../../options.ts';
import { type Answer, invalid } from '../answers.ts';
import { quotedList } from '../input.ts';
import { usersAtLimit } from '../limit.ts';
import { Refusal, refuse } from '../refusal.ts';
import type { Call } from '../routing.ts';
import { parseCsv } from './csv.ts';
import { type Assignment, assignEach, bulkBody, change } from './members.ts';

const MOST_ROWS = 1000;
const MOST_BYTES = 5 * 1_048_576;
const ROLES = ['project_admin', 'user'];

interface Row {
  readonly email: string;
  readonly role: string;
  readonly error: string | null;
  readonly userId?: string;
}

/** `POST /v1/projects/{project}/import-users/validate`: says for each row what an import would find wrong. */
export async function validateImport(call: Call, options: ApiOptions): Promise<Answer> {
  return change(
    call,
    options,
    () => uploaded(call),
    async ({ name }, store, file) => {
      const rows = await rowsIn(file, name, store);
      return { users: rows.map(({ email, role, error }) => ({ email, role, error })) };
    },
  );
}

/** `POST /v1/projects/{project}/import-users`: assigns all users of a file, or none. */
export async function importUsers(call: Call, options: ApiOptions): Promise<Answer> {
  return change(
    call,
    options,
    () => uploaded(call),
    async (project, store, file) => {
      const rows = await rowsIn(file, project.name, store);
      const errors = rows.flatMap(({ error }, at) =>
        error === null ? [] : [{ row: at + 1, reason: error }],
      );
      if (errors.length > 0) refuse(422, 'CSV validation failed', { validation_errors: errors });
      const assignments = rows.map(
        ({ userId = '', role }): Assignment => ({
          user_id: userId,
          is_project_admin: role === 'project_admin',
        }),
      );
      const results = await assignEach(assignments, project, call, store, options);
      return bulkBody(`CSV import completed: ${results.length} users processed`, project, results);
    },
  );
}

/** @returns the file of a form with the field `file`. */
async function uploaded({ request }: Call): Promise<Buffer> {
  const type = request.headers['content-type'] ?? '';
  const body = await readBody(request);
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } })
    .formData()
    .catch(() => undefined);
  const file = form?.get('file');
  if (file === undefined || file === null)
    throw new Refusal(
      invalid({ type: 'missing', loc: ['body', 'file'], msg: 'Field required', input: null }),
    );
  if (typeof file === 'string') {
    const error = "Expected UploadFile, received: <class 'str'>";
    const fault = { type: 'value_error', loc: ['body', 'file'], msg: `Value error, ${error}` };
    throw new Refusal(invalid({ ...fault, input: file, ctx: { error } }));
  }
  if (file.size > MOST_BYTES) refuse(413, 'File too large', 'CSV file must not exceed 5 MB');
  return Buffer.from(await file.arrayBuffer());
}

async function rowsIn(file: Buffer, project: string, store: ManagedStore): Promise<readonly Row[]> {
  const { header, rows } = parseCsv(decoded(file));
  const failed = (details: string): never => refuse(422, 'CSV validation failed', details);
  if (header?.includes('email') !== true) failed("CSV must contain an 'email' column");
  if (rows.length === 0) failed('CSV file must contain at least one data row');
  if (rows.length > MOST_ROWS) failed(`CSV exceeds the maximum of ${MOST_ROWS} rows (got ${rows.length})`);
  const seen = new Set<string>();
  const checked = rows.map((row): Row => {
    const email = (row.get('email') ?? '').trim().toLowerCase();
    const role = (row.get('role') ?? '').trim() || 'user';
    const error = faultOf(email, role, seen);
    if (error === null) seen.add(email);
    return { email, role, error };
  });
  return withUsers(checked, project, store);
}

function faultOf(email: string, role: string, seen: ReadonlySet<string>): string | null {
  if (!ROLES.includes(role)) return `Invalid role '${role}'. Allowed values: ${quotedList(ROLES)}`;
  return seen.has(email) ? `Duplicate email: '${email}' appears more than once` : null;
}

async function withUsers(
  rows: readonly Row[],
  project: string,
  store: ManagedStore,
): Promise<readonly Row[]> {
  const good = rows.filter(({ error }) => error === null);
  const users = await store.usersByEmail(good.map(({ email }) => email));
  const members = new Set((await store.membersOf(project)).map(({ userId }) => userId));
  const newcomers = users.filter(({ id }) => !members.has(id));
  const full = new Set((await usersAtLimit(newcomers, store)).map(({ id }) => id));
  const byEmail = new Map(users.map((user) => [user.email.toLowerCase(), user]));
  return rows.map((row) => {
    if (row.error !== null) return row;
    const user = byEmail.get(row.email);
    if (user === undefined) return { ...row, error: `User not found for email: '${row.email}'` };
    if (full.has(user.id)) return { ...row, error: `Project assignment limit reached: '${row.email}'` };
    return { ...row, userId: user.id };
  });
}

function decoded(file: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file);
  } catch {
    return refuse(422, 'CSV decoding failed', 'File must be UTF-8 encoded');
  }
}
