import { describe, expect, it } from 'vitest';
import { createPostgresManagedStore } from '../../src/sandbox/managed/postgres/store.ts';
import { NO_ROWS } from '../../src/sandbox/managed/rows.ts';
import { seedRows } from '../../src/sandbox/managed/seed.ts';
import { managedStoreCases } from '../support/managed-store.ts';
import { platformDatabase, postgresServer } from '../support/postgres-server.ts';

describe('the store in PostgreSQL', () => {
  managedStoreCases(async () => {
    const database = await (await postgresServer()).lastingDatabase('empty');
    return createPostgresManagedStore(database.connect, NO_ROWS);
  });
});

const ROWS = seedRows({ authSource: 'keycloak', projectLimit: 5 });

describe('a database for sandboxes', () => {
  it('gets its tables and people once when two processes start together', async () => {
    const database = await platformDatabase('empty');
    const stores = await Promise.all([1, 2].map(() => createPostgresManagedStore(database.connect, ROWS)));
    for (const store of stores) {
      expect((await store.listUsers({ offset: 0, limit: 100 })).total).toBe(4);
      expect((await store.listProjects({ offset: 0, limit: 100 })).total).toBe(8);
    }
    const before = await database.dump();
    const third = await createPostgresManagedStore(database.connect, ROWS);
    expect(await database.dump()).toBe(before);
    for (const store of [...stores, third]) await store.close();
  });

  it('keeps what one process writes for the other', async () => {
    const database = await platformDatabase('empty');
    const one = await createPostgresManagedStore(database.connect, ROWS);
    const two = await createPostgresManagedStore(database.connect, ROWS);
    const [{ id = '' } = {}] = await one.usersByEmail(['ada@sandbox.example']);
    const raise = (store: typeof one): Promise<void> =>
      store.transaction(async (inner) => {
        const user = await inner.user(id);
        await inner.updateUser(id, { projectLimit: (user?.projectLimit ?? 0) + 1 });
      });
    await Promise.all([raise(one), raise(two), raise(one), raise(two)]);
    expect((await two.user(id))?.projectLimit).toBe(9);
    await one.close();
    await two.close();
  });

  it('is opened again after the connection was lost', async () => {
    const database = await platformDatabase('empty');
    const store = await createPostgresManagedStore(database.connect, ROWS);
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'codemie'`,
    );
    await expect(store.countActiveAdmins()).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(await store.countActiveAdmins()).toBe(1);
    await store.close();
  });

  it('that a platform uses is left alone', async () => {
    const database = await platformDatabase();
    await database.query('DROP SCHEMA codemie_sandbox CASCADE');
    const before = await database.dump();
    await expect(createPostgresManagedStore(database.connect, ROWS)).rejects.toMatchObject({
      code: 'DATABASE_IN_USE',
    });
    expect(await database.dump()).toBe(before);
  });
});
