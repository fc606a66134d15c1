import { describe, expect, it } from 'vitest';
import { NO_RULES } from '../../src/platform/migrate/plan/rules.ts';
import { idOf, membershipsOf, person } from '../support/generated-source.ts';
import { apply, linesThat, planFor } from '../support/migration.ts';
import { platformDatabase, type TestDatabase } from '../support/postgres-server.ts';

/** A user that the database has before the import. */
async function existing(
  database: TestDatabase,
  id: string,
  email: string,
  changes: { readonly username?: string; readonly deletedAt?: string } = {},
): Promise<void> {
  await database.query(
    `INSERT INTO users (id, date, update_date, username, email, auth_source, is_active, deleted_at)
     VALUES ($1, '2025-01-02', '2025-03-04', $2, $3, 'keycloak', $4, $5)`,
    [
      id,
      changes.username ?? `name-of-${email}`,
      email,
      changes.deletedAt === undefined,
      changes.deletedAt ?? null,
    ],
  );
}

const OLD = 'aaaaaaaa-0000-4000-8000-000000000001';
const OLDER = 'aaaaaaaa-0000-4000-8000-000000000002';

describe('one person, two spellings', () => {
  it('is a conflict across source and database, and one spelling of a project is one membership with one repair', async () => {
    const database = await platformDatabase();
    await existing(database, OLD, 'a@x');
    const repair = { reason: 'duplicate-project' as const, detail: 'Proj, proj, PROJ' };
    const made = await planFor(database, [
      person(1, { email: 'A@x' }),
      person(2, { memberships: membershipsOf('Proj'), repairs: [repair] }),
    ]);
    expect(made.plan.end.counts).toMatchObject({ create: 1, conflict: 1, memberships: 1, repair: 1 });
    expect(linesThat(made, 'conflict')).toEqual([
      expect.objectContaining({
        class: 'email-twin',
        user: { id: idOf(1), username: 'user-0000001', email: 'A@x' },
        other: expect.objectContaining({ id: OLD, email: 'a@x' }),
      }),
    ]);
    await apply(database, made.plan);
    expect(await database.query('SELECT email FROM users ORDER BY email')).toEqual([
      { email: 'a@x' },
      { email: 'user-0000002@example.com' },
    ]);
  });

  it('of a project that only the database takes for one is one membership, with the higher role', async () => {
    const database = await platformDatabase();
    // In most databases, "İ" and "i" are one letter; in the source and in databases of the locale C they are not. So the
    // source stands for one that left twins in.
    const made = await planFor(database, [
      person(1, { memberships: membershipsOf('Größe', 'Proj', 'demo', 'proj*') }),
      person(2, { memberships: membershipsOf('PROJ', 'Größe') }),
    ]);
    expect(made.plan.end.counts).toMatchObject({ create: 2, memberships: 5 });
    expect(linesThat(made, 'repair')).toContainEqual({
      class: 'duplicate-project',
      id: idOf(1),
      detail: 'Proj, proj',
    });
    await apply(database, made.plan);
    expect(
      await database.query(
        `SELECT project_name, is_project_admin FROM user_projects WHERE user_id = '${idOf(1)}' ORDER BY project_name`,
      ),
    ).toEqual([
      { project_name: 'Größe', is_project_admin: false },
      { project_name: 'Proj', is_project_admin: true },
      { project_name: 'demo', is_project_admin: false },
    ]);
  });

  it('is a conflict inside the source, in pairs with both ids, for addresses and for user names', async () => {
    const database = await platformDatabase();
    const made = await planFor(database, [
      person(1, { email: 'same@x' }),
      person(2, { email: 'Same@x' }),
      person(3, { username: 'bob' }),
      person(4, { username: 'BOB' }),
      person(5),
    ]);
    const pairs = linesThat(made, 'conflict') as {
      class: string;
      user: { id: string };
      other: { id: string };
    }[];
    expect(pairs.map((pair) => [pair.class, [pair.user.id, pair.other.id].sort()])).toEqual(
      expect.arrayContaining([
        ['email-twin', [idOf(1), idOf(2)].sort()],
        ['username-twin', [idOf(3), idOf(4)].sort()],
      ]),
    );
    expect(made.plan.end.counts).toMatchObject({ create: 1, conflict: 2 });
  });

  it('is a conflict inside the database, where a lookup by address finds either', async () => {
    const database = await platformDatabase();
    await existing(database, OLD, 'twin@x');
    await existing(database, OLDER, 'TWIN@x');
    const made = await planFor(database, [person(1)]);
    expect(linesThat(made, 'conflict')).toEqual([
      expect.objectContaining({
        class: 'target-twin',
        user: expect.objectContaining({ id: OLD }),
        other: expect.objectContaining({ id: OLDER }),
      }),
    ]);
  });

  it('is decided by rules: one is kept, one is left out, a project has another name', async () => {
    const database = await platformDatabase();
    const rows = [
      person(1, { email: 'same@x' }),
      person(2, { email: 'Same@x' }),
      person(3, { memberships: membershipsOf('old-name', 'new-name*') }),
      person(4),
    ];
    const rules = {
      ...NO_RULES,
      keep: [idOf(2)],
      skip: ['USER-0000004@example.com'],
      map: [{ from: 'OLD-name', to: 'new-name' }],
    };
    const made = await planFor(database, rows, { rules });
    expect(made.plan.end.counts).toMatchObject({ create: 2, conflict: 0, skip: 2, memberships: 1 });
    expect(linesThat(made, 'skip').map(({ id, class: reason }) => [id, reason])).toEqual(
      expect.arrayContaining([
        [idOf(1), 'twin-of-kept'],
        [idOf(4), 'rule'],
      ]),
    );
    await apply(database, made.plan);
    expect(await database.query('SELECT user_id, project_name, is_project_admin FROM user_projects')).toEqual(
      [{ user_id: idOf(3), project_name: 'new-name', is_project_admin: true }],
    );
  });

  it('of a project is the one that the platform has, else the first in the order of the plan', async () => {
    const database = await platformDatabase();
    await database.query(`INSERT INTO applications (id, name) VALUES ('Tools', 'Tools')`);
    const [a = 0, b = 0] = [1, 2].sort((x, y) => (idOf(x) < idOf(y) ? -1 : 1));
    const made = await planFor(database, [
      person(b, { memberships: membershipsOf('tools', 'FRESH') }),
      person(a, { memberships: membershipsOf('TOOLS', 'Fresh') }),
    ]);
    await apply(database, made.plan);
    const names = await database.query('SELECT DISTINCT project_name FROM user_projects ORDER BY 1');
    expect(names.map((row) => row['project_name'])).toEqual(['Fresh', 'Tools']);
    expect(await database.query(`SELECT name FROM applications ORDER BY name`)).toEqual([
      { name: 'Fresh' },
      { name: 'Tools' },
    ]);
    expect(
      linesThat(made, 'repair')
        .map(({ detail }) => detail)
        .sort(),
    ).toEqual(['FRESH is Fresh', 'TOOLS is Tools', 'tools is Tools']);
  });
});

