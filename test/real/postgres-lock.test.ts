import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type LockOptions, lockTransaction, withImportLock } from '../../src/postgres/advisory-lock.ts';
import { connectPostgres } from '../../src/postgres/connect.ts';
import type { Session } from '../../src/postgres/session.ts';
import { systemClock } from '../../src/system/clock.ts';
import { interrupted } from '../../src/system/errors.ts';
import { testContext } from '../support/context.ts';
import { noPgbouncer, pgbouncer } from '../support/pgbouncer.ts';
import {
  platformDatabase,
  postgresServer,
  postgresVersions,
  type TestDatabase,
} from '../support/postgres-server.ts';
import { Machine } from '../support/program.ts';

const OPTIONS: LockOptions = { clock: systemClock, signal: new AbortController().signal };
const nothing = async (): Promise<undefined> => undefined;

/** How many advisory locks there are in a database. */
async function locksOf({ query }: TestDatabase): Promise<number> {
  const rows = await query(
    `SELECT 1 FROM pg_locks WHERE locktype = 'advisory'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return rows.length;
}

async function through(port: number, { url }: TestDatabase): Promise<Session> {
  const address = new URL(url);
  address.port = String(port);
  const session = await connectPostgres(testContext(), { database: address.href });
  onTestFinished(() => session.close());
  return session;
}

describe.each(postgresVersions())('the import lock on PostgreSQL %s', (version) => {
  it('lets one session work, tells the others who holds it, and is gone afterwards', async () => {
    const database = await (await postgresServer(version)).database('empty');
    const [one, two] = [await database.session(), await database.session()];
    const result = await withImportLock(one, OPTIONS, async () => {
      await expect(withImportLock(two, OPTIONS, nothing)).rejects.toMatchObject({
        code: 'DATABASE_LOCKED',
        exit: 'failed',
        message: expect.stringContaining(`process ${one.pid} of the server (codemie, postgres`),
      });
      await one.transaction(() => lockTransaction(one));
      expect(await locksOf(database)).toBe(1);
      return 'done';
    });
    expect(result).toBe('done');
    expect(await locksOf(database)).toBe(0);
    expect(await withImportLock(two, OPTIONS, async () => 'next')).toBe('next');
  });

  it('is the one that the pods of the platform take', async () => {
    const database = await (await postgresServer(version)).database('empty');
    const [pod, ours] = [await database.session(), await database.session()];
    await pod.query('SELECT pg_advisory_lock(7734269302)');
    await expect(withImportLock(ours, OPTIONS, nothing)).rejects.toMatchObject({ code: 'DATABASE_LOCKED' });
  });

  it('is waited for as long as you say', async () => {
    const database = await (await postgresServer(version)).database('empty');
    const [one, two] = [await database.session(), await database.session()];
    await one.query('SELECT pg_advisory_lock(7734269302)');
    // The holder lets go during the first pause.
    const clock = { sleep: async () => void (await one.query('SELECT pg_advisory_unlock(7734269302)')) };
    expect(await withImportLock(two, { ...OPTIONS, clock, waitMs: 1000 }, async () => 'mine')).toBe('mine');
  });

  it('is released after a failure, and the failure is what you see', async () => {
    const database = await (await postgresServer(version)).database('empty');
    const session = await database.session();
    const work = withImportLock(session, OPTIONS, async () => {
      throw new Error('the work failed');
    });
    await expect(work).rejects.toThrow('the work failed');
    expect(await locksOf(database)).toBe(0);
  });
});

describe.skipIf(noPgbouncer !== undefined)('A session lock behind a transaction-pooling proxy', () => {
  it('is never relied on: we stop before we take it, say that this is a pooler, and leave no lock', async () => {
    const server = await postgresServer();
    const database = await server.database();
    const session = await through(await pgbouncer(server.port, 'transaction'), database);
    // Reading works.
    expect(await session.transaction(() => session.query('SELECT 1 AS one'), { readOnly: true })).toEqual([
      { one: 1 },
    ]);
    expect(session.isPooled).toBe(true);
    let worked = false;
    const work = withImportLock(session, OPTIONS, async () => {
      worked = true;
    });
    await expect(work).rejects.toMatchObject({
      code: 'DATABASE_POOLED',
      exit: 'config',
      message: expect.stringContaining('goes through a pooler'),
      hint: expect.stringContaining("the database's own address"),
    });
    expect(worked).toBe(false);
    expect(await locksOf(database)).toBe(0);
  });

  it('is found out by a second connection, too, where the pooler hides', async () => {
    const server = await postgresServer();
    const database = await server.database('empty');
    const session = await through(await pgbouncer(server.port, 'transaction'), database);
    const hidden = { ...session, isPooled: false };
    let worked = false;
    const work = withImportLock(hidden, OPTIONS, async () => {
      worked = true;
    });
    await expect(work).rejects.toMatchObject({ code: 'DATABASE_POOLED' });
    expect(worked).toBe(false);
    expect(await locksOf(database)).toBe(0);
  });

  it('is refused behind a pooler of whole sessions as well: we cannot tell the two apart', async () => {
    const server = await postgresServer();
    const database = await server.database('empty');
    const session = await through(await pgbouncer(server.port, 'session'), database);
    await expect(withImportLock(session, OPTIONS, nothing)).rejects.toMatchObject({
      code: 'DATABASE_POOLED',
    });
  });

  it('works with the address of the database itself', async () => {
    const server = await postgresServer();
    const session = await through(server.port, await server.database('empty'));
    expect(session.isPooled).toBe(false);
    expect(await withImportLock(session, OPTIONS, async () => 'done')).toBe('done');
  });
});

/** A realm export with one user, who is in one project. */
const REALM = {
  realm: 'acme',
  users: [
    {
      id: '11111111-1111-4111-8111-111111111111',
      username: 'ann',
      email: 'ann@example.com',
      enabled: true,
      attributes: { applications: ['alpha'] },
    },
  ],
};

it.skipIf(noPgbouncer !== undefined)(
  'A session lock behind a transaction-pooling proxy: plan works, apply exits with 9, and no lock stays',
  async () => {
    const server = await postgresServer();
    const database = await server.database();
    const direct = new URL(database.url);
    const pooled = new URL(database.url);
    pooled.port = String(await pgbouncer(server.port, 'transaction'));
    const machine = new Machine();
    onTestFinished(() => machine.dispose());
    writeFileSync(join(machine.work, 'realm.json'), JSON.stringify(REALM));
    const migrate = ({ href }: URL, ...args: string[]) =>
      machine.run(['platform', 'migrate', ...args], { env: { DATABASE_URL: href } });

    const planned = await migrate(
      pooled,
      ...['plan', '--from-file', 'realm.json', '--allow-no-admin', '--out', 'plan.jsonl'],
    );
    expect(planned.code, planned.stderr).toBe(0);
    const before = await database.dump();
    const applied = await migrate(pooled, 'apply', 'plan.jsonl', '--yes');
    expect([applied.code, applied.stderr]).toEqual([9, expect.stringContaining('goes through a pooler')]);
    expect(applied.stderr).toContain("the database's own address");
    expect(await locksOf(database)).toBe(0);
    expect(await database.dump()).toBe(before);

    const { code, stderr } = await migrate(direct, 'apply', 'plan.jsonl', '--yes');
    expect(code, stderr).toBe(0);
    expect(await database.query('SELECT project_name FROM user_projects')).toEqual([
      { project_name: 'alpha' },
    ]);
    expect(await locksOf(database)).toBe(0);
  },
);

describe('a write under the lock', () => {
  it('is refused where the session that writes is not the one that holds the lock', async () => {
    const database = await platformDatabase('empty');
    const [holder, writer] = [await database.session(), await database.session()];
    await withImportLock(holder, OPTIONS, async () => {
      const work = writer.transaction(() => lockTransaction(writer));
      await expect(work).rejects.toMatchObject({ code: 'DATABASE_POOLED' });
    });
  });

  it('ends with an error if the lock was lost meanwhile', async () => {
    const database = await platformDatabase('empty');
    const session = await database.session();
    const work = withImportLock(session, OPTIONS, async () => {
      await session.query('SELECT pg_advisory_unlock_all()');
    });
    await expect(work).rejects.toMatchObject({
      code: 'DATABASE_POOLED',
      hint: expect.stringContaining('again'),
    });
  });

  it('is over soon after our process has gone in the middle of a statement, and the lock with it', async () => {
    const database = await platformDatabase('empty');
    const context = testContext();
    const session = await connectPostgres(context, { database: database.url });
    const work = withImportLock(session, OPTIONS, () => session.query('SELECT pg_sleep(60)'));
    const sleeping = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND pid = $1";
    await expect.poll(() => database.query(sleeping, [session.pid]), { timeout: 5000 }).toHaveLength(1);
    expect(await locksOf(database)).toBe(1);
    // Closes the socket, as the system does for a process that was killed.
    context.stop(interrupted('SIGTERM'));
    await expect(work).rejects.toMatchObject({ code: 'TERMINATED' });
    await expect.poll(() => locksOf(database), { timeout: 5000, interval: 100 }).toBe(0);
  });
});
