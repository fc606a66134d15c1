import type { Target } from '../target.ts';

/** `create-only` writes nothing to users that exist; `merge` also writes what changed in the source since the last time. */
export type Policy = 'create-only' | 'merge';

export const KNOWN_TABLES = [
  'CREATE TEMP TABLE written (user_id text COLLATE "C", state jsonb)',
  `CREATE TEMP TABLE differing (
    id text COLLATE "C", what text, field text, project text, old_value jsonb, new_value jsonb, pos integer, is_written boolean,
    why text
  )`,
];

/** Fields of `users` that the source decides. The platform itself renews name, e-mail and picture at each sign-in. */
const FIELDS = ['name', 'picture', 'user_type', 'is_active', 'is_admin'] as const;

/** Only compared: a person's address and name to sign in with are changed by the platform alone. */
const SEEN_FIELDS = ['username', 'email'] as const;

/**
 * The three-way comparison of users that exist: what the source says now, what the database has, and what we wrote last.
 * A value that is not what we wrote was changed by a person, and stays. Users that we never wrote are compared only for
 * memberships, and only with `merge`.
 */
export function knownSteps(target: Target, policy: Policy, hasOwnTables: boolean): readonly string[] {
  const { users, memberships, applications, adminColumn, maintainerColumn, own } = target;
  const merges = policy === 'merge';
  const columnOf = (field: string): string => (field === 'is_admin' ? adminColumn : field);
  // Maintainers are admins, whatever the source says.
  const kept = maintainerColumn === undefined ? 'false' : `(f.field = 'is_admin' AND t.${maintainerColumn})`;
  const row = (field: string): string => `('${field}', to_jsonb(t.${columnOf(field)}), to_jsonb(p.${field}))`;
  return [
    ...(hasOwnTables
      ? [
          `INSERT INTO written SELECT w.user_id, w.state FROM ${own.written} w JOIN person p ON p.id = w.user_id`,
        ]
      : []),
    'ANALYZE written',
    `INSERT INTO differing
     SELECT p.id, 'deleted', NULL, NULL, NULL, NULL, 0, false, 'by-hand'
       FROM person p WHERE p.is_deleted`,
    `INSERT INTO differing
     SELECT p.id, 'field', f.field, NULL, f.old_value, f.new_value, 0,
            ${merges} AND f.field IN (${FIELDS.map((field) => `'${field}'`).join(', ')})
              AND NOT ${kept} AND coalesce(w.state -> f.field, 'null') = coalesce(f.old_value, 'null'),
            CASE WHEN coalesce(w.state -> f.field, 'null') <> coalesce(f.old_value, 'null') OR ${kept} THEN 'by-hand'
                 ELSE 'changed-in-source' END
       FROM person p
       JOIN written w ON w.user_id = p.id
       JOIN ${users} t ON t.id = p.id
      CROSS JOIN LATERAL (VALUES ${[...FIELDS, ...SEEN_FIELDS].map(row).join(', ')}) AS f (field, old_value, new_value)
      WHERE NOT p.is_deleted AND w.state ? f.field AND f.old_value IS DISTINCT FROM f.new_value`,
    membershipStep({ memberships, applications, merges }),
    'ANALYZE differing',
  ];
}

interface MembershipStep {
  readonly memberships: string;
  readonly applications: string;
  readonly merges: boolean;
}

/** `s` is the source, `t` the database, `b` what we wrote. */
function membershipStep({ memberships, applications, merges }: MembershipStep): string {
  const seen = merges ? 'true' : 'm.user_id IN (SELECT user_id FROM written)';
  return `INSERT INTO differing
    SELECT user_id, 'membership', NULL, coalesce(t.name, s.name, b.name), to_jsonb(t.is_admin), to_jsonb(s.is_admin), coalesce(s.pos, 0),
           ${merges} AND s.key IS NOT NULL
             AND CASE WHEN t.key IS NULL THEN b.key IS NULL ELSE coalesce(b.is_admin = t.is_admin, false) END,
           CASE WHEN s.key IS NULL THEN CASE WHEN b.is_admin = t.is_admin THEN 'removed-in-source' ELSE 'by-hand' END
                WHEN t.key IS NULL THEN CASE WHEN b.key IS NULL THEN 'changed-in-source' ELSE 'by-hand' END
                WHEN b.is_admin = t.is_admin THEN 'changed-in-source' ELSE 'by-hand' END
      FROM (SELECT user_id, pos, key, name, is_admin FROM planned
             WHERE is_known${merges ? '' : ' AND user_id IN (SELECT user_id FROM written)'}) s
      FULL JOIN (
        SELECT DISTINCT ON (m.user_id, lower(m.project_name)) m.user_id COLLATE "C" AS user_id, lower(m.project_name) COLLATE "C" AS key,
               m.project_name AS name, m.is_project_admin AS is_admin
          FROM ${memberships} m
          JOIN person p ON p.id = m.user_id AND p.is_known AND NOT p.is_deleted
         WHERE ${seen}
           AND lower(m.project_name) <> p.lower_email
           AND NOT EXISTS (SELECT FROM project x WHERE x.key = lower(m.project_name) AND x.state IN ('personal', 'deleted'))
           AND NOT EXISTS (SELECT FROM ${applications} a WHERE a.name = m.project_name
                              AND (a.project_type = 'personal' OR a.deleted_at IS NOT NULL))
         ORDER BY m.user_id, lower(m.project_name), m.is_project_admin DESC
      ) t USING (user_id, key)
      LEFT JOIN (
        SELECT w.user_id, lower(x.key) COLLATE "C" AS key, x.key AS name, (x.value)::boolean AS is_admin
          FROM written w CROSS JOIN LATERAL jsonb_each_text(w.state -> 'projects') AS x (key, value)
      ) b USING (user_id, key)
     WHERE (s.key IS NULL OR t.key IS NULL OR s.is_admin <> t.is_admin)
       AND NOT (s.key IS NULL AND NOT user_id IN (SELECT user_id FROM written))`;
}