describe('same person, new id', () => {
  it('is a conflict of its own with both ids, dates, what hangs on the old row, and two resolutions; the rows stay as they are', async () => {
    const database = await platformDatabase();
    await existing(database, OLD, 'e@x');
    await existing(database, OLDER, 'f@x', { deletedAt: '2025-05-06' });
    await database.query(`INSERT INTO user_projects (id, user_id, project_name) VALUES ('1', $1, 'demo')`, [
      OLD,
    ]);
    await database.query(`INSERT INTO user_enrichment (email, user_id) VALUES ('e@x', $1)`, [OLD]);
    const before = await database.dump();
    const made = await planFor(database, [
      person(1, { email: 'e@x' }),
      person(2, { email: 'f@x' }),
      person(3),
    ]);
    const conflicts = linesThat(made, 'conflict');
    expect(conflicts.map(({ class: name, targetDeleted }) => [name, targetDeleted]).sort()).toEqual([
      ['recreated', false],
      ['recreated', true],
    ]);
    const first = conflicts.find((line) => line['targetDeleted'] === false);
    expect(first).toMatchObject({
      user: { id: idOf(1) },
      other: { id: OLD, created: '2025-01-02T00:00:00' },
      hangs: { projects: 1, budgets: 0, enrichment: 1 },
      resolutions: [expect.stringContaining('DELETE'), expect.stringContaining('INSERT')],
    });
    await apply(database, made.plan);
    const after = await database.dump();
    for (const row of before.split('\n')) expect(after.split('\n')).toContain(row);
    expect(await database.query(`SELECT email FROM users WHERE id = $1`, [idOf(3)])).toHaveLength(1);
  });

  it.each([
    ['begins empty', 0, 0],
    ['takes over what the old one has', 1, 1],
  ])('is resolved by the offered SQL: the new account %s', async (_what, at, memberships) => {
    const database = await platformDatabase();
    await existing(database, OLD, 'e@x', { username: 'old-e' });
    await database.query(`INSERT INTO user_projects (id, user_id, project_name) VALUES ('1', $1, 'demo')`, [
      OLD,
    ]);
    await database.query(`INSERT INTO user_enrichment (email, user_id) VALUES ('e@x', $1)`, [OLD]);
    const rows = [person(1, { email: 'e@x' })];
    const [conflict] = linesThat(await planFor(database, rows), 'conflict');
    const { resolutions } = conflict as unknown as { resolutions: readonly string[] };
    await database.query(String(resolutions[at]));
    const made = await planFor(database, rows);
    expect(made.plan.end.counts).toMatchObject({ create: 1 - at, conflict: 0 });
    await apply(database, made.plan);
    expect(await database.query('SELECT email FROM users WHERE id = $1', [idOf(1)])).toEqual([
      { email: 'e@x' },
    ]);
    expect(await database.query('SELECT FROM user_projects WHERE user_id = $1', [idOf(1)])).toHaveLength(
      memberships,
    );
  });
});
