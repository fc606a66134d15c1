import { quoteLiteral } from '../../../postgres/script.ts';
import { PART_SIZE } from '../fingerprint.ts';
import { type PlanFile, planKey } from '../plan/file.ts';
import type { Target } from '../target.ts';

/** What a run writes besides the plan. */
export interface RunFacts {
  readonly plan: PlanFile;
  /** `--reason`. */
  readonly reason: string | undefined;
}

/** Our own tables. `IF NOT EXISTS` is safe here: the lock of the migration is held. */
export function ownTableStatements({ own }: Target): readonly string[] {
  return [
    `CREATE SCHEMA IF NOT EXISTS ${own.schema}`,
    `CREATE TABLE IF NOT EXISTS ${own.runs} (
       plan varchar(100) PRIMARY KEY, made_at timestamp NOT NULL, source text NOT NULL, reason text,
       counts jsonb NOT NULL, is_done boolean NOT NULL DEFAULT false)`,
    `CREATE TABLE IF NOT EXISTS ${own.parts} (plan varchar(100), part integer, PRIMARY KEY (plan, part))`,
    `CREATE TABLE IF NOT EXISTS ${own.written} (
       user_id varchar(36) PRIMARY KEY, plan varchar(100) NOT NULL, state jsonb NOT NULL)`,
    `CREATE TABLE IF NOT EXISTS ${own.replaced} (
       plan varchar(100), user_id varchar(36), before jsonb NOT NULL, PRIMARY KEY (plan, user_id))`,
  ];
}

export function beginRun({ own }: Target, { plan, reason }: RunFacts): string {
  const { header, end } = plan;
  const source = `${header.source.kind} ${header.source.place} ${header.source.realm}`;
  const values = [planKey(plan), end.madeAt, source, reason ?? null, JSON.stringify(end.counts)].map(
    quoteLiteral,
  );
  return `INSERT INTO ${own.runs} (plan, made_at, source, reason, counts) VALUES (${values.join(', ')}) ON CONFLICT (plan) DO NOTHING`;
}

/**
 * The statements that write the lines from `first` to `last`, sorted by user id, which is the order of the lines: indexes
 * are then filled in order. A unique violation means that the database changed since the plan was checked.
 */
export function writeStatements(
  target: Target,
  { plan, reason }: RunFacts,
  first: number,
  last: number,
): readonly string[] {
  const { users, memberships, applications, adminColumn, own, has } = target;
  const key = quoteLiteral(planKey(plan));
  const range = `n BETWEEN ${first} AND ${last}`;
  const limit = `CASE WHEN is_admin THEN NULL ELSE ${plan.header.limit} END`;
  const date = dateAt(plan);
  const repos = has('applications', 'git_repos') ? [', git_repos', ", '[]'"] : ['', ''];
  return [
    // An id is the name by convention. It is taken where a project was renamed.
    `INSERT INTO ${applications} (id, date, update_date, name, project_type${repos[0]})
     SELECT CASE WHEN EXISTS (SELECT FROM ${applications} a WHERE a.id = p.name) THEN ${rowId('n', '0', 'p.name')} ELSE p.name END,
            ${date}, ${date}, p.name, 'shared'${repos[1]}
       FROM plan_project p WHERE ${range} ORDER BY n`,
    `INSERT INTO ${users} (id, date, update_date, username, email, name, picture, user_type, is_active, ${adminColumn}, auth_source, email_verified, project_limit)
     SELECT id, ${date}, ${date}, username, email, name, picture, user_type, is_active, is_admin, 'keycloak', true, ${limit}
       FROM plan_user WHERE ${range} ORDER BY n`,
    `INSERT INTO ${applications} (id, date, update_date, name, project_type, created_by, description${repos[0]})
     SELECT personal_project, ${date}, ${date}, personal_project, 'personal', id, left('Personal Project for ' || personal_project, 500)${repos[1]}
       FROM plan_user WHERE personal_project IS NOT NULL AND ${range} ORDER BY n`,
    ...updateStatements(target, plan, range),
    `INSERT INTO ${memberships} (id, date, update_date, user_id, project_name, is_project_admin)
     SELECT ${rowId('n', 'pos', "user_id || ':' || project")}, ${date}, ${date}, user_id, project, is_admin
       FROM plan_membership WHERE ${range} ORDER BY n, pos`,
    `UPDATE ${memberships} t SET is_project_admin = p.is_admin, update_date = ${date}
       FROM plan_role p WHERE t.user_id = p.user_id AND lower(t.project_name) = lower(p.project) AND ${range}`,
    ...eventStatements(target, plan, reason, range),
    `INSERT INTO ${own.written} (user_id, plan, state)
     SELECT u.id, ${key}, jsonb_build_object('username', u.username, 'email', u.email, 'name', u.name, 'picture', u.picture,
              'user_type', u.user_type, 'is_active', u.is_active, 'is_admin', u.is_admin, 'projects', ${projectsOf('u')})
       FROM plan_user u WHERE ${range} ORDER BY n
     ON CONFLICT (user_id) DO UPDATE SET plan = excluded.plan, state = excluded.state`,
    `INSERT INTO ${own.parts} SELECT ${key}, part FROM generate_series(${partOf(first)}, ${partOf(last)}) AS part`,
  ];
}

