import { describe, expect, it } from 'vitest';
import { roleScript } from '../../src/platform/maintainer/script.ts';
import { connectPostgres } from '../../src/postgres/connect.ts';
import { migrate } from '../../src/sandbox/store/schema/migrate.ts';
import { outcomeOf } from '../support/commands.ts';
import { testContext } from '../support/context.ts';
import { addUsers, type UserRow } from '../support/platform-users.ts';
import {
  platformDatabase,
  postgresServer,
  postgresVersions,
  type TestDatabase,
} from '../support/postgres-server.ts';
import { expectShape } from '../support/schemas.ts';

const ADA: UserRow = { id: 'a', email: 'Ada@Example.com' };
const BOB: UserRow = { id: 'b', email: 'bob@example.com', isAdmin: true, isMaintainer: true };
const EVE: UserRow = { id: 'e', email: 'eve@example.com', isAdmin: true };

function maintainer({ url }: TestDatabase, ...args: string[]) {
  return outcomeOf(testContext({ env: { DATABASE_URL: url } }), 'platform', 'maintainer', ...args);
}

async function rolesOf({ query }: TestDatabase, id: string) {
  const [row] = await query(
    'SELECT is_maintainer, is_admin, project_limit, update_date IS NOT NULL AS touched FROM users WHERE id = $1',
    [id],
  );
  return row;
}

/** The state of a database, without what differs from run to run. */
async function settled(database: TestDatabase): Promise<string> {
  return (await database.dump())
    .replace(/"update_date": "[^"]+"/g, '"update_date": "(now)"')
    .replace(/"created_at": "[^"]+"/g, '"created_at": "(now)"')
    .replace(/"id": "[0-9a-f]{8}-[^"]+"/g, '"id": "(new)"');
}

describe.each(postgresVersions())('a maintainer on PostgreSQL %s', (version) => {
  it('is made: both roles, no project limit, and one event', async () => {
    const database = await (await postgresServer(version)).database();
    await addUsers(database, [ADA, BOB]);
    const { code, stdout } = await maintainer(database, 'grant', 'ada@example.COM', '--json');
    expect(code).toBe(0);
    expect(expectShape('platform-maintainer-change', stdout)).toMatchObject({
      before: { id: 'a', isMaintainer: false, isAdmin: false, projectLimit: 3 },
      after: { id: 'a', isMaintainer: true, isAdmin: true, projectLimit: null },
      changed: true,
      logged: true,
    });
    expect(await rolesOf(database, 'a')).toEqual({
      is_maintainer: true,
      is_admin: true,
      project_limit: null,
      touched: true,
    });
    expect(
      await database.query(
        'SELECT domain, event_type, entity_type, entity_id, actor_id, attributes FROM activity_events',
      ),
    ).toEqual([
      {
        domain: 'user_management',
        event_type: 'user.updated',
        entity_type: 'user',
        entity_id: 'a',
        actor_id: null,
        attributes: {
          is_maintainer: true,
          is_admin: true,
          project_limit: null,
          changed_by: 'codemie platform maintainer',
          database_user: 'postgres',
        },
      },
    ]);
  });

  it('is made by the script of --sql in the same way, row by row', async () => {
    const server = await postgresServer(version);
    for (const args of [
      ['grant', 'ada@example.com'],
      ['revoke', 'bob@example.com'],
      ['revoke', 'b', '--admin-too'],
    ]) {
      const [one, two] = [await server.database(), await server.database()];
      for (const database of [one, two]) await addUsers(database, [ADA, BOB, { ...EVE, isMaintainer: true }]);
      expect((await maintainer(one, ...args)).code).toBe(0);
      const script = (await outcomeOf(testContext(), 'platform', 'maintainer', ...args, '--sql')).stdout;
      await two.query(script);
      expect(await settled(two)).toBe(await settled(one));
    }
  });
});

