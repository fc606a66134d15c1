import { describe, expect, it } from 'vitest';
import { reverseScript } from '../../src/platform/migrate/reverse.ts';
import { scriptOf } from '../../src/platform/migrate/script.ts';
import { crowd, idOf, membershipsOf, person } from '../support/generated-source.ts';
import { apply, linesThat, planFor, SCRIPT_RUNNERS, textOf } from '../support/migration.ts';
import { type PlatformVersion, platformDatabase, type TestDatabase } from '../support/postgres-server.ts';

/** A bit of everything: projects that exist, users that exist, changes, all kinds of names. */
const ROWS = [
  ...crowd(60, 3),
  person(100, {
    name: `O'Neil \\ "Q" \t Ünï`,
    picture: 'https://x/\\.png',
    memberships: membershipsOf('Tools*', '漢字 project'),
  }),
  person(101, { isAdmin: true, adminVia: 'group /platform/ops', userType: 'external', isActive: false }),
];

async function withTools(platform?: PlatformVersion): Promise<TestDatabase> {
  const database = await platformDatabase(platform);
  await database.query(
    `INSERT INTO applications (id, name, project_type) VALUES ('tools', 'tools', 'shared')`,
  );
  return database;
}

/** Two plans: the second updates what the first wrote. */
async function secondPlan(database: TestDatabase) {
  const rows = [
    ...ROWS,
    person(200),
    person(0, { isAdmin: true, name: 'New', memberships: membershipsOf('project-0', 'tools*', 'fresh') }),
  ].filter((row, i) => i > 0 || row.kind !== 'user');
  return planFor(database, rows, { policy: 'merge', madeAt: '2026-12-01 00:00:00.5' });
}

describe('apply', () => {
  it('writes users as the first sign-in would, memberships, projects, and one event a user and one for the run', async () => {
    const database = await withTools();
    const { plan } = await planFor(database, ROWS);
    expect(await apply(database, plan, { reason: 'TICKET-7' })).toEqual({ outcome: 'written', resumed: 0 });
    expect(
      await database.query(
        `SELECT username, email, name, picture, user_type, is_active, is_admin, is_maintainer, auth_source, email_verified, project_limit, password_hash, deleted_at FROM users WHERE id IN ($1, $2) ORDER BY username`,
        [idOf(100), idOf(101)],
      ),
    ).toEqual([
      {
        username: 'user-0000100',
        email: 'user-0000100@example.com',
        name: `O'Neil \\ "Q" \t Ünï`,
        picture: 'https://x/\\.png',
        user_type: 'regular',
        is_active: true,
        is_admin: false,
        is_maintainer: false,
        auth_source: 'keycloak',
        email_verified: true,
        project_limit: 3,
        password_hash: null,
        deleted_at: null,
      },
      {
        username: 'user-0000101',
        email: 'user-0000101@example.com',
        name: 'User 101',
        picture: null,
        user_type: 'external',
        is_active: false,
        is_admin: true,
        is_maintainer: false,
        auth_source: 'keycloak',
        email_verified: true,
        project_limit: null,
        password_hash: null,
        deleted_at: null,
      },
    ]);
    expect(
      await database.query(
        'SELECT project_name, is_project_admin FROM user_projects WHERE user_id = $1 ORDER BY 1',
        [idOf(100)],
      ),
    ).toEqual([
      { project_name: 'tools', is_project_admin: true },
      { project_name: '漢字 project', is_project_admin: false },
    ]);
    const events = await database.query(
      `SELECT event_type, count(*)::int, count(DISTINCT created_at)::int AS times FROM activity_events GROUP BY 1 ORDER BY 1`,
    );
    expect(events).toEqual([
      { event_type: 'user.created', count: 62, times: 62 },
      { event_type: 'user.migration', count: 1, times: 1 },
    ]);
    expect(
      await database.query(`SELECT attributes FROM activity_events WHERE entity_id = $1`, [idOf(100)]),
    ).toEqual([
      {
        attributes: {
          auth_source: 'keycloak',
          tool: 'codemie',
          plan: plan.end.hash,
          reason: 'TICKET-7',
          projects: { tools: true, '漢字 project': false },
        },
      },
    ]);
    expect(await database.query('SELECT count(DISTINCT date)::int FROM users')).toEqual([{ count: 62 }]);
  });

  it('leaves nothing to do: the same plan again says so, and a new plan is empty', async () => {
    const database = await withTools();
    const { plan } = await planFor(database, ROWS);
    await apply(database, plan);
    const before = await database.dump();
    expect(await apply(database, plan)).toEqual({ outcome: 'already', resumed: 0 });
    const again = await planFor(database, ROWS);
    expect(again.plan.end.counts).toMatchObject({
      create: 0,
      update: 0,
      memberships: 0,
      projects: 0,
      keep: 0,
      conflict: 0,
    });
    expect(await database.dump()).toBe(before);
  });

  it('writes ids and dates of the plan: the same plan on an equal database, at once or in parts, ends in the same dump', async () => {
    const [one, two] = [await withTools(), await withTools()];
    const { plan } = await planFor(one, crowd(2500, 2));
    await apply(one, plan);
    await apply(two, plan, { online: true });
    expect(await two.dump()).toBe(await one.dump());
  });

  it.each<PlatformVersion>(['2.15', '2.19', '2.23', '2.36', '2.39', '2.42'])(
    'works on the tables of %s',
    async (version) => {
      const database = await withTools(version);
      const { plan } = await planFor(database, ROWS, { personalProjects: true });
      await apply(database, plan);
      const admin = version === '2.15' ? 'is_super_admin' : 'is_admin';
      expect(
        await database.query(
          `SELECT count(*)::int, count(*) FILTER (WHERE ${admin})::int AS admins FROM users`,
        ),
      ).toEqual([{ count: 62, admins: 2 }]);
      expect((await planFor(database, ROWS, { personalProjects: true })).plan.end.counts).toMatchObject({
        create: 0,
        update: 0,
        keep: 0,
      });
    },
  );

  it('makes personal projects only when asked, one for each user but external ones', async () => {
    const database = await withTools();
    await apply(database, (await planFor(database, ROWS, { personalProjects: true })).plan);
    expect(
      await database.query(
        `SELECT count(*)::int FROM applications a JOIN users u ON u.id = a.created_by AND u.email = a.name JOIN user_projects m ON m.user_id = u.id AND m.project_name = a.name AND NOT m.is_project_admin WHERE a.project_type = 'personal'`,
      ),
    ).toEqual([{ count: 61 }]);
  });
});