export function partOf(n: number): number {
  return Math.trunc((n - 1) / PART_SIZE);
}

/** One microsecond apart, so that a list sorted by date has one order. */
function dateAt({ end }: PlanFile): string {
  return `(timestamp ${quoteLiteral(end.madeAt)} + n * interval '1 microsecond')`;
}

/**
 * SQL for the id of a row: a UUID of version 8 that begins with the number of the line, so that ids rise, and ends with a
 * digest, so that the same row gets the same id each time.
 */
export function rowId(n: string, pos: string, text: string): string {
  const digest = `encode(sha256(convert_to(${text}, 'UTF8')), 'hex')`;
  return `(SELECT lpad(to_hex(${n}), 8, '0') || '-' || lpad(to_hex(${pos}), 4, '0') || '-8' || left(h, 3) || '-8' || substr(h, 4, 3) || '-' || substr(h, 7, 12) FROM ${digest} AS h)`;
}

function projectsOf(user: string): string {
  return `coalesce((SELECT jsonb_object_agg(m.project, m.is_admin) FROM plan_membership m WHERE m.n = ${user}.n AND m.pos > 0), '{}')`;
}

/** Users that exist. What is replaced is kept for the reverse script, and what is written becomes what we last wrote. */
function updateStatements(target: Target, plan: PlanFile, range: string): readonly string[] {
  const { users, memberships, adminColumn, own } = target;
  const key = quoteLiteral(planKey(plan));
  const value = (field: string, type: string, column = field): string =>
    `${column} = CASE WHEN p.fields ? '${field}' THEN (p.fields -> '${field}' ->> 1)::${type} ELSE t.${column} END`;
  return [
    `INSERT INTO ${own.replaced} (plan, user_id, before)
     SELECT ${key}, p.id, jsonb_build_object(
              'set', p.fields, 'limit', t.project_limit, 'updated', t.update_date,
              'roles', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'admin', r.is_admin, 'updated', m.update_date) ORDER BY m.id), '[]')
                          FROM plan_role r JOIN ${memberships} m ON m.user_id = r.user_id AND lower(m.project_name) = lower(r.project)
                         WHERE r.n = p.n),
              'written', (SELECT jsonb_build_object('plan', w.plan, 'state', w.state) FROM ${own.written} w WHERE w.user_id = p.id))
       FROM plan_update p JOIN ${users} t ON t.id = p.id WHERE ${range} ORDER BY n`,
    `UPDATE ${users} t SET ${[
      value('name', 'text'),
      value('picture', 'text'),
      value('user_type', 'text'),
      value('is_active', 'boolean'),
      value('is_admin', 'boolean', adminColumn),
    ].join(', ')},
            project_limit = CASE WHEN p.fields ? 'is_admin'
              THEN CASE WHEN (p.fields -> 'is_admin' ->> 1)::boolean THEN NULL ELSE ${plan.header.limit} END ELSE t.project_limit END,
            update_date = ${dateAt(plan)}
       FROM plan_update p WHERE p.id = t.id AND p.fields <> '{}' AND ${range}`,
    `INSERT INTO ${own.written} AS w (user_id, plan, state)
     SELECT p.id, ${key}, f.state || jsonb_build_object('projects', f.projects)
       FROM plan_update p
      CROSS JOIN LATERAL (SELECT
        coalesce((SELECT jsonb_object_agg(x.key, x.value -> 1) FROM jsonb_each(p.fields) AS x), '{}') AS state,
        coalesce((SELECT jsonb_object_agg(x.value ->> 'project', x.value -> 'admin') FROM jsonb_array_elements(p.added || p.roles) AS x), '{}') AS projects) f
      WHERE ${range} ORDER BY n
     ON CONFLICT (user_id) DO UPDATE SET plan = excluded.plan,
       state = w.state || excluded.state || jsonb_build_object('projects', coalesce(w.state -> 'projects', '{}') || (excluded.state -> 'projects'))`,
  ];
}

