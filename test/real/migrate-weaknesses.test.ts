import { describe, expect, it } from 'vitest';
import { applyPlan } from '../../src/platform/migrate/apply/apply.ts';
import { jobManifest } from '../../src/platform/migrate/job.ts';
import type { SourceUser } from '../../src/platform/users/user.ts';
import type { Session } from '../../src/postgres/session.ts';
import { membershipsOf, person } from '../support/generated-source.ts';
import { apply, linesThat, type MadePlan, planFor } from '../support/migration.ts';
import { platformDatabase, type TestDatabase } from '../support/postgres-server.ts';

/**
 * What goes wrong with the platform's own import, each with what ours does in its place. What concerns reading Keycloak
 * is tested with the source: hidden attributes, admins by group, accounts of clients, short pages.
 */
interface Weakness {
  readonly users: readonly Partial<SourceUser>[];
  /** SQL before the import. */
  readonly before?: string;
  readonly expected: (database: TestDatabase, made: MadePlan) => Promise<void>;
}

const one = async (database: TestDatabase, statement: string): Promise<unknown> =>
  Object.values((await database.query(statement))[0] ?? {})[0];

const WEAKNESSES: Readonly<Record<string, Weakness>> = {
  'the platform serves nobody until it has ended': {
    users: [{}],
    expected: async (database) => {
      const { plan } = await planFor(database, [person(7)]);
      const platform = await database.session();
      const session = await database.session();
      const seen: unknown[] = [];
      const query: Session['query'] = async (...call) => {
        seen.push(await platform.query('SELECT count(*)::int AS users FROM codemie.users'));
        return session.query(...call);
      };
      await applyPlan(
        { ...session, query },
        plan,
        { reason: undefined, online: false, lockMs: 2000 },
        () => {},
      );
      // The last question of an apply comes after its write, before its commit.
      expect(seen.at(-1)).toEqual([{ users: 1 }]);
      expect(await one(database, 'SELECT count(*)::int FROM users')).toBe(2);
    },
  },
  'each user is looked up by itself, in a time that grows with the users who are there': {
    users: [{}],
    expected: async (database) => {
      const statements = async (users: number): Promise<number> => {
        let count = 0;
        const { plan } = await planFor(
          database,
          Array.from({ length: users }, (_, n) =>
            person(1000 * users + n, { memberships: membershipsOf('demo') }),
          ),
        );
        const session = await database.session();
        const counting: Session = {
          ...session,
          run: (text) => {
            count += 1;
            return session.run(text);
          },
          query: (...call) => {
            count += 1;
            return session.query(...call);
          },
        };
        await applyPlan(counting, plan, { reason: undefined, online: false, lockMs: 2000 }, () => {});
        return count;
      };
      expect(await statements(300)).toBe(await statements(3));
    },
  },
  'the secret of the client in Keycloak stays in every pod': {
    users: [{}],
    expected: async (_database, { plan }) => {
      const manifest = jobManifest(plan, 1000, {
        namespace: 'codemie',
        image: undefined,
        databaseSecret: 'database',
        planName: 'plan',
        flags: [],
        version: '1.0.0',
      });
      expect(manifest).toContain('postgresql://');
      expect(manifest).not.toMatch(/keycloak|client.?secret/i);
    },
  },
  'it cannot be looked at before it writes': {
    users: [{}],
    expected: async (_database, made) => {
      expect(linesThat(made, 'create')).toHaveLength(1);
    },
  },
  'it runs again at each start': {
    users: [{ memberships: membershipsOf('demo') }],
    expected: async (database, made) => {
      const before = await database.dump();
      await apply(database, made.plan);
      expect(await database.dump()).toBe(before);
    },
  },
  'it never sees later changes in Keycloak': {
    users: [{ memberships: membershipsOf('demo') }],
    expected: async (database) => {
      const later = await planFor(database, [person(0, { memberships: membershipsOf('demo', 'new') })], {
        policy: 'merge',
      });
      expect(later.plan.end.counts).toMatchObject({ update: 1, memberships: 1 });
    },
  },
  'it writes no audit events': {
    users: [{}, {}],
    expected: async (database) => {
      expect(
        await one(database, `SELECT count(*)::int FROM activity_events WHERE event_type = 'user.created'`),
      ).toBe(2);
    },
  },
  'a membership keeps another spelling than its project': {
    users: [{ memberships: membershipsOf('DEMO') }],
    before: `INSERT INTO applications (id, name) VALUES ('demo', 'demo')`,
    expected: async (database) => {
      expect(
        await one(
          database,
          'SELECT count(*)::int FROM user_projects m LEFT JOIN applications a ON a.name = m.project_name WHERE a.id IS NULL',
        ),
      ).toBe(0);
    },
  },
  'a name twice in one attribute ends it': {
    users: [
      {
        memberships: membershipsOf('demo'),
        repairs: [{ reason: 'duplicate-project', detail: 'demo, demo' }],
      },
    ],
    expected: async (database) => {
      expect(await one(database, 'SELECT count(*)::int FROM user_projects')).toBe(1);
    },
  },
  'an address under another id, or of a deleted user, ends it': {
    users: [{ email: 'taken@x' }, { email: 'gone@x' }, {}],
    before: `INSERT INTO users (id, username, email, deleted_at) VALUES ('a', 'a', 'taken@x', NULL), ('b', 'b', 'gone@x', now())`,
    expected: async (database, made) => {
      expect(made.plan.end.counts).toMatchObject({ create: 1, conflict: 2 });
      expect(await one(database, 'SELECT count(*)::int FROM users')).toBe(3);
    },
  },
  'a project that somebody else makes at the same time takes written users with it': {
    users: [{ memberships: membershipsOf('demo') }],
    expected: async (database) => {
      const other = await planFor(database, [person(9, { memberships: membershipsOf('fresh') })]);
      await database.query(`INSERT INTO applications (id, name) VALUES ('FRESH', 'FRESH')`);
      const before = await database.dump();
      await expect(apply(database, other.plan)).rejects.toMatchObject({ code: 'PLAN_STALE' });
      expect(await database.dump()).toBe(before);
    },
  },
  'deleted projects get members': {
    users: [{ memberships: membershipsOf('old') }],
    before: `INSERT INTO applications (id, name, deleted_at) VALUES ('old', 'old', now())`,
    expected: async (database, made) => {
      expect(await one(database, 'SELECT count(*)::int FROM user_projects')).toBe(0);
      expect(linesThat(made, 'skip')).toHaveLength(1);
    },
  },
  'projects in which somebody is only an admin are lost': {
    users: [{ memberships: membershipsOf('mine*') }],
    expected: async (database) => {
      expect(await one(database, 'SELECT is_project_admin FROM user_projects')).toBe(true);
    },
  },
  'personal projects become shared ones': {
    users: [{ memberships: membershipsOf('user-0000001@example.com') }, {}],
    expected: async (database) => {
      expect(await one(database, 'SELECT count(*)::int FROM applications')).toBe(0);
    },
  },
  'nobody says that there is no maintainer': {
    users: [{ isAdmin: true }],
    expected: async (_database, made) => {
      expect(made.summary.target.maintainers).toBe(0);
    },
  },
  'disabled users come in as active ones': {
    users: [{ isActive: false }],
    expected: async (database) => {
      expect(await one(database, 'SELECT is_active FROM users')).toBe(false);
    },
  },
  'a negative or missing limit makes every user fail': {
    users: [{}, { isAdmin: true }],
    expected: async (database) => {
      expect(await database.query('SELECT is_admin, project_limit FROM users ORDER BY is_admin')).toEqual([
        { is_admin: false, project_limit: 3 },
        { is_admin: true, project_limit: null },
      ]);
    },
  },
  'members get no budgets, or wrong ones': {
    users: [{ memberships: membershipsOf('demo') }],
    expected: async (database) => {
      for (const table of ['budgets', 'user_budget_assignments', 'project_member_budget_assignments'])
        expect(await one(database, `SELECT count(*)::int FROM ${table}`)).toBe(0);
    },
  },
};

describe('weaknesses of the platform’s own import that this one does not have', () => {
  it.each(Object.entries(WEAKNESSES))('%s', async (_what, { users, before, expected }) => {
    const database = await platformDatabase();
    if (before !== undefined) await database.query(before);
    const made = await planFor(
      database,
      users.map((changes, n) => person(n, changes)),
    );
    await apply(database, made.plan);
    await expected(database, made);
  });
});
