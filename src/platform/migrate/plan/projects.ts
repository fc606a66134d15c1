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
    oneOfEach(maps),
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

/**
 * One membership for each project, with the higher role. Two names of a user may be one project here: because of a rule,
 * or because the database folds the case of some letters, such as "İ", otherwise than the source. Of plain letters, the
 * source has found all twins.
 */
function oneOfEach(maps: boolean): string {
  const found = maps
    ? ''
    : 'WHERE user_id IN (SELECT user_id FROM wish WHERE octet_length(project) > length(project))';
  return `WITH twin AS (
       SELECT user_id, key, min(pos) AS pos, bool_or(is_admin) AS is_admin, string_agg(project, ', ' ORDER BY pos) AS names
         FROM wish ${found} GROUP BY user_id, key HAVING count(*) > 1
     ), gone AS (
       DELETE FROM wish w USING twin t WHERE w.user_id = t.user_id AND w.key = t.key AND w.pos <> t.pos
     ), raised AS (
       UPDATE wish w SET is_admin = true FROM twin t WHERE w.user_id = t.user_id AND w.key = t.key AND w.pos = t.pos AND t.is_admin AND NOT w.is_admin
     )
     INSERT INTO line
     SELECT 7, t.user_id, 2000 + t.pos, 'repair', 'duplicate-project', json_build_object('do', 'repair', 'class', 'duplicate-project', 'id', t.user_id, 'detail', t.names)
       FROM twin t JOIN person p ON p.id = t.user_id WHERE NOT p.is_known`;
}
