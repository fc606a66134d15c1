import type { Target } from '../target.ts';
import { hangsOn, resolutions } from './recreated.ts';

export const LINE_TABLES = [
  'CREATE TEMP TABLE line (section integer, key text COLLATE "C", seq integer, what text, class text, line json)',
  `CREATE TEMP TABLE plan_line (
    n integer, what text, class text, key text COLLATE "C", line text
  )`,
];

export interface LineOptions {
  /** USER_PROJECT_LIMIT: how many shared projects a regular user may have. */
  readonly limit: number;
  readonly personalProjects: boolean;
}

/** Members of an object without those that are null. */
const object = (...members: readonly string[]): string =>
  `json_strip_nulls(json_build_object(${members.join(', ')}))`;

const who = (alias: string): string =>
  `'id', ${alias}.id, 'username', ${alias}.username, 'email', ${alias}.email`;

/** One line for each thing that the plan does or has to say, sorted: projects, users, then what is not written. */
export function lineSteps(target: Target, { limit, personalProjects }: LineOptions): readonly string[] {
  const { users, applications } = target;
  const conflict = (other: string, more: readonly string[] = []): string =>
    object(
      "'do', 'conflict'",
      "'class', c.class",
      `'user', json_build_object(${who('p')})`,
      `'other', json_build_object(${who('o')}${other})`,
      ...more,
    );
  return [
    // Only projects that somebody is planned to be in.
    `INSERT INTO line
     SELECT 1, p.key, 0, 'project', NULL, ${object("'do', 'project'", "'name', p.name")}
       FROM project p
      WHERE p.state = 'new' AND p.key IN (
        SELECT key FROM planned WHERE NOT is_known
         UNION ALL SELECT lower(project) FROM differing WHERE what = 'membership' AND is_written)`,
    `INSERT INTO line
     SELECT 2, p.id, 0, 'create', NULL, ${object(
       "'do', 'create'",
       who('p'),
       "'name', p.name",
       "'picture', p.picture",
       "'userType', p.user_type",
       "'active', p.is_active",
       "'admin', p.is_admin",
       "'adminVia', p.admin_via",
       "'projects', coalesce(to_json(m.names), '[]')",
       "'adminOf', to_json(m.administered)",
       ...(personalProjects
         ? [
             `'personalProject', CASE WHEN p.user_type <> 'external' AND NOT EXISTS (SELECT FROM ${applications} a WHERE lower(a.name) = p.lower_email) THEN p.email END`,
           ]
         : []),
     )}
       FROM person p
       LEFT JOIN (
         SELECT user_id, array_agg(name ORDER BY pos) AS names, array_agg(name ORDER BY pos) FILTER (WHERE is_admin) AS administered
           FROM planned WHERE NOT is_known GROUP BY user_id
       ) m ON m.user_id = p.id
      WHERE NOT p.is_known AND p.id NOT IN (SELECT id FROM held)`,
    `INSERT INTO line
     SELECT 3, d.id, 0, 'update', NULL, ${object(
       "'do', 'update'",
       "'id', d.id",
       "'set', json_object_agg(d.field, json_build_array(d.old_value, d.new_value) ORDER BY d.field) FILTER (WHERE d.what = 'field')",
       "'add', json_agg(json_build_object('project', d.project, 'admin', d.new_value) ORDER BY d.pos) FILTER (WHERE d.what = 'membership' AND d.old_value IS NULL)",
       "'role', json_agg(json_build_object('project', d.project, 'admin', d.new_value) ORDER BY d.pos) FILTER (WHERE d.what = 'membership' AND d.old_value IS NOT NULL)",
     )}
       FROM differing d WHERE d.is_written GROUP BY d.id`,
    `INSERT INTO line
     SELECT 4, d.id, row_number() OVER (PARTITION BY d.id ORDER BY d.what, d.field, d.project COLLATE "C"), 'keep', d.why, ${object(
       "'do', 'keep'",
       "'why', d.why",
       "'id', d.id",
       "'username', p.username",
       "'what', d.what",
       "'field', d.field",
       "'project', d.project",
       "'database', d.old_value",
       "'source', d.new_value",
     )}
       FROM differing d JOIN person p ON p.id = d.id WHERE NOT d.is_written`,
    `INSERT INTO line
     SELECT 5, c.id, row_number() OVER (PARTITION BY c.id ORDER BY c.other), 'conflict', c.class, ${conflict(
       '',
       [
         "'reason', 'two accounts of the source have the same ' || CASE c.field WHEN 'email' THEN 'e-mail address' ELSE 'user name' END || ', apart from case'",
       ],
     )}
       FROM (SELECT id, other, field, field || '-twin' AS class FROM pair) c
       JOIN person p ON p.id = c.id JOIN person o ON o.id = c.other`,
    `INSERT INTO line
     SELECT 5, c.id, 1000, 'conflict', c.class, ${conflict(
       ", 'created', o.date, 'lastLogin', o.last_login_at, 'deleted', o.deleted_at, 'signsInWith', o.auth_source",
       [
         "'targetDeleted', o.deleted_at IS NOT NULL",
         "'reason', CASE WHEN c.class = 'recreated' THEN 'the database has this e-mail address under an id that the source does not have' ELSE 'another user of the database has the same ' || CASE c.field WHEN 'email' THEN 'e-mail address' ELSE 'user name' END || CASE WHEN c.is_exact THEN '' ELSE ', apart from case' END END",
         `'hangs', CASE WHEN c.class = 'recreated' THEN ${hangsOn(target)} END`,
         `'resolutions', CASE WHEN c.class = 'recreated' THEN ${resolutions(target)} END`,
       ],
     )}
       FROM (SELECT DISTINCT ON (id) * FROM clash ORDER BY id, class <> 'recreated', field, is_exact DESC, other) c
       JOIN person p ON p.id = c.id JOIN ${users} o ON o.id = c.other`,
    ...['email', 'username'].map(
      (field) => `INSERT INTO line
        SELECT 5, c.id, 2000, 'conflict', c.class, ${conflict('', [
          `'reason', 'two users of the database have the same ${field === 'email' ? 'e-mail address' : 'user name'}, apart from case'`,
        ])}
          FROM (SELECT 'target-twin' AS class, min(id COLLATE "C") AS id, max(id COLLATE "C") AS other
                  FROM ${users} WHERE deleted_at IS NULL GROUP BY lower(${field}) HAVING count(*) > 1) c
          JOIN ${users} p ON p.id = c.id JOIN ${users} o ON o.id = c.other
         WHERE p.id NOT IN (SELECT key FROM rule WHERE kind IN ('keep', 'skip')) AND o.id NOT IN (SELECT key FROM rule WHERE kind IN ('keep', 'skip'))
           ${field === 'username' ? 'AND lower(p.email) <> lower(o.email)' : ''}`,
    ),
    ...skipSteps(),
    ...repairSteps(),
    overLimitStep(target, limit),
    `INSERT INTO plan_line
     SELECT row_number() OVER (ORDER BY section, key, seq), what, class, key, line::text FROM line`,
    'ANALYZE plan_line',
  ];
}