describe('granting', () => {
  it('a second time changes nothing', async () => {
    const database = await platformDatabase();
    await addUsers(database, [ADA, BOB]);
    await maintainer(database, 'grant', 'ada@example.com');
    const before = await database.dump();
    const { code, stdout } = await maintainer(database, 'grant', 'ada@example.com');
    expect(code).toBe(0);
    expect(stdout).toContain('Nothing was changed: Ada@Example.com is a maintainer.');
    expect(await database.dump()).toBe(before);
  });

  it('repairs what the bare UPDATE of the documentation leaves: a project limit', async () => {
    const database = await platformDatabase();
    await addUsers(database, [{ ...BOB, limit: 3 }]);
    expect((await maintainer(database, 'grant', 'bob@example.com')).stdout).toContain(
      'Project limit: none (was 3).',
    );
    expect(await rolesOf(database, 'b')).toMatchObject({ project_limit: null });
  });

  it.each<[string, UserRow[], string, string, number, string]>([
    ['nobody', [BOB], 'ada@example.com', 'PLATFORM_USER_UNKNOWN', 2, 'no user ada@example.com'],
    [
      'a deleted user',
      [{ ...ADA, isActive: false, isDeleted: true }],
      'ada@example.com',
      'PLATFORM_USER_INACTIVE',
      1,
      'deleted',
    ],
    ['a deactivated user', [{ ...ADA, isActive: false }], 'a', 'PLATFORM_USER_INACTIVE', 1, 'deactivated'],
    [
      'one of two spellings',
      [ADA, { id: 'a2', email: 'ada@example.com' }],
      'ADA@example.com',
      'PLATFORM_USER_TWINS',
      2,
      'in different spelling',
    ],
  ])('refuses %s, and changes nothing', async (_, users, who, errorCode, exit, words) => {
    const database = await platformDatabase();
    await addUsers(database, users);
    const before = await database.dump();
    const { code, stdout } = await maintainer(database, 'grant', who, '--json');
    expect(code).toBe(exit);
    expect(expectShape<{ error: object }>('error', stdout).error).toMatchObject({
      code: errorCode,
      message: expect.stringContaining(words),
    });
    expect(await database.dump()).toBe(before);
    // The script refuses the same.
    const script = (await outcomeOf(testContext(), 'platform', 'maintainer', 'grant', who, '--sql')).stdout;
    await expect(database.query(script)).rejects.toThrow();
    expect(await database.dump()).toBe(before);
  });

  it('names the twins, each with an id that can be given instead', async () => {
    const database = await platformDatabase();
    await addUsers(database, [ADA, { id: 'a2', email: 'ada@example.com' }]);
    const { stderr } = await maintainer(database, 'grant', 'ada@example.com');
    expect(stderr).toContain('a (Ada@Example.com)');
    expect(stderr).toContain('a2 (ada@example.com)');
    expect((await maintainer(database, 'grant', 'a2')).code).toBe(0);
    expect(await rolesOf(database, 'a')).toMatchObject({ is_maintainer: false });
  });

  it('takes whatever is typed as a name, and never as SQL', async () => {
    const database = await platformDatabase();
    await addUsers(database, [ADA]);
    const before = await database.dump();
    for (const who of [
      "' OR true --",
      '$codemie$; DROP TABLE codemie.users; $codemie$',
      "\\' OR 1=1; --",
      '$1',
    ]) {
      expect((await maintainer(database, 'grant', who)).code).toBe(2);
      const script = (await outcomeOf(testContext(), 'platform', 'maintainer', 'grant', who, '--sql')).stdout;
      await expect(database.query(script)).rejects.toThrow('There is no such user');
    }
    expect(await database.dump()).toBe(before);
  });
});

describe('revoking', () => {
  it('leaves an admin; with --admin-too a regular user, with the limit that the platform sets', async () => {
    const database = await platformDatabase();
    await addUsers(database, [BOB, { ...EVE, isMaintainer: true }]);
    expect((await maintainer(database, 'revoke', 'bob@example.com')).stdout).toContain(
      'is an admin and not a maintainer now.',
    );
    expect(await rolesOf(database, 'b')).toMatchObject({
      is_maintainer: false,
      is_admin: true,
      project_limit: null,
    });
    const { stdout } = await maintainer(database, 'revoke', 'bob@example.com', '--admin-too');
    expect(stdout).toContain('is a regular user now. Project limit: 3 (was none).');
    expect(await rolesOf(database, 'b')).toMatchObject({ is_admin: false, project_limit: 3 });
  });

  it('protects the last active maintainer and the last active admin', async () => {
    const database = await platformDatabase();
    const inactive = { ...EVE, isMaintainer: true, isActive: false };
    await addUsers(database, [ADA, BOB, inactive]);
    const before = await database.dump();
    expect(await maintainer(database, 'revoke', 'b')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the last active maintainer'),
    });
    await database.query(`UPDATE users SET is_maintainer = true WHERE id = 'a'`);
    expect(await maintainer(database, 'revoke', 'b', '--admin-too')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the last active admin'),
    });
    await database.query(`UPDATE users SET is_maintainer = false WHERE id = 'a'`);
    expect(await database.dump()).toBe(before);
    // Somebody who cannot sign in does not count, and may lose the role.
    expect((await maintainer(database, 'revoke', 'e')).code).toBe(0);
  });

  it('of two maintainers at the same time leaves one: the second waits for the first', async () => {
    const database = await platformDatabase();
    await addUsers(database, [BOB, { ...EVE, isMaintainer: true }]);
    const first = await database.session();
    let second: ReturnType<typeof maintainer> | undefined;
    await first.transaction(async () => {
      await first.run(roleScript('codemie', { action: 'revoke', who: 'b', adminToo: false }));
      second = maintainer(database, 'revoke', 'e');
      const waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = $1";
      await expect.poll(() => database.query(waiting, [database.name]), { timeout: 10_000 }).toHaveLength(1);
    });
    expect(await second).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the last active maintainer'),
    });
    expect(await database.query('SELECT id FROM users WHERE is_maintainer')).toEqual([{ id: 'e' }]);
  });

  it('from somebody who is none changes nothing', async () => {
    const database = await platformDatabase();
    await addUsers(database, [ADA, BOB]);
    const before = await database.dump();
    expect((await maintainer(database, 'revoke', 'a')).stdout).toMatch(
      /Nothing was changed: .* is a regular user\./,
    );
    expect(await database.dump()).toBe(before);
  });
});

