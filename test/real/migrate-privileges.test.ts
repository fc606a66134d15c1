import { describe, expect, it, onTestFinished } from 'vitest';
import { connectPostgres } from '../../src/postgres/connect.ts';
import { CodemieError } from '../../src/system/errors.ts';
import { testContext } from '../support/context.ts';
import { crowd, membershipsOf, person } from '../support/generated-source.ts';
import { apply, planFor } from '../support/migration.ts';
import {
  PASSWORD,
  type PlatformVersion,
  platformDatabase,
  type TestDatabase,
} from '../support/postgres-server.ts';

/** A role that may do nothing in a database, and the database as the role sees it. */
async function withRole(platform?: PlatformVersion) {
  const database = await platformDatabase(platform);
  await database.query(`REVOKE TEMPORARY ON DATABASE ${database.name} FROM PUBLIC`);
  const addRole = async (word: string) => {
    const role = `${word}_${database.name}`;
    await database.query(`CREATE ROLE "${role}" LOGIN PASSWORD '${PASSWORD}'`);
    onTestFinished(async () => void (await database.query(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`)));
    const address = new URL(database.url);
    address.username = role;
    const seen: TestDatabase = {
      ...database,
      session: () => connectPostgres(testContext(), { database: address.href }),
    };
    return { role, seen };
  };
  return { database, addRole, ...(await addRole('importer')) };
}

/** Runs the GRANTs that `work` asks for. @returns them. */
async function grantWhatIsAsked(database: TestDatabase, work: () => Promise<unknown>) {
  const error = await work().catch((error: unknown) => error);
  expect(error).toBeInstanceOf(CodemieError);
  const { code, remedies } = error as CodemieError;
  expect(code).toBe('DATABASE_DENIED');
  await database.query((remedies ?? []).join('\n'));
  return remedies;
}

describe('a role that lacks permissions', () => {
  it('for a plan gets every GRANT at once, and they suffice', async () => {
    const { database, role, seen } = await withRole();
    const asked = await grantWhatIsAsked(database, () => planFor(seen, crowd(3, 1)));
    expect(asked).toEqual([
      `GRANT TEMPORARY ON DATABASE "${database.name}" TO "${role}";`,
      `GRANT USAGE ON SCHEMA "codemie" TO "${role}";`,
      ...[
        'users',
        'user_projects',
        'applications',
        'user_knowledge_bases',
        'budgets',
        'user_budget_assignments',
        'project_member_budget_assignments',
        'user_enrichment',
      ].map((table) => `GRANT SELECT ON "codemie"."${table}" TO "${role}";`),
    ]);
    expect((await planFor(seen, crowd(3, 1))).plan.end.counts.create).toBe(3);
  });

  it('for an apply gets every GRANT at once, nothing is written, and they suffice', async () => {
    const { database, role, seen } = await withRole();
    const { plan } = await planFor(database, crowd(3, 1));
    const before = await database.dump();
    const asked = await grantWhatIsAsked(database, () => apply(seen, plan));
    expect(await database.dump()).toBe(before);
    expect(asked).toEqual(
      [
        `TEMPORARY ON DATABASE "${database.name}"`,
        `CREATE ON DATABASE "${database.name}"`,
        'USAGE ON SCHEMA "codemie"',
        ...['users', 'user_projects', 'applications', 'activity_events'].map(
          (table) => `SELECT ON "codemie"."${table}"`,
        ),
        'SELECT ON "codemie"."project_member_budget_assignments"',
        'SELECT ON "codemie"."project_budget_assignments"',
        ...['users', 'user_projects', 'applications', 'activity_events'].map(
          (table) => `INSERT ON "codemie"."${table}"`,
        ),
        'UPDATE ("name", "picture", "user_type", "is_active", "is_admin", "project_limit", "update_date") ON "codemie"."users"',
        'UPDATE ("is_project_admin", "update_date") ON "codemie"."user_projects"',
      ].map((what) => `GRANT ${what} TO "${role}";`),
    );
    expect(await apply(seen, plan)).toMatchObject({ outcome: 'written' });
  });

  it('and comes after another role gets those on what the first apply left', async () => {
    const { database, addRole, seen: first } = await withRole();
    await grantWhatIsAsked(database, () => planFor(first, crowd(3, 1)));
    const { plan } = await planFor(first, [person(0, { memberships: membershipsOf('demo') })]);
    await grantWhatIsAsked(database, () => apply(first, plan));
    await apply(first, plan);
    const { seen: second } = await addRole('second');
    const later = () =>
      planFor(second, [person(0, { name: 'New', memberships: membershipsOf('demo*', 'more') }), person(1)], {
        policy: 'merge',
        madeAt: '2026-12-01 00:00:00.5',
      });
    const asked = await grantWhatIsAsked(database, later);
    expect(asked).toContainEqual(expect.stringMatching(/SELECT ON "codemie_cli"."migration_written"/));
    const { plan: update } = await later();
    expect(update.end.counts).toMatchObject({ create: 1, update: 1 });
    await grantWhatIsAsked(database, () => apply(second, update));
    expect(await apply(second, update)).toMatchObject({ outcome: 'written' });
  });

  it('on an old platform is asked for nothing that the platform does not have', async () => {
    const { database, seen } = await withRole('2.15');
    const asked = [
      await grantWhatIsAsked(database, () => planFor(seen, crowd(3, 1))),
      await grantWhatIsAsked(database, async () => apply(seen, (await planFor(seen, crowd(3, 1))).plan)),
    ].flat();
    expect(asked.join('\n')).toContain('is_super_admin');
    expect(asked.join('\n')).not.toMatch(/activity_events|budget/);
    expect(await apply(seen, (await planFor(seen, crowd(3, 1))).plan)).toMatchObject({ outcome: 'written' });
  });
});
