import { describe, expect, it } from 'vitest';
import { needText } from '../../src/platform/migrate/report.ts';
import { idOf, membershipsOf, person } from '../support/generated-source.ts';
import { apply, linesThat, planFor } from '../support/migration.ts';
import { platformDatabase } from '../support/postgres-server.ts';

const LATER = { policy: 'merge', madeAt: '2026-12-01 00:00:00.5' } as const;
const FOUR = membershipsOf('a', 'b', 'c', 'd');

describe('users over the limit of projects', () => {
  it('are listed when the import creates them, and not again when nothing is written to them', async () => {
    const database = await platformDatabase();
    const rows = [person(0, { memberships: FOUR }), person(1, { memberships: FOUR, isAdmin: true })];
    const first = await planFor(database, rows);
    expect(linesThat(first, 'notice')).toMatchObject([{ id: idOf(0), projects: 4, limit: 3 }]);
    await apply(database, first.plan);
    for (const policy of ['create-only', 'merge'] as const)
      expect((await planFor(database, rows, { policy })).plan.end.counts.overLimit).toBe(0);
  });

  it('are listed when an update adds a project; projects that people gave them count', async () => {
    const database = await platformDatabase();
    const before = [person(0, { memberships: membershipsOf('a') }), person(1, { memberships: FOUR })];
    await apply(database, (await planFor(database, before)).plan);
    await database.query(
      `INSERT INTO applications (id, name, project_type) SELECT n, n, 'shared' FROM unnest(ARRAY['x', 'y']) n`,
    );
    await database.query(
      `INSERT INTO user_projects (id, user_id, project_name) SELECT n, $1, n FROM unnest(ARRAY['x', 'y']) n`,
      [idOf(0)],
    );
    const after = [person(0, { memberships: membershipsOf('a', 'b') }), person(1, { memberships: FOUR })];
    expect(linesThat(await planFor(database, after, LATER), 'notice')).toMatchObject([
      { id: idOf(0), projects: 4, limit: 3 },
    ]);
    await database.query('UPDATE users SET project_limit = 9 WHERE id = $1', [idOf(0)]);
    expect(linesThat(await planFor(database, after, LATER), 'notice')).toEqual([]);
  });

  it('are listed when they lose the admin role, because they get a limit', async () => {
    const database = await platformDatabase();
    const admin = person(0, { memberships: FOUR, isAdmin: true });
    await apply(database, (await planFor(database, [admin])).plan);
    const made = await planFor(database, [person(0, { memberships: FOUR })], LATER);
    expect(linesThat(made, 'update')).toMatchObject([{ set: { is_admin: [true, false] } }]);
    expect(linesThat(made, 'notice')).toMatchObject([{ id: idOf(0), projects: 4, limit: 3 }]);
  });
});

describe('a plan that writes nothing', () => {
  it('does not say that the database has everybody when a rule leaves out one and another was deleted', async () => {
    const database = await platformDatabase();
    const rules = { keep: [], skip: ['user-0000002'], map: [] };
    const rows = [person(0), person(1), person(2)];
    const first = await planFor(database, rows, { rules });
    await apply(database, first.plan);
    const need = async () => {
      const { plan, summary } = await planFor(database, rows, { rules });
      return needText(plan.header, summary);
    };
    expect(await need()).toMatch(/^There is nothing to import: the database lacks 1 of the 3 users/);
    await database.query('UPDATE users SET deleted_at = now() WHERE id = $1', [idOf(1)]);
    expect(await need()).toMatch(/^There is nothing to import: the database lacks 2 of the 3 users/);
    await database.query('UPDATE users SET deleted_at = NULL');
    await apply(database, (await planFor(database, rows, { madeAt: '2026-12-01 00:00:00.5' })).plan);
    const { plan, summary } = await planFor(database, rows);
    expect(needText(plan.header, summary)).toBe(
      'You do not need this: the database already has all 3 users of the source.',
    );
  });
});