describe('the list', () => {
  it('shows who is a maintainer, and what is odd about it', async () => {
    const database = await platformDatabase();
    await addUsers(database, [
      ADA,
      BOB,
      { ...EVE, isMaintainer: true, isAdmin: false, isActive: false },
      { id: 'x', email: 'gone@example.com', isMaintainer: true, isDeleted: true },
    ]);
    await database.query(`UPDATE users SET last_login_at = '2026-03-04 23:59:59' WHERE id = 'b'`);
    const { stdout } = await maintainer(database, 'list');
    expect(stdout).toBe(
      'bob@example.com  b  last signed in 2026-03-04\neve@example.com  e  deactivated, not an admin, never signed in\n',
    );
    const json = (await maintainer(database, 'list', '--json')).stdout;
    const { maintainers } = expectShape<{ maintainers: object[] }>('platform-maintainer-list', json);
    expect(maintainers).toHaveLength(2);
    const script = (await maintainer(database, 'list', '--sql')).stdout;
    expect((await database.query(script)).map(({ id }) => id)).toEqual(['b', 'e']);
  });

  it('says how to make the first one', async () => {
    const { code, stderr } = await maintainer(await platformDatabase(), 'list');
    expect(code).toBe(0);
    expect(stderr).toContain('codemie platform maintainer grant');
  });
});

describe('a database', () => {
  it.each(['2.15', '2.19'] as const)(
    'of the platform %s has no maintainers, and the error says so',
    async (old) => {
      const database = await platformDatabase(old);
      for (const args of [['grant', 'a'], ['list']])
        expect(await maintainer(database, ...args)).toMatchObject({
          code: 9,
          stderr: expect.stringContaining('since version 2.23.0'),
        });
      const script = (await maintainer(database, 'grant', 'a', '--sql')).stdout;
      await expect(database.query(script)).rejects.toThrow('older than 2.23.0');
    },
  );

  it('without an activity log gets no event, and you are told', async () => {
    const database = await platformDatabase('2.39');
    await addUsers(database, [ADA]);
    expect((await maintainer(database, 'grant', 'a')).stdout).toContain('keeps no log of it');
    expect(await rolesOf(database, 'a')).toMatchObject({ is_maintainer: true });
  });

  it('whose user lacks permissions is left alone, and every GRANT is printed; then they suffice', async () => {
    const database = await platformDatabase();
    await addUsers(database, [ADA]);
    const role = `operator_${database.name}`;
    await database.query(`CREATE ROLE "${role}" LOGIN PASSWORD 'operator-word'`);
    const address = new URL(database.url);
    address.username = role;
    address.password = 'operator-word';
    const run = () => maintainer({ ...database, url: address.href }, 'grant', 'a', '--json');
    const refused = await run();
    expect(refused.code).toBe(6);
    const { error } = expectShape<{ error: { code: string; remedies: string[] } }>('error', refused.stdout);
    expect(error.code).toBe('DATABASE_DENIED');
    expect(error.remedies).toEqual([
      `GRANT USAGE ON SCHEMA "codemie" TO "${role}";`,
      `GRANT SELECT ON "codemie"."users" TO "${role}";`,
      `GRANT UPDATE ("is_maintainer", "is_admin", "project_limit", "update_date") ON "codemie"."users" TO "${role}";`,
      `GRANT INSERT ON "codemie"."activity_events" TO "${role}";`,
    ]);
    await database.query(error.remedies.join('\n'));
    const granted = await run();
    expect(granted.code).toBe(0);
    expect(granted.stderr).not.toContain('superuser');
    await database.query(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`);
  });

  it('is not used as a superuser without a word', async () => {
    const { stderr } = await maintainer(await platformDatabase(), 'list');
    expect(stderr).toContain('postgres is a superuser of the database, which codemie does not need');
  });

  it('of the sandbox takes the SQL of the documentation as it is', async () => {
    const database = await platformDatabase('empty');
    await migrate(await database.session());
    await addUsers(database, [ADA]);
    // As psql would: without a search_path of its own.
    const session = await connectPostgres(testContext(), { database: database.url });
    expect(
      await session.run(
        "UPDATE users SET is_maintainer = true, is_admin = true WHERE email = 'Ada@Example.com';",
      ),
    ).toBe(1);
    await session.close();
    expect((await maintainer(database, 'list')).stdout).toContain('Ada@Example.com');
  });

  it('in --database with a password is used, with a warning; the password is not repeated', async () => {
    const { url } = await platformDatabase();
    const asParameter = `${url.replace(/:[^:@]*@/, '@')}?password=password-of-this-run`;
    for (const address of [url, asParameter]) {
      const { code, stdout, stderr } = await outcomeOf(
        testContext(),
        ...['platform', 'maintainer', 'list', '--database', address],
      );
      expect(code).toBe(0);
      expect(stderr).toContain('Everybody on this machine can read the password in --database');
      expect(stdout + stderr).not.toContain('password-of-this-run');
    }
  });
});
