import type { Session } from '../../postgres/session.ts';
import type { Target } from './target.ts';

/** How many lines of a plan are one part: after the flip, each part is a transaction. */
export const PART_SIZE = 1000;

/** What the plan's lines touch, as the database had it. A plan whose database looks otherwise is stale. */
export interface Fingerprint {
  /** Digest of the projects that the plan gives members to, and does not create. */
  readonly projects: string;
  /** Digest of what exists already of what a part touches, by the number of the part. Parts without any are left out. */
  readonly parts: Readonly<Record<string, string>>;
}

/** The plan and each apply fill them in the same form. */
export const TOUCHED_TABLES = [
  // Users to create (by id, address and name) and to update (by id alone).
  'CREATE TEMP TABLE touched_user (n integer, id text COLLATE "C", lower_email text, lower_username text)',
  'CREATE TEMP TABLE touched_project (n integer, key text COLLATE "C")',
  'CREATE TEMP TABLE used_project (key text COLLATE "C")',
];

/** Not md5: a server in FIPS mode has none. */
const digest = (text: string): string => `encode(sha256(convert_to(${text}, 'UTF8')), 'hex')`;

export function projectsStatement({ applications }: Target): string {
  return `SELECT coalesce(${digest(`string_agg(json_build_array(a.id, a.name, a.project_type, a.deleted_at)::text, ';' ORDER BY a.id COLLATE "C")`)}, '') AS digest
    FROM ${applications} a WHERE lower(a.name) IN (SELECT key FROM used_project)`;
}

/** @returns SQL for rows `(part, digest)`, ordered. */
export function partsStatement(target: Target): string {
  const { users, memberships, applications, adminColumn, maintainerColumn } = target;
  // Whatever the plan compared: a maintainer's admin role stays, for one.
  const roles = [adminColumn, ...(maintainerColumn === undefined ? [] : [maintainerColumn])];
  const user = `json_build_array(t.id, t.username, t.email, t.name, t.picture, t.user_type, t.is_active, ${roles.map((role) => `t.${role}`).join(', ')}, t.project_limit, t.deleted_at)::text`;
  return `WITH found AS (
      SELECT k.n, t.id, ${user} AS row FROM touched_user k JOIN ${users} t ON t.id = k.id
       UNION SELECT k.n, t.id, ${user} FROM touched_user k JOIN ${users} t ON lower(t.email) = k.lower_email
       UNION SELECT k.n, t.id, ${user} FROM touched_user k JOIN ${users} t ON lower(t.username) = k.lower_username
    ), seen AS (
      SELECT n, row FROM found
       UNION ALL SELECT f.n, json_build_array(m.user_id, m.project_name, m.is_project_admin)::text FROM (SELECT DISTINCT n, id FROM found) f JOIN ${memberships} m ON m.user_id = f.id
       UNION ALL SELECT k.n, json_build_array(a.id, a.name, a.deleted_at)::text FROM touched_project k JOIN ${applications} a ON lower(a.name) = k.key
    )
    SELECT (n - 1) / ${PART_SIZE} AS part, ${digest(`string_agg(row, ';' ORDER BY n, row COLLATE "C")`)} AS digest
      FROM seen GROUP BY 1 ORDER BY 1`;
}

/** Reads both. The tables of `TOUCHED_TABLES` must be filled. */
export async function fingerprintOf(session: Session, target: Target): Promise<Fingerprint> {
  const one = async (statement: string): Promise<string> => {
    const [row] = await session.query<{ digest: string | null }>(statement);
    return row?.digest ?? '';
  };
  const parts = await session.query<{ part: number; digest: string }>(partsStatement(target));
  return {
    projects: await one(projectsStatement(target)),
    parts: Object.fromEntries(parts.map(({ part, digest }) => [String(part), digest])),
  };
}
