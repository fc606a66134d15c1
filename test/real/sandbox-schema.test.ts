import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { migrate } from '../../src/sandbox/store/schema/migrate.ts';
import { SCHEMA_STEPS } from '../../src/sandbox/store/schema/steps.ts';
import { platformDatabase, postgresServer, postgresVersions } from '../support/postgres-server.ts';
import { root } from '../support/program.ts';
import { schemaDescription } from '../support/schema-description.ts';

const EXPECTED = readFileSync(join(root, 'test', 'fixtures', 'platform-schema-2.42.tsv'), 'utf8')
  .trimEnd()
  .split('\n');

const VERSIONS = postgresVersions();

describe.each(VERSIONS)('the tables of the sandbox on PostgreSQL %s', (version) => {
  it('are those of the platform 2.42: every column, constraint and index', async () => {
    const database = await (await postgresServer(version)).database('empty');
    expect(await migrate(await database.session())).toBe(SCHEMA_STEPS.length);
    expect(await schemaDescription(database)).toEqual([...EXPECTED].sort());
  });
});

it.each([
  ['20 times out of 20', VERSIONS[0], 20],
  ['on an older server, too', VERSIONS.at(-1), 3],
])('ten processes that start on a brand-new database make its tables once: %s', async (_, version, times) => {
  const server = await postgresServer(version);
  for (let time = 0; time < times; time += 1) {
    const database = await server.database('empty');
    const sessions = await Promise.all(Array.from({ length: 10 }, () => database.session()));
    const steps = await Promise.all(sessions.map((session) => migrate(session)));
    expect(steps.sort((a, b) => b - a)).toEqual([SCHEMA_STEPS.length, ...Array(9).fill(0)]);
    expect(await database.query('SELECT version FROM codemie_sandbox.migrations ORDER BY 1')).toEqual(
      SCHEMA_STEPS.map((__, i) => ({ version: i + 1 })),
    );
    await Promise.all(sessions.map((session) => session.close()));
  }
});

describe('a database', () => {
  it('of an older version gets the steps that it lacks, and keeps its rows', async () => {
    const database = await platformDatabase('2.19');
    await database.query(`INSERT INTO users (id, username, email) VALUES ('1', 'ada', 'ada@example.com')`);
    const known = SCHEMA_STEPS.findIndex(({ platform }) => platform === '2.19') + 1;
    expect(await migrate(await database.session())).toBe(SCHEMA_STEPS.length - known);
    expect(await schemaDescription(database)).toEqual([...EXPECTED].sort());
    expect(await database.query('SELECT email, is_maintainer FROM users')).toEqual([
      { email: 'ada@example.com', is_maintainer: false },
    ]);
  });

  it('that is at the newest version takes no lock, and waits for nobody', async () => {
    const database = await platformDatabase();
    const [holder, session] = [await database.session(), await database.session()];
    await holder.transaction(async () => {
      // Everything that a migration would have to wait for.
      await holder.run('SELECT pg_advisory_xact_lock(7734269311)');
      await holder.run('LOCK TABLE codemie.users IN ACCESS EXCLUSIVE MODE');
      expect(await migrate(session)).toBe(0);
      const [locks] = await holder.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM pg_locks WHERE pid = $1',
        [session.pid],
      );
      expect(locks?.n).toBe(0);
    });
  });

  it('of the future is refused, and nothing in it changes', async () => {
    const database = await platformDatabase();
    await database.query(`INSERT INTO codemie_sandbox.migrations (version, platform) VALUES (99, '9.9')`);
    const before = await database.dump();
    await expect(migrate(await database.session())).rejects.toMatchObject({
      code: 'DATABASE_AHEAD',
      exit: 'config',
      message: expect.stringMatching(/have version 99; this codemie knows versions up to \d+\./),
    });
    expect(await database.dump()).toBe(before);
  });

  it('of a real platform is refused, and nothing in it changes', async () => {
    const database = await platformDatabase();
    await database.query('DROP SCHEMA codemie_sandbox CASCADE');
    const before = await database.dump();
    await expect(migrate(await database.session())).rejects.toMatchObject({
      code: 'DATABASE_IN_USE',
      exit: 'config',
      hint: expect.stringContaining('a database of its own'),
    });
    expect(await database.dump()).toBe(before);
  });

  it('is left empty by a step that fails, so that the next start begins again', async () => {
    const database = await platformDatabase('empty');
    const broken = [...SCHEMA_STEPS, { platform: '9.9', statements: 'CREATE TABLE t (n nonsense)' }];
    const before = await database.dump();
    await expect(migrate(await database.session(), broken)).rejects.toMatchObject({
      code: 'DATABASE_FAILED',
    });
    expect(await database.dump()).toBe(before);
    expect(await migrate(await database.session())).toBe(SCHEMA_STEPS.length);
  });

  it('of an owner without further rights will do', async () => {
    const database = await platformDatabase('empty');
    const role = `owner_of_${database.name}`;
    await database.query(`CREATE ROLE ${role}; ALTER DATABASE ${database.name} OWNER TO ${role}`);
    onTestFinished(async () => {
      await database.query(`DROP OWNED BY ${role} CASCADE`);
      await database.query(`ALTER DATABASE ${database.name} OWNER TO postgres; DROP ROLE ${role}`);
    });
    const session = await database.session();
    await session.run(`SET SESSION AUTHORIZATION ${role}`);
    expect(await migrate(session)).toBe(SCHEMA_STEPS.length);
  });
});