/**
 * Users that the import brings over their limit: new ones, and those that exist and get a project or lose the admin role.
 * Users that were over it before and are not written are left out.
 */
function overLimitStep({ users, memberships, applications }: Target, limit: number): string {
  const own = `CASE WHEN p.is_admin THEN NULL ELSE ${limit} END`;
  return `WITH changed AS (
       SELECT id, count(*) FILTER (WHERE what = 'membership') AS added, bool_or(what = 'field') AS role_changes
         FROM differing
        WHERE is_written AND (field = 'is_admin' OR (what = 'membership' AND old_value IS NULL))
        GROUP BY id
     ), present AS (
       SELECT m.user_id, count(*) AS count
         FROM changed c JOIN ${memberships} m ON m.user_id = c.id
         JOIN ${applications} a ON lower(a.name) = lower(m.project_name) AND a.project_type = 'shared' AND a.deleted_at IS NULL
        GROUP BY m.user_id
     ), after AS (
       SELECT p.id, count(*) AS count, ${own} AS limit_of_user
         FROM planned m JOIN person p ON p.id = m.user_id
        WHERE NOT p.is_known GROUP BY p.id, p.is_admin
       UNION ALL
       SELECT p.id, c.added + coalesce(h.count, 0), CASE WHEN c.role_changes THEN ${own} ELSE t.project_limit END
         FROM changed c JOIN person p ON p.id = c.id JOIN ${users} t ON t.id = c.id
         LEFT JOIN present h ON h.user_id = c.id
     )
     INSERT INTO line
     SELECT 8, p.id, 0, 'over-limit', NULL, json_strip_nulls(json_build_object('do', 'notice', 'class', 'over-limit', ${who('p')}, 'projects', s.count, 'limit', s.limit_of_user))
       FROM after s JOIN person p ON p.id = s.id WHERE s.count > s.limit_of_user`;
}

