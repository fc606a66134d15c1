import { qualified } from '../../../postgres/script.ts';
import type { Target } from '../target.ts';

/** Tables that hold something of a user, by the column that names the user. */
const OF_A_USER = {
  projects: ['user_projects', 'user_id'],
  knowledgeBases: ['user_knowledge_bases', 'user_id'],
  budgets: ['budgets', 'owner_user_id'],
  budgetAssignments: ['user_budget_assignments', 'user_id'],
  memberBudgets: ['project_member_budget_assignments', 'user_id'],
  enrichment: ['user_enrichment', 'user_id'],
} as const;

/** @returns the tables that `hangsOn` reads. */
export function tablesOfAUser({ has }: Target): readonly string[] {
  return Object.values(OF_A_USER)
    .filter(([table, column]) => has(table, column))
    .map(([table]) => table);
}

/** @returns SQL for an object that counts what hangs on the old row `o`. An enrichment row forbids a change of its e-mail. */
export function hangsOn({ schema, has }: Target): string {
  const counts = Object.entries(OF_A_USER)
    .filter(([, [table, column]]) => has(table, column))
    .map(
      ([name, [table, column]]) =>
        `'${name}', (SELECT count(*) FROM ${qualified(schema, table)} x WHERE x.${column} = o.id)`,
    );
  return `json_build_object(${counts.join(', ')})`;
}

/**
 * The two ways out of a recreated account, as SQL for a person to read and run: the new account begins empty, or it takes
 * over what the old one has. Plan again after either.
 */
export function resolutions(target: Target): string {
  const { schema, users, has } = target;
  const table = (name: string): string => qualified(schema, name);
  const enrichment = has('user_enrichment', 'email')
    ? [`DELETE FROM ${table('user_enrichment')} WHERE user_id = %1$L;`]
    : [];
  const retire = [
    ...enrichment,
    `UPDATE ${users} SET email = 'replaced-' || id, username = 'replaced-' || id, is_active = false, deleted_at = coalesce(deleted_at, now() AT TIME ZONE 'UTC'), update_date = now() AT TIME ZONE 'UTC' WHERE id = %1$L;`,
  ];
  const columns = ['date', 'name', 'picture', 'user_type', target.adminColumn, 'project_limit'].filter(
    (column) => has('users', column),
  );
  const copied = [
    `INSERT INTO ${users} (id, update_date, username, email, is_active, auth_source, email_verified, ${columns.join(', ')}) SELECT %2$L, now() AT TIME ZONE 'UTC', %3$L, %4$L, true, 'keycloak', true, ${columns.join(', ')} FROM ${users} WHERE id = %1$L;`,
    ...Object.values(OF_A_USER)
      .filter(([name, column]) => name !== 'user_enrichment' && has(name, column))
      .map(([name, column]) => `UPDATE ${table(name)} SET ${column} = %2$L WHERE ${column} = %1$L;`),
  ];
  const formatted = (statements: readonly string[]): string =>
    `format(${quoted(['BEGIN;', ...statements, 'COMMIT;'].join(' '))}, o.id, p.id, p.username, p.email)`;
  return `json_build_array(${formatted(retire)}, ${formatted([...retire, ...copied])})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
