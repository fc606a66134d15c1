import { describe, expect, it } from 'vitest';
import { leftToDo, leftToDoLines } from '../../src/platform/migrate/after.ts';
import type { Session } from '../../src/postgres/session.ts';
import { idOf, membershipsOf, person } from '../support/generated-source.ts';
import { apply, planFor } from '../support/migration.ts';
import { type PlatformVersion, platformDatabase, postgresVersions } from '../support/postgres-server.ts';

async function imported(version?: PlatformVersion) {
  const database = await platformDatabase(version);
  const { plan } = await planFor(database, [
    person(1, { memberships: membershipsOf('a', 'b', 'c', 'd') }),
    person(2, { memberships: membershipsOf('a', 'b', 'c') }),
    person(3, { memberships: membershipsOf('a', 'b', 'c', 'd', 'e'), isAdmin: true }),
  ]);
  await apply(database, plan);
  return { database, left: async () => leftToDo(await database.session(), 'codemie') };
}

describe.skipIf(postgresVersions().length === 0)('what is left to do after an import', () => {
  it('users over the limit, apart from admins; no maintainer yet; members without a part of a budget', async () => {
    const { database, left } = await imported();
    expect(await left()).toEqual({ overLimit: 1, maintainers: 0, withoutBudget: 0 });

    await database.query('UPDATE users SET is_maintainer = true WHERE id = $1', [idOf(3)]);
    await database.query(
      `INSERT INTO budgets (budget_id, name, budget_type, soft_budget, max_budget, budget_duration, budget_category, created_by, created_at, updated_at)
       VALUES ('b1', 'b1', 'project', 1, 2, '30d', 'platform', 'somebody', now(), now())`,
    );
    const [project] = await database.query(`SELECT id FROM applications WHERE name = 'd'`);
    await database.query(
      `INSERT INTO project_budget_assignments (id, project_name, budget_category, budget_id, allocation_mode, assigned_by, assigned_at)
       VALUES ('p1', $1, 'platform', 'b1', 'equal', 'somebody', now())`,
      [project?.['id']],
    );
    expect(await left()).toEqual({ overLimit: 1, maintainers: 1, withoutBudget: 2 });
    expect(leftToDoLines(await left())).toEqual([
      '1 user over the limit of projects: nobody can add them to more.',
      '2 members of projects with a budget without a part of it: assign it in the app.',
    ]);
  });

  it('is counted without comparing every membership with every project, before the server knows the new rows', async () => {
    const database = await platformDatabase();
    await database.query('ALTER TABLE users SET (autovacuum_enabled = off)');
    await database.query('ALTER TABLE user_projects SET (autovacuum_enabled = off)');
    await database.query('ALTER TABLE applications SET (autovacuum_enabled = off)');
    const names = Array.from({ length: 300 }, (_, n) => `project-${n}`);
    const people = Array.from({ length: 1000 }, (_, n) =>
      person(n, { memberships: membershipsOf(...names.slice(n % 290, (n % 290) + 5)) }),
    );
    await apply(database, (await planFor(database, people)).plan);
    const session = await database.session();
    const plans: string[] = [];
    const query: Session['query'] = async (text, ...values) => {
      if (text.includes('lower('))
        plans.push(JSON.stringify(await session.query(`EXPLAIN ${text}`, ...values)));
      return session.query(text, ...values);
    };
    await leftToDo({ ...session, query }, 'codemie');
    expect(plans).toHaveLength(2);
    for (const plan of plans) expect(plan).not.toContain('Nested Loop');
  });

  it('knows platforms without maintainers and budgets', async () => {
    const { left } = await imported('2.19');
    expect(await left()).toEqual({ overLimit: 1, maintainers: undefined, withoutBudget: undefined });
  });

  it('is not mentioned when nothing is left', () => {
    expect(leftToDoLines({ overLimit: 0, maintainers: 2, withoutBudget: 0 })).toEqual([]);
    expect(leftToDoLines({ overLimit: 0, maintainers: 0, withoutBudget: undefined })).toEqual([
      'Nobody is a maintainer yet. Make one: codemie platform maintainer grant EMAIL',
    ]);
  });
});
