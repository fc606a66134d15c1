import { DatabaseError } from '../../postgres/errors.ts';
import { type Need, requirePrivileges } from '../../postgres/privileges.ts';
import { readSchema } from '../../postgres/schema.ts';
import { qualified } from '../../postgres/script.ts';
import type { Session } from '../../postgres/session.ts';
import { refusalOf, tooOld, twins } from './refusals.ts';
import { listScript, REFUSALS, type RoleChange, roleScript } from './script.ts';

/** A user, as far as roles are concerned. */
export interface RoleHolder {
  readonly id: string;
  readonly email: string;
  readonly isMaintainer: boolean;
  readonly isAdmin: boolean;
  /** null: none. */
  readonly projectLimit: number | null;
}

export interface RoleResult {
  readonly before: RoleHolder;
  readonly after: RoleHolder;
  readonly changed: boolean;
  /** Whether the platform keeps a log of changes, and has an event of this one. */
  readonly logged: boolean;
}

const NEEDS: readonly Need[] = [
  { table: 'users', may: 'SELECT' },
  { table: 'users', may: 'UPDATE', columns: ['is_maintainer', 'is_admin', 'project_limit', 'update_date'] },
  { table: 'activity_events', may: 'INSERT' },
];

/**
 * Gives a person the maintainer role or takes it away, in one transaction.
 *
 * @throws the errors of `refusals.ts`; DATABASE_SCHEMA (9), DATABASE_DENIED (6).
 */
export async function changeRole(
  session: Session,
  schemaName: string,
  change: RoleChange,
): Promise<RoleResult> {
  const schema = await readSchema(session, schemaName);
  if (!schema.has('users', 'is_maintainer')) throw tooOld(session);
  await requirePrivileges(session, schema, NEEDS);
  const find = (): Promise<readonly RoleHolder[]> => usersNamed(session, schemaName, change.who);
  try {
    return await session.transaction(async () => {
      const [before] = await find();
      await session.run(roleScript(schemaName, change));
      const [after] = await find();
      if (before === undefined || after === undefined) throw new Error('The user was deleted just now.');
      const changed = JSON.stringify(before) !== JSON.stringify(after);
      return { before, after, changed, logged: changed && schema.has('activity_events') };
    });
  } catch (error) {
    throw await explained(error, change, find);
  }
}

async function explained(
  error: unknown,
  { who }: RoleChange,
  find: () => Promise<readonly RoleHolder[]>,
): Promise<unknown> {
  if (!(error instanceof DatabaseError)) return error;
  if (error.sqlState === REFUSALS.twins) return twins(who, await find());
  return refusalOf(error.sqlState, who) ?? error;
}

/** Everybody with this id, or with this e-mail address in any case. */
function usersNamed(session: Session, schema: string, who: string): Promise<readonly RoleHolder[]> {
  return session.query<RoleHolder>(
    `SELECT id, email, is_maintainer AS "isMaintainer", is_admin AS "isAdmin", project_limit AS "projectLimit"
       FROM ${qualified(schema, 'users')} WHERE id = $1 OR lower(email) = lower($1) ORDER BY id`,
    [who],
  );
}

/** A maintainer as JSON prints one. */
export interface Maintainer {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  readonly isActive: boolean;
  readonly isAdmin: boolean;
  /** UTC, as the platform writes it; null if the person has never signed in. */
  readonly lastLoginAt: string | null;
}

interface MaintainerRow {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  readonly is_active: boolean;
  readonly is_admin: boolean;
  readonly last_login_at: string | null;
}

export async function maintainersOf(session: Session, schemaName: string): Promise<readonly Maintainer[]> {
  const schema = await readSchema(session, schemaName);
  if (!schema.has('users', 'is_maintainer')) throw tooOld(session);
  await requirePrivileges(session, schema, [{ table: 'users', may: 'SELECT' }]);
  const rows = await session.query<MaintainerRow>(listScript(schemaName));
  return rows.map(({ id, email, name, is_active, is_admin, last_login_at }) => ({
    id,
    email,
    name,
    isActive: is_active,
    isAdmin: is_admin,
    lastLoginAt: last_login_at,
  }));
}
