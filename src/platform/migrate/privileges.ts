import { missingGrants, missingOnDatabase, type Need, refuseWithout } from '../../postgres/privileges.ts';
import { readSchema, tablesOf } from '../../postgres/schema.ts';
import type { Session } from '../../postgres/session.ts';
import { tablesOfAUser } from './plan/recreated.ts';
import type { Target } from './target.ts';

const read = (table: string): Need => ({ table, may: 'SELECT' });
const add = (table: string): Need => ({ table, may: 'INSERT' });

/**
 * Asks before the source is read.
 *
 * @throws DATABASE_DENIED (6) with every GRANT that a plan needs and the user lacks.
 */
export async function requireToPlan(session: Session, target: Target): Promise<void> {
  const schema = await readSchema(session, target.schema);
  const own = await tablesOf(session, target.own.schemaName);
  const tables = new Set(['users', 'user_projects', 'applications', ...tablesOfAUser(target)]);
  refuseWithout(session, [
    ...(await missingOnDatabase(session, ['TEMPORARY'])),
    ...(await missingGrants(session, schema, [...tables].map(read))),
    ...(own.tables.size === 0 ? [] : await missingGrants(session, own, [read('migration_written')])),
  ]);
}

/**
 * Asks before anything is written.
 *
 * @throws DATABASE_DENIED (6) with every GRANT that an apply needs and the user lacks.
 */
export async function requireToApply(session: Session, target: Target): Promise<void> {
  const schema = await readSchema(session, target.schema);
  const own = await tablesOf(session, target.own.schemaName);
  refuseWithout(session, [
    // PostgreSQL asks for CREATE even where our schema and its tables are already there.
    ...(await missingOnDatabase(session, ['TEMPORARY', 'CREATE'])),
    ...(await missingGrants(session, schema, applyNeeds(target))),
    ...(own.tables.size === 0 ? [] : await missingGrants(session, own, OWN_NEEDS, ['USAGE', 'CREATE'])),
  ]);
}

function applyNeeds({ adminColumn }: Target): readonly Need[] {
  const written = ['users', 'user_projects', 'applications', 'activity_events'];
  return [
    ...written.map(read),
    // What is left to do after an apply.
    ...['project_member_budget_assignments', 'project_budget_assignments'].map(read),
    ...written.map(add),
    {
      table: 'users',
      may: 'UPDATE',
      columns: ['name', 'picture', 'user_type', 'is_active', adminColumn, 'project_limit', 'update_date'],
    },
    { table: 'user_projects', may: 'UPDATE', columns: ['is_project_admin', 'update_date'] },
  ];
}

const OWN_TABLES = ['migration_run', 'migration_part', 'migration_written', 'migration_replaced'];

const OWN_NEEDS: readonly Need[] = [
  ...OWN_TABLES.map(read),
  ...OWN_TABLES.map(add),
  { table: 'migration_run', may: 'UPDATE' },
  { table: 'migration_written', may: 'UPDATE' },
];
