import { JSON_LINES } from '../plan/json-lines.ts';

/** Statements that load a plan into temporary tables of the session, before and after the lines are copied. */
export const PLAN_LINE_TABLE = 'CREATE TEMP TABLE plan_line (line jsonb)';

export const COPY_PLAN = `COPY pg_temp.plan_line FROM STDIN WITH ${JSON_LINES}`;

const from = (kind: string): string => `FROM plan_line WHERE line ->> 'do' = '${kind}'`;

/** Filled from the lines, in the order of the plan. */
export const UNFOLD: readonly string[] = [
  `CREATE TEMP TABLE plan_project AS SELECT (line ->> 'n')::integer AS n, line ->> 'name' AS name ${from('project')}`,
  `CREATE TEMP TABLE plan_user AS
   SELECT (line ->> 'n')::integer AS n, line ->> 'id' COLLATE "C" AS id, line ->> 'username' AS username, line ->> 'email' AS email,
          line ->> 'name' AS name, line ->> 'picture' AS picture, line ->> 'userType' AS user_type,
          (line ->> 'active')::boolean AS is_active, (line ->> 'admin')::boolean AS is_admin,
          line ->> 'personalProject' AS personal_project, line -> 'projects' AS projects, line -> 'adminOf' AS admin_of
     ${from('create')}`,
  `CREATE TEMP TABLE plan_update AS
   SELECT (line ->> 'n')::integer AS n, line ->> 'id' COLLATE "C" AS id, coalesce(line -> 'set', '{}') AS fields,
          coalesce(line -> 'add', '[]') AS added, coalesce(line -> 'role', '[]') AS roles
     ${from('update')}`,
  `CREATE TEMP TABLE plan_membership AS
   SELECT u.n, x.pos::integer AS pos, u.id AS user_id, x.name AS project, coalesce(u.admin_of ? x.name, false) AS is_admin
     FROM plan_user u CROSS JOIN LATERAL jsonb_array_elements_text(u.projects) WITH ORDINALITY AS x (name, pos)`,
  `INSERT INTO plan_membership SELECT n, 0, id, personal_project, false FROM plan_user WHERE personal_project IS NOT NULL`,
  `INSERT INTO plan_membership
   SELECT u.n, x.pos, u.id, x.value ->> 'project', (x.value ->> 'admin')::boolean
     FROM plan_update u CROSS JOIN LATERAL jsonb_array_elements(u.added) WITH ORDINALITY AS x (value, pos)`,
  `CREATE TEMP TABLE plan_role AS
   SELECT u.n, u.id AS user_id, x.value ->> 'project' AS project, (x.value ->> 'admin')::boolean AS is_admin
     FROM plan_update u CROSS JOIN LATERAL jsonb_array_elements(u.roles) AS x (value)`,
  'CREATE INDEX ON plan_user (n)',
  'CREATE INDEX ON plan_membership (n, pos)',
  'ANALYZE plan_user',
  'ANALYZE plan_membership',
  'ANALYZE plan_update',
];

/** Fills the tables that the fingerprint is taken of, as the plan filled them. */
export const FILL_TOUCHED: readonly string[] = [
  'INSERT INTO touched_user SELECT n, id, lower(email), lower(username) FROM plan_user',
  'INSERT INTO touched_user SELECT n, id, NULL, NULL FROM plan_update',
  'INSERT INTO touched_project SELECT n, lower(name) FROM plan_project',
  `INSERT INTO used_project
   SELECT DISTINCT lower(m.project) FROM plan_membership m
    WHERE m.pos > 0 AND lower(m.project) NOT IN (SELECT key FROM touched_project)
   UNION SELECT lower(project) FROM plan_role WHERE lower(project) NOT IN (SELECT key FROM touched_project)`,
  // After the projects of others: a project of this name must not be there by then.
  'INSERT INTO touched_project SELECT n, lower(personal_project) FROM plan_user WHERE personal_project IS NOT NULL',
  'ANALYZE touched_user',
];
