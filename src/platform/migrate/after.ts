import { qualified } from '../../postgres/script.ts';
import type { Session } from '../../postgres/session.ts';
import { counted } from '../../system/counted.ts';
import { columnsOf, type Target, targetOf } from './target.ts';

/** What is left for a person to decide once users are imported. */
export interface LeftToDo {
  /** Users who are in more shared projects than their limit allows. */
  readonly overLimit: number;
  /** Undefined on a platform without maintainers (before 2.23). */
  readonly maintainers: number | undefined;
  /** Members of projects with a budget who have no part of it; undefined on a platform without member budgets. */
  readonly withoutBudget: number | undefined;
}

export function leftToDo(session: Session, schema: string): Promise<LeftToDo> {
  return session.transaction(
    async () => {
      // Right after an import the server has no statistics of the new rows: it expects one project and compares every
      // membership with every project, one by one, which takes hours.
      await session.run('SET LOCAL enable_nestloop = off');
      return countLeftToDo(session, schema);
    },
    { readOnly: true },
  );
}

async function countLeftToDo(session: Session, schema: string): Promise<LeftToDo> {
  const target = targetOf(schema, await columnsOf(session, schema));
  const { users, memberships, applications, maintainerColumn } = target;
  const count = async (from: string): Promise<number> => {
    const [row] = await session.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${from}`);
    return row?.count ?? 0;
  };
  return {
    overLimit: await count(
      `(SELECT u.id FROM ${users} u JOIN ${memberships} m ON m.user_id = u.id
          JOIN ${applications} a ON lower(a.name) = lower(m.project_name)
         WHERE a.project_type = 'shared' AND a.deleted_at IS NULL AND u.deleted_at IS NULL AND u.project_limit IS NOT NULL
         GROUP BY u.id, u.project_limit HAVING count(*) > u.project_limit) over_limit`,
    ),
    maintainers:
      maintainerColumn === undefined
        ? undefined
        : await count(`${users} WHERE ${maintainerColumn} AND is_active AND deleted_at IS NULL`),
    withoutBudget: await withoutBudget(target, count),
  };
}

async function withoutBudget(
  { schema, memberships, applications, has }: Target,
  count: (from: string) => Promise<number>,
): Promise<number | undefined> {
  if (!has('project_member_budget_assignments')) return undefined;
  const budgets = qualified(schema, 'project_budget_assignments');
  const parts = qualified(schema, 'project_member_budget_assignments');
  return count(
    `(SELECT DISTINCT m.user_id, a.id FROM ${memberships} m
        JOIN ${applications} a ON lower(a.name) = lower(m.project_name)
        JOIN ${budgets} b ON b.project_name = a.id AND b.deleted_at IS NULL
       WHERE NOT EXISTS (
         SELECT FROM ${parts} p WHERE p.user_id = m.user_id AND p.project_name = a.id AND p.pmba_deleted_at IS NULL)
     ) without_budget`,
  );
}

/** @returns one line for each thing that is left; none if nothing is. */
export function leftToDoLines({
  overLimit,
  maintainers,
  withoutBudget: members,
}: LeftToDo): readonly string[] {
  return [
    ...(overLimit > 0
      ? [`${counted(overLimit, 'user')} over the limit of projects: nobody can add them to more.`]
      : []),
    ...(maintainers === 0
      ? ['Nobody is a maintainer yet. Make one: codemie platform maintainer grant EMAIL']
      : []),
    ...(members !== undefined && members > 0
      ? [
          `${counted(members, 'member')} of projects with a budget without a part of it: assign it in the app.`,
        ]
      : []),
  ];
}
