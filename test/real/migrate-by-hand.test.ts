import { describe, expect, it } from 'vitest';
import { idOf, membershipsOf, person } from '../support/generated-source.ts';
import { apply, linesThat, planFor } from '../support/migration.ts';
import { platformDatabase, type TestDatabase } from '../support/postgres-server.ts';

const ROWS = [
  person(1, { memberships: membershipsOf('demo', 'tools*') }),
  person(2, { memberships: membershipsOf('demo') }),
  person(3, { memberships: membershipsOf('demo') }),
  person(4),
];

async function imported(): Promise<TestDatabase> {
  const database = await platformDatabase();
  await apply(database, (await planFor(database, ROWS)).plan);
  return database;
}

describe('a change made by hand in the application', () => {
  it('is kept and listed by the next plan, which creates and updates nothing', async () => {
    const database = await imported();
    await database.query(`DELETE FROM user_projects WHERE user_id = '${idOf(1)}' AND project_name = 'demo'`);
    await database.query(`UPDATE users SET is_admin = true, project_limit = NULL WHERE id = '${idOf(2)}'`);
    await database.query(`UPDATE users SET is_active = false, deleted_at = now() WHERE id = '${idOf(3)}'`);
    await database.query(`UPDATE users SET name = 'By Hand' WHERE id = '${idOf(4)}'`);
    const before = await database.dump();
    for (const policy of ['create-only', 'merge'] as const) {
      const made = await planFor(database, ROWS, { policy, madeAt: '2026-11-28 06:00:00.000000' });
      expect(made.plan.end.counts).toMatchObject({ create: 0, update: 0, conflict: 0, keep: 4 });
      expect(
        linesThat(made, 'keep').map(({ id, what, field, project }) => [id, what, field ?? project]),
      ).toEqual(
        expect.arrayContaining([
          [idOf(1), 'membership', 'demo'],
          [idOf(2), 'field', 'is_admin'],
          [idOf(3), 'deleted', undefined],
          [idOf(4), 'field', 'name'],
        ]),
      );
    }
    expect(await database.dump()).toBe(before);
  });

  it('stays although the source changed, too: a merge writes only what nobody touched', async () => {
    const database = await imported();
    await database.query(`UPDATE users SET user_type = 'external' WHERE id = '${idOf(1)}'`);
    await database.query(`UPDATE user_projects SET is_project_admin = true WHERE user_id = '${idOf(2)}'`);
    const rows = [
      person(1, { isAdmin: true, memberships: membershipsOf('demo*', 'tools*', 'fresh') }),
      person(2, { name: 'New Name', memberships: membershipsOf('demo') }),
      person(3, { memberships: membershipsOf('demo') }),
      person(4),
    ];
    const only = await planFor(database, rows);
    expect(only.plan.end.counts).toMatchObject({ create: 0, update: 0, memberships: 0 });
    const made = await planFor(database, rows, { policy: 'merge', madeAt: '2026-11-28 06:00:00.000000' });
    expect(made.plan.end.counts).toMatchObject({
      create: 0,
      update: 2,
      memberships: 2,
      projects: 1,
      keep: 2,
    });
    await apply(database, made.plan);
    expect(
      await database.query(
        'SELECT id, name, user_type, is_admin, project_limit FROM users WHERE id IN ($1, $2) ORDER BY name',
        [idOf(1), idOf(2)],
      ),
    ).toEqual([
      { id: idOf(2), name: 'New Name', user_type: 'regular', is_admin: false, project_limit: 3 },
      { id: idOf(1), name: 'User 1', user_type: 'external', is_admin: true, project_limit: null },
    ]);
    expect(
      await database.query(
        'SELECT project_name, is_project_admin FROM user_projects WHERE user_id = $1 ORDER BY 1',
        [idOf(1)],
      ),
    ).toEqual([
      { project_name: 'demo', is_project_admin: true },
      { project_name: 'fresh', is_project_admin: false },
      { project_name: 'tools', is_project_admin: true },
    ]);
    const after = await planFor(database, rows, { policy: 'merge', madeAt: '2026-11-29 06:00:00.000000' });
    expect(after.plan.end.counts).toMatchObject({
      create: 0,
      update: 0,
      memberships: 0,
      projects: 0,
      keep: 2,
    });
  });

  it('is not undone for users that the platform made itself: create-only leaves them alone, a merge adds memberships', async () => {
    const database = await platformDatabase();
    await database.query(
      `INSERT INTO users (id, username, email, name, auth_source, user_type) VALUES ($1, 'user-0000001', 'user-0000001@example.com', 'Other', 'keycloak', 'external')`,
      [idOf(1)],
    );
    const only = await planFor(database, ROWS.slice(0, 1));
    expect(only.plan.end.counts).toMatchObject({ create: 0, update: 0, keep: 0, memberships: 0 });
    const made = await planFor(database, ROWS.slice(0, 1), { policy: 'merge' });
    expect(made.plan.end.counts).toMatchObject({ create: 0, update: 1, keep: 0, memberships: 2 });
    await apply(database, made.plan);
    expect(await database.query('SELECT name, user_type FROM users')).toEqual([
      { name: 'Other', user_type: 'external' },
    ]);
    await database.query(`DELETE FROM user_projects WHERE project_name = 'demo'`);
    const after = await planFor(database, ROWS.slice(0, 1), { policy: 'merge' });
    expect(after.plan.end.counts).toMatchObject({ update: 0, keep: 1, memberships: 0 });
  });

  it('is not undone for a maintainer, who is an admin whatever the source says', async () => {
    const database = await platformDatabase();
    await apply(database, (await planFor(database, [person(1, { isAdmin: true })])).plan);
    await database.query('UPDATE users SET is_maintainer = true');
    const made = await planFor(database, [person(1)], { policy: 'merge' });
    expect(made.plan.end.counts).toMatchObject({ update: 0, keep: 1 });
  });

  it.each([
    { change: 'is_maintainer = true', of: 'a role that keeps the admin role' },
    { change: "picture = 'https://example.com/by-hand.png'", of: 'a picture' },
  ])('makes a plan stale that was made before it: $of', async ({ change }) => {
    const database = await platformDatabase();
    const admin = person(1, { isAdmin: true });
    await apply(database, (await planFor(database, [admin, ...ROWS.slice(1)])).plan);
    const { plan } = await planFor(
      database,
      [person(1, { isAdmin: false, picture: 'https://example.com/new.png' }), ...ROWS.slice(1)],
      { policy: 'merge', madeAt: '2026-11-28 06:00:00.000000' },
    );
    expect(plan.end.counts).toMatchObject({ update: 1 });
    await database.query(`UPDATE users SET ${change} WHERE id = '${idOf(1)}'`);
    await expect(apply(database, plan)).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect(await database.query(`SELECT is_admin, project_limit FROM users WHERE id = '${idOf(1)}'`)).toEqual(
      [{ is_admin: true, project_limit: null }],
    );
  });
});