/** Accounts and memberships that are left out. */
function skipSteps(): readonly string[] {
  return [
    `INSERT INTO line
     SELECT 6, r.id, r.n, 'skip', r.reason, json_strip_nulls(json_build_object('do', 'skip', 'class', r.reason, 'id', r.id, 'username', r.username, 'reason', r.detail))
       FROM source_row r WHERE r.kind = 'skip'`,
    `INSERT INTO line
     SELECT 6, r.id, r.n, 'skip', c.class, json_strip_nulls(json_build_object('do', 'skip', 'class', c.class, ${who('r')}, 'reason', c.reason))
       FROM source_row r
       LEFT JOIN person p ON p.id = r.id
      CROSS JOIN LATERAL (SELECT
        CASE WHEN p.id IS NULL THEN 'rule' WHEN p.n <> r.n THEN 'same-id' ELSE 'twin-of-kept' END AS class,
        CASE WHEN p.id IS NULL THEN 'the rules file says so' WHEN p.n <> r.n THEN 'the source has this id twice'
             ELSE 'the rules file keeps another account with the same name or address' END AS reason) c
      WHERE r.kind = 'user' AND (p.id IS NULL OR p.n <> r.n OR p.id IN (SELECT id FROM held WHERE NOT is_conflict))`,
    `INSERT INTO line
     SELECT 6, w.user_id, w.pos, 'skip-membership', p.state, json_strip_nulls(json_build_object('do', 'skip', 'class', p.state || '-project', 'id', w.user_id, 'project', p.name,
            'reason', CASE p.state WHEN 'deleted' THEN 'the project is deleted in the platform' ELSE 'it is the personal project of somebody else' END))
       FROM wish w JOIN project p USING (key)
      WHERE p.state IN ('deleted', 'personal') AND p.owner IS DISTINCT FROM w.user_id`,
  ];
}

/** What is written otherwise than the source has it. */
function repairSteps(): readonly string[] {
  return [
    `INSERT INTO line
     SELECT 7, r.id, x.seq, 'repair', x.value ->> 'reason', json_strip_nulls(json_build_object('do', 'repair', 'class', x.value -> 'reason', 'id', r.id, 'detail', x.value -> 'detail'))
       FROM source_row r
       JOIN person p ON p.n = r.n
      CROSS JOIN LATERAL jsonb_array_elements(r.repairs) WITH ORDINALITY AS x (value, seq)
      WHERE NOT p.is_known AND p.id NOT IN (SELECT id FROM held)`,
    `INSERT INTO line
     SELECT 7, w.user_id, 1000 + w.pos, 'repair', 'project-spelling', json_strip_nulls(json_build_object('do', 'repair', 'class', 'project-spelling', 'id', w.user_id, 'detail', w.project || ' is ' || p.name))
       FROM wish w JOIN project p USING (key)
      WHERE p.state IN ('new', 'active') AND w.project <> p.name AND NOT w.is_known`,
  ];
}