/** One event for each user, with its memberships. Nobody of the platform acted, so there is no actor. */
function eventStatements(
  { events }: Target,
  plan: PlanFile,
  reason: string | undefined,
  range: string,
): readonly string[] {
  if (events === undefined) return [];
  const common = `'auth_source', 'keycloak', 'tool', 'codemie', 'plan', ${quoteLiteral(plan.end.hash)}::text${reason === undefined ? '' : `, 'reason', ${quoteLiteral(reason)}::text`}`;
  const insert = `INSERT INTO ${events} (id, domain, event_type, entity_type, entity_id, attributes, created_at)`;
  const row = (type: string, alias: string, attributes: string): string =>
    `SELECT ${rowId('n', '65535', `'${type}:${plan.end.madeAt}:' || ${alias}.id`)}, 'user_management', '${type}', 'user', ${alias}.id,
            jsonb_build_object(${common}, ${attributes}), ${dateAt(plan)} AT TIME ZONE 'UTC'`;
  // A plan that was taken back and is applied again finds its events.
  const once = 'ON CONFLICT (id) DO NOTHING';
  return [
    `${insert} ${row('user.created', 'u', `'projects', ${projectsOf('u')}`)} FROM plan_user u WHERE ${range} ORDER BY n ${once}`,
    `${insert} ${row('user.updated', 'p', "'set', p.fields, 'projects_added', p.added, 'project_roles', p.roles")} FROM plan_update p WHERE ${range} ORDER BY n ${once}`,
  ];
}

/** The event of the whole run, and the end of its journal. */
export function endRun({ events, own }: Target, { plan, reason }: RunFacts): readonly string[] {
  const { hash, counts, madeAt } = plan.end;
  const attributes = {
    tool: 'codemie',
    plan: hash,
    source: plan.header.source,
    counts,
    ...(reason === undefined ? {} : { reason }),
  };
  return [
    ...(events === undefined
      ? []
      : [
          `INSERT INTO ${events} (id, domain, event_type, attributes, created_at)
           SELECT ${rowId('0', '0', quoteLiteral(`run:${planKey(plan)}`))}, 'user_management', 'user.migration', ${quoteLiteral(JSON.stringify(attributes))}::jsonb, timestamp ${quoteLiteral(madeAt)} AT TIME ZONE 'UTC'
           ON CONFLICT (id) DO NOTHING`,
        ]),
    `UPDATE ${own.runs} SET is_done = true WHERE plan = ${quoteLiteral(planKey(plan))}`,
  ];
}

/** SQL that counts lines of the plan that the database does not have: the proof is that there are none. */
export function unfulfilled({ users, memberships, applications }: Target): string {
  return `SELECT
    (SELECT count(*) FROM plan_user p WHERE NOT EXISTS (SELECT FROM ${users} t WHERE t.id = p.id AND t.username = p.username AND t.email = p.email))
  + (SELECT count(*) FROM plan_membership p WHERE NOT EXISTS (SELECT FROM ${memberships} t WHERE t.user_id = p.user_id AND t.project_name = p.project AND t.is_project_admin = p.is_admin))
  + (SELECT count(*) FROM plan_project p WHERE NOT EXISTS (SELECT FROM ${applications} t WHERE t.name = p.name))
  + (SELECT count(*) FROM plan_role p WHERE NOT EXISTS (SELECT FROM ${memberships} t WHERE t.user_id = p.user_id AND lower(t.project_name) = lower(p.project) AND t.is_project_admin = p.is_admin))
  AS count`;
}
