import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectPostgres } from '../../src/postgres/connect.ts';
import { readSchema } from '../../src/postgres/schema.ts';
import type { Session } from '../../src/postgres/session.ts';
import { interrupted } from '../../src/system/errors.ts';
import { testContext } from '../support/context.ts';
import { PASSWORD, platformDatabase, postgresServer, postgresVersions } from '../support/postgres-server.ts';

async function open(env: Record<string, string>, passwordCommand?: string): Promise<Session> {
  const session = await connectPostgres(testContext({ env }), { passwordCommand });
  onTestFinished(() => session.close());
  return session;
}

/** The variables of libpq for a database of a test. */
function variables(url: string): Record<string, string> {
  const { hostname, port, pathname } = new URL(url);
  return { PGHOST: hostname, PGPORT: port, PGUSER: 'postgres', PGDATABASE: pathname.slice(1) };
}

async function refusal(work: Promise<unknown>): Promise<{ code: string; exit: string; message: string }> {
  const error: unknown = await work.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  );
  return error as { code: string; exit: string; message: string };
}

describe.each(postgresVersions())('PostgreSQL %s', (version) => {
  it('connects with DATABASE_URL, with the variables of libpq, and over a Unix socket', async () => {
    const server = await postgresServer(version);
    const { url, name } = await server.database();
    const ways = [
      { DATABASE_URL: url },
      { ...variables(url), PGPASSWORD: PASSWORD },
      { ...variables(url), PGHOST: server.socket },
    ];
    for (const env of ways) {
      const session = await open(env);
      expect(String(session.version)).toMatch(new RegExp(`^${version}`));
      expect(session.isSuperuser).toBe(true);
      expect(session.name).toContain(`"${name}"`);
      expect(await session.query('SELECT count(*)::int AS n FROM codemie.users')).toEqual([{ n: 0 }]);
    }
  });

  it('runs the password command for each connection', async () => {
    const { url } = await (await postgresServer(version)).database();
    const session = await open(variables(url), `printf '%s\\n' ${PASSWORD}`);
    const other = await session.another();
    onTestFinished(() => other.close());
    expect(other.pid).not.toBe(session.pid);
  });

  it('says what is wrong with a sign-in, with an exit code for each reason', async () => {
    const { url } = await (await postgresServer(version)).database();
    const right = { ...variables(url), PGPASSWORD: PASSWORD };
    expect(await refusal(open({ ...right, PGPASSWORD: 'wrong-password' }))).toMatchObject({
      code: 'DATABASE_LOGIN',
      exit: 'auth',
    });
    expect(await refusal(open(variables(url)))).toMatchObject({
      code: 'DATABASE_LOGIN',
      message: expect.stringContaining('asks for a password, and there is none'),
    });
    expect(await refusal(open({ ...right, PGDATABASE: 'nowhere' }))).toMatchObject({
      code: 'DATABASE_MISSING',
      exit: 'config',
    });
    expect(await refusal(open({ ...right, PGPORT: '1' }))).toMatchObject({
      code: 'UNREACHABLE',
      exit: 'unreachable',
    });
    expect(await refusal(open({ ...right, PGHOST: '/nowhere' }))).toMatchObject({ code: 'UNREACHABLE' });
    expect(await refusal(open({ ...right, PGSSLMODE: 'require' }))).toMatchObject({
      code: 'DATABASE_TLS',
      exit: 'unreachable',
    });
  });

  it('finds the tables and columns of each version of the platform', async () => {
    const server = await postgresServer(version);
    const seen = async (platform: '2.15' | '2.19' | '2.39' | '2.42') => {
      const session = await (await server.database(platform)).session();
      const schema = await readSchema(session, 'codemie');
      return [
        schema.has('users', 'is_admin'),
        schema.has('users', 'is_maintainer'),
        schema.has('activity_events'),
      ];
    };
    expect(await seen('2.15')).toEqual([false, false, false]);
    expect(await seen('2.19')).toEqual([true, false, false]);
    expect(await seen('2.39')).toEqual([true, true, false]);
    expect(await seen('2.42')).toEqual([true, true, true]);
  });

  it('copies rows in and out as streams', async () => {
    const session = await (await (await postgresServer(version)).database('empty')).session();
    await session.run('CREATE TABLE t (n int, word text)');
    async function* rows() {
      for (let i = 0; i < 50_000; i += 1) yield `${i}\tword ${i}\n`;
    }
    expect(await session.copyIn('COPY t FROM STDIN', rows())).toBe(50_000);
    let bytes = 0;
    for await (const chunk of session.copyOut('COPY t TO STDOUT')) bytes += chunk.length;
    const [expected] = await session.query<{ bytes: number }>(
      `SELECT sum(length(n::text || word) + 2)::int AS bytes FROM t`,
    );
    expect(bytes).toBe(expected?.bytes);
  });

  it('stays usable after a COPY that fails on either side', async () => {
    const session = await (await (await postgresServer(version)).database('empty')).session();
    await session.run('CREATE TABLE t (n int)');
    async function* wrong() {
      yield '1\n';
      yield 'no number\n';
    }
    async function* broken() {
      yield '1\n';
      throw new Error('the source ended early');
    }
    expect(await refusal(session.copyIn('COPY t FROM STDIN', wrong()))).toMatchObject({
      code: 'DATABASE_FAILED',
      sqlState: '22P02',
    });
    expect((await refusal(session.copyIn('COPY t FROM STDIN', broken()))).message).toContain('ended early');
    expect(await session.query('SELECT count(*)::int AS n FROM t')).toEqual([{ n: 0 }]);
  });
});