describe('a stale plan', () => {
  const CHANGES = {
    'a user of the plan signed in': `INSERT INTO users (id, username, email) VALUES ('${idOf(3)}', 'a', 'b')`,
    'the address of a user was taken in another spelling': `INSERT INTO users (id, username, email) VALUES ('x', 'y', 'USER-0000003@example.com')`,
    'a project of the plan was made': `INSERT INTO applications (id, name) VALUES ('x', 'PROJECT-1')`,
    'a project of the plan was deleted': `UPDATE applications SET deleted_at = now() WHERE name = 'tools'`,
    'the platform was upgraded': 'ALTER TABLE users ADD COLUMN is_auditor boolean NOT NULL DEFAULT false',
  };
  it.each(Object.entries(CHANGES))('is refused and nothing is written: %s', async (_what, change) => {
    const database = await withTools();
    const { plan } = await planFor(database, ROWS);
    await database.query(change);
    const before = await database.dump();
    await expect(apply(database, plan)).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect(await database.dump()).toBe(before);
    for (const run of Object.values(SCRIPT_RUNNERS)) {
      await expect(run(database, await textOf(scriptOf(plan, undefined)))).rejects.toThrow();
      expect(await database.dump()).toBe(before);
    }
  });

  it('is refused when somebody made a project with the name of a personal project of the plan', async () => {
    const database = await withTools();
    const { plan } = await planFor(database, ROWS, { personalProjects: true });
    await database.query(`INSERT INTO applications (id, name) VALUES ('x', 'USER-0000003@example.com')`);
    await expect(apply(database, plan)).rejects.toMatchObject({ code: 'PLAN_STALE' });
    for (const run of Object.values(SCRIPT_RUNNERS))
      await expect(run(database, await textOf(scriptOf(plan, undefined)))).rejects.toThrow(/stale/);
  });

  it('names the unique index that refused a row', async () => {
    const database = await withTools();
    const { plan } = await planFor(database, [person(1, { name: 'Same' }), person(2, { name: 'Same' })]);
    await database.query('CREATE UNIQUE INDEX one_of_a_name ON users (name)');
    const before = await database.dump();
    await expect(apply(database, plan)).rejects.toMatchObject({
      code: 'PLAN_STALE',
      message: expect.stringContaining('the database already has a row like one of the plan (one_of_a_name)'),
    });
    expect(await database.dump()).toBe(before);
  });

  it('is not made stale by what it does not touch', async () => {
    const database = await withTools();
    const { plan } = await planFor(database, ROWS);
    await database.query(
      `INSERT INTO users (id, username, email) VALUES ('someone', 'else', 'else@x'); INSERT INTO applications (id, name) VALUES ('other', 'other')`,
    );
    expect(await apply(database, plan)).toMatchObject({ outcome: 'written' });
  });
});

