import type { Target } from '../target.ts';

export const PROJECT_TABLES = [
  `CREATE TEMP TABLE wish (
    user_id text COLLATE "C", pos integer, project text, key text COLLATE "C", is_admin boolean, is_known boolean
  )`,
  `CREATE TEMP TABLE project (
    key text COLLATE "C", name text, state text, owner text
  )`,
  `CREATE TEMP TABLE planned (
    user_id text COLLATE "C", pos integer, key text COLLATE "C", name text, is_admin boolean, is_known boolean
  )`,
];

/**
 * Which projects the memberships mean. A project has one spelling: the one that the platform has, else the first in the
 * order of the plan. Soft-deleted projects get no members, and neither do personal projects: the platform names one like
 * the person's e-mail address when they first sign in, and cannot if a shared project has that name.
 */
export function projectSteps({ applications }: Target, maps: boolean): readonly string[] {
  const name = maps ? 'coalesce(x.value, m.project)' : 'm.project';
  return [
    `INSERT INTO wish
     SELECT p.id, m.pos, ${name}, lower(${name}), m.is_admin, p.is_known
       FROM person p
       JOIN source_row r ON r.n = p.n
      CROSS JOIN LATERAL unnest(r.projects, r.admins) WITH ORDINALITY AS m (project, is_admin, pos)
      ${maps ? "LEFT JOIN rule x ON x.kind = 'map' AND x.key = lower(m.project)" : ''}
      WHERE NOT p.is_deleted AND p.id NOT IN (SELECT id FROM held)`,
    ...(maps ? ONE_OF_EACH : []),
    'ANALYZE wish',
    `INSERT INTO project
     SELECT k.key, coalesce(a.name, k.project),
            CASE WHEN a.is_personal OR (a.name IS NULL AND p.id IS NOT NULL) THEN 'personal'
                 WHEN a.name IS NULL THEN 'new' WHEN a.is_deleted THEN 'deleted' ELSE 'active' END,
            coalesce(a.created_by, p.id)
       FROM (SELECT DISTINCT ON (key) key, project FROM wish ORDER BY key, user_id, pos) k
       LEFT JOIN (
         SELECT DISTINCT ON (lower(name)) lower(name) AS key, name, created_by, deleted_at IS NOT NULL AS is_deleted,
                project_type = 'personal' AS is_personal
           FROM ${applications}
          ORDER BY lower(name), deleted_at IS NOT NULL, project_type = 'personal', date, name COLLATE "C"
       ) a ON a.key = k.key
       LEFT JOIN (SELECT lower_email AS key, min(id) AS id FROM person GROUP BY 1) p ON p.key = k.key`,
    'ANALYZE project',
    `INSERT INTO planned
     SELECT w.user_id, w.pos, w.key, p.name, w.is_admin, w.is_known
       FROM wish w JOIN project p USING (key) WHERE p.state IN ('new', 'active')`,
    'ANALYZE planned',
  ];
}

/** Two names that a rule makes one are one membership, with the higher role. */
const ONE_OF_EACH = [
  `UPDATE wish w SET is_admin = true
    WHERE EXISTS (SELECT FROM wish o WHERE o.user_id = w.user_id AND o.key = w.key AND o.is_admin)`,
  'DELETE FROM wish w USING wish o WHERE o.user_id = w.user_id AND o.key = w.key AND o.pos < w.pos',
];
