import { dollarQuoted, qualified, quoteLiteral } from '../../postgres/script.ts';

/** What to change about the roles of one person. */
export interface RoleChange {
  readonly action: 'grant' | 'revoke';
  /** An e-mail address in any case, or an id. */
  readonly who: string;
  /** Only for `revoke`: take the admin role away, too. */
  readonly adminToo: boolean;
}

/** The SQLSTATE of each refusal of the script. */
export const REFUSALS = {
  tooOld: 'CM001',
  unknown: 'CM002',
  twins: 'CM003',
  deleted: 'CM004',
  inactive: 'CM005',
  lastMaintainer: 'CM006',
  lastAdmin: 'CM007',
} as const;

/** What the platform sets for somebody who is no admin any more, whatever USER_PROJECT_LIMIT says. */
const LIMIT_OF_USERS = 3;

/**
 * The change as one statement, for a transaction. It looks at everything itself and changes all or nothing, so that a
 * database administrator who runs it gets what `codemie platform maintainer` does.
 *
 * As in the platform, an admin has no project limit, and one event tells of the change. It has no actor, because
 * nobody is signed in to the platform.
 */
export function roleScript(schema: string, { action, who, adminToo }: RoleChange): string {
  const users = qualified(schema, 'users');
  const events = qualified(schema, 'activity_events');
  const isThere = (table: string, column?: string): string =>
    `EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = ${quoteLiteral(schema)} AND c.relname = ${quoteLiteral(table)}
         AND a.attnum > 0 AND NOT a.attisdropped${column === undefined ? '' : ` AND a.attname = ${quoteLiteral(column)}`})`;
  const body = `
DECLARE
  wanted CONSTANT text := ${quoteLiteral(who)};
  person record;
  found integer;
  changed jsonb;
BEGIN
  IF NOT ${isThere('users', 'is_maintainer')} THEN
    RAISE EXCEPTION 'This platform is older than 2.23.0: it has no maintainers.' USING ERRCODE = '${REFUSALS.tooOld}';
  END IF;
  -- Nobody else changes these roles until the end of the transaction.
  PERFORM id FROM ${users}
    WHERE is_maintainer OR is_admin OR id = wanted OR lower(email) = lower(wanted) ORDER BY id FOR UPDATE;
  SELECT count(*) INTO found FROM ${users} WHERE id = wanted OR lower(email) = lower(wanted);
  IF found = 0 THEN
    RAISE EXCEPTION 'There is no such user.' USING ERRCODE = '${REFUSALS.unknown}';
  ELSIF found > 1 THEN
    RAISE EXCEPTION 'Several users have this e-mail address. Name one by its id.' USING ERRCODE = '${REFUSALS.twins}';
  END IF;
  SELECT * INTO STRICT person FROM ${users} WHERE id = wanted OR lower(email) = lower(wanted);
${action === 'grant' ? granted() : revoked(users, adminToo)}
  UPDATE ${users} SET
    is_maintainer = coalesce((changed->>'is_maintainer')::boolean, is_maintainer),
    is_admin = coalesce((changed->>'is_admin')::boolean, is_admin),
    project_limit = CASE WHEN changed ? 'project_limit' THEN (changed->>'project_limit')::integer ELSE project_limit END,
    update_date = now() AT TIME ZONE 'UTC'
  WHERE id = person.id;
  IF ${isThere('activity_events')} THEN
    INSERT INTO ${events} (id, domain, event_type, entity_type, entity_id, attributes)
    VALUES (gen_random_uuid()::text, 'user_management', 'user.updated', 'user', person.id,
            changed || jsonb_build_object('changed_by', 'codemie platform maintainer', 'database_user', current_user));
  END IF;
END`;
  return `DO ${dollarQuoted(`${body}\n`)}`;
}

function granted(): string {
  return `  IF person.deleted_at IS NOT NULL THEN
    RAISE EXCEPTION 'This user was deleted.' USING ERRCODE = '${REFUSALS.deleted}';
  ELSIF NOT person.is_active THEN
    RAISE EXCEPTION 'This user is deactivated.' USING ERRCODE = '${REFUSALS.inactive}';
  ELSIF person.is_maintainer AND person.is_admin AND person.project_limit IS NULL THEN
    RAISE NOTICE 'Nothing to do: this user is a maintainer.';
    RETURN;
  END IF;
  changed := '{"is_maintainer": true, "is_admin": true, "project_limit": null}';`;
}

function revoked(users: string, adminToo: boolean): string {
  const others = (role: string): string =>
    `person.${role} AND person.is_active AND person.deleted_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM ${users} WHERE ${role} AND is_active AND deleted_at IS NULL AND id <> person.id)`;
  const lastAdmin = `
  IF ${others('is_admin')} THEN
    RAISE EXCEPTION 'This user is the last admin.' USING ERRCODE = '${REFUSALS.lastAdmin}';
  END IF;`;
  return `  IF NOT person.is_maintainer${adminToo ? ' AND NOT person.is_admin' : ''} THEN
    RAISE NOTICE 'Nothing to do: this user does not have the role.';
    RETURN;
  END IF;
  IF ${others('is_maintainer')} THEN
    RAISE EXCEPTION 'This user is the last maintainer.' USING ERRCODE = '${REFUSALS.lastMaintainer}';
  END IF;${adminToo ? lastAdmin : ''}
  changed := '{"is_maintainer": false}';${
    adminToo
      ? `
  IF person.is_admin THEN
    changed := changed || '{"is_admin": false, "project_limit": ${LIMIT_OF_USERS}}';
  END IF;`
      : ''
  }`;
}

/** The same as a file for `psql`. */
export function roleFile(schema: string, change: RoleChange): string {
  return `-- Changes the roles of one user, or nothing. Run it with: psql -v ON_ERROR_STOP=1 -f FILE
BEGIN;
SET LOCAL lock_timeout = '10s';
${roleScript(schema, change)};
COMMIT;`;
}

const LISTED = ['id', 'email', 'name', 'is_active', 'is_admin', 'last_login_at'];

/** Everybody who has the role, and was not deleted. */
export function listScript(schema: string): string {
  return `SELECT ${LISTED.join(', ')} FROM ${qualified(schema, 'users')}
 WHERE is_maintainer AND deleted_at IS NULL
 ORDER BY lower(email), id`;
}