describe.each(Object.entries(SCRIPT_RUNNERS))('the script, run by %s', (_name, run) => {
  it('writes what apply writes: the same dump, for the first plan and for one that updates', async () => {
    const [one, two] = [await withTools(), await withTools()];
    for (const make of [() => planFor(one, ROWS, { personalProjects: true }), () => secondPlan(one)]) {
      const { plan } = await make();
      const script = await textOf(scriptOf(plan, 'TICKET-7'));
      await apply(one, plan, { reason: 'TICKET-7' });
      await run(two, script);
      expect(await two.dump()).toBe(await one.dump());
      await expect(run(two, script)).rejects.toThrow(/applied before/);
      expect(await two.dump()).toBe(await one.dump());
    }
  });

  it('of the way back removes all that nobody touched, and restores what was updated', async () => {
    const database = await withTools();
    const empty = await database.dump();
    const first = await planFor(database, ROWS, { personalProjects: true });
    await apply(database, first.plan);
    const imported = await rowsOf(database);
    const second = await secondPlan(database);
    expect(second.plan.end.counts).toMatchObject({ create: 1, update: 1, projects: 1 });
    await apply(database, second.plan);
    await run(database, reverseScript(second.plan, second.references));
    expect(await rowsOf(database)).toEqual(imported);
    await run(database, reverseScript(first.plan, first.references));
    expect(await rowsOf(database)).toEqual(await rowsIn(empty));
    await expect(run(database, reverseScript(first.plan, first.references))).rejects.toThrow(/not applied/);
  });

  it('of the way back leaves what people changed or used', async () => {
    const database = await withTools();
    const { plan, references } = await planFor(database, [...ROWS]);
    await apply(database, plan);
    const touched = [1, 2, 3, 4, 5, 6];
    const [renamed, moved, left, budgeted, actor, pictured] = touched.map(idOf);
    await database.query(`UPDATE users SET name = 'x' WHERE id = '${renamed}';
      UPDATE users SET picture = 'x', update_date = now() WHERE id = '${pictured}';
      INSERT INTO user_projects (id, user_id, project_name, date, update_date) VALUES ('m', '${moved}', 'tools', now(), now());
      DELETE FROM user_projects WHERE user_id = '${left}';
      INSERT INTO user_knowledge_bases (id, user_id, kb_name) VALUES ('k', '${budgeted}', 'kb');
      INSERT INTO activity_events (id, domain, event_type, actor_id) VALUES ('e', 'user_management', 'user.login', '${actor}')`);
    await run(database, reverseScript(plan, references));
    const left_ = await database.query('SELECT id FROM users ORDER BY id');
    expect(left_.map((row) => row['id'])).toEqual(touched.map(idOf).sort());
    expect(await database.query(`SELECT project_name FROM user_projects WHERE id = 'm'`)).toHaveLength(1);
  });
});

describe('two applies at the same time', () => {
  it('of plans for the same users: one writes, the other is told that its plan is stale', async () => {
    const database = await withTools();
    const { plan } = await planFor(database, ROWS);
    const { plan: other } = await planFor(database, ROWS, { madeAt: '2026-11-27 07:00:00.0' });
    await apply(database, plan);
    await expect(apply(database, other)).rejects.toMatchObject({ code: 'PLAN_STALE' });
  });
});

describe('what is left out', () => {
  it('lists memberships of deleted projects and of other people’s personal projects, and makes no project of their names', async () => {
    const database = await withTools();
    await database.query(
      `INSERT INTO applications (id, name, project_type, deleted_at, created_by) VALUES ('gone', 'gone', 'shared', now(), NULL), ('eve@x', 'eve@x', 'personal', NULL, 'eve')`,
    );
    const made = await planFor(database, [
      person(1, { memberships: membershipsOf('Gone', 'EVE@x', 'user-0000002@example.com', 'tools') }),
      person(2),
    ]);
    expect(made.plan.end.counts).toMatchObject({ create: 2, memberships: 1, projects: 0 });
    expect(
      linesThat(made, 'skip')
        .map(({ class: reason, project }) => [reason, project])
        .sort(),
    ).toEqual([
      ['deleted-project', 'gone'],
      ['personal-project', 'eve@x'],
      ['personal-project', 'user-0000002@example.com'],
    ]);
  });
});

/** The platform's rows, without events: they are never removed. */
async function rowsOf(database: TestDatabase): Promise<readonly string[]> {
  return rowsIn(await database.dump());
}

function rowsIn(dump: string): readonly string[] {
  const parts = dump.split(/^(?=\w+\.\w+ \[)/m);
  return parts
    .filter((part) => /^codemie\.(users|user_projects|applications) /.test(part))
    .flatMap((part) => part.trim().split('\n').slice(1))
    .map((row) => row.replaceAll(/"(update_date)": "[^"]*"/g, '"$1"'));
}