describe('a session', () => {
  it('names a schema that is elsewhere', async () => {
    const database = await platformDatabase();
    await database.query('ALTER SCHEMA codemie RENAME TO other');
    const session = await database.session();
    await expect(readSchema(session, 'codemie')).rejects.toMatchObject({
      code: 'DATABASE_SCHEMA',
      exit: 'config',
      hint: expect.stringContaining('"other"'),
    });
    const empty = await (await platformDatabase('empty')).session();
    await expect(readSchema(empty, 'codemie')).rejects.toMatchObject({ code: 'DATABASE_SCHEMA' });
  });

  it('gives dates as the server writes them, whatever the time zone here is', async () => {
    const session = await (await platformDatabase('empty')).session();
    expect(
      await session.query(`SELECT '2026-01-02 03:04:05.678901'::timestamp AS a, '2026-01-02'::date AS b`),
    ).toEqual([{ a: '2026-01-02 03:04:05.678901', b: '2026-01-02' }]);
  });

  it('rolls a transaction back when the work in it throws', async () => {
    const session = await (await platformDatabase('empty')).session();
    await session.run('CREATE TABLE t (n int)');
    const work = session.transaction(async () => {
      await session.run('INSERT INTO t VALUES (1)');
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    expect(await session.query('SELECT n FROM t')).toEqual([]);
  });

  it('keeps its limits to the transaction: a pooler gives the connection to others next', async () => {
    const session = await (await platformDatabase('empty')).session();
    const limits = () =>
      session.query(
        `SELECT current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement,
                current_setting('client_connection_check_interval') AS check`,
      );
    const within = await session.transaction(limits, { lockMs: 1000, statementMs: 2000 });
    expect(within).toEqual([{ lock: '1s', statement: '2s', check: '500ms' }]);
    expect(await limits()).toEqual([{ lock: '0', statement: '0', check: '0' }]);
  });

  it('does not wait for rows that somebody else holds for longer than it may', async () => {
    const database = await platformDatabase('empty');
    const [holder, session] = [await database.session(), await database.session()];
    await holder.run('CREATE TABLE t AS SELECT 1 AS n');
    await holder.transaction(async () => {
      await holder.run('UPDATE t SET n = 2');
      const work = session.transaction(() => session.run('UPDATE t SET n = 3'), { lockMs: 50 });
      await expect(work).rejects.toMatchObject({ code: 'DATABASE_BUSY', exit: 'failed' });
    });
    expect(await session.query('SELECT n FROM t')).toEqual([{ n: 2 }]);
  });

  it('ends at once, with the reason, when the program is asked to stop', async () => {
    const { url } = await platformDatabase('empty');
    const context = testContext();
    const session = await connectPostgres(context, { database: url });
    const slow = session.query('SELECT pg_sleep(60)');
    const reason = interrupted('SIGINT');
    context.stop(reason);
    await expect(slow).rejects.toBe(reason);
    await expect(session.query('SELECT 1')).rejects.toBe(reason);
    await expect(connectPostgres(context, { database: url })).rejects.toBe(reason);
  });

  it('does not wait for a server that says nothing', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void silent.close());
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const env = { DATABASE_URL: `postgresql://u@127.0.0.1:${port}/d?connect_timeout=1` };
    expect(await refusal(open(env))).toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('did not answer'),
    });
  });

  it('says that a replica is read-only', async () => {
    const session = await (await platformDatabase()).session();
    const work = session.transaction(() => session.run('DELETE FROM codemie.users'), { readOnly: true });
    await expect(work).rejects.toMatchObject({ code: 'DATABASE_READ_ONLY', exit: 'config' });
  });
});
