import { describe, expect, it } from 'vitest';
import { createMemoryManagedStore } from '../../src/sandbox/managed/memory.ts';
import { seedRows } from '../../src/sandbox/managed/seed.ts';
import { managedStoreCases } from '../support/managed-store.ts';

describe('the store in memory', () => {
  managedStoreCases(async () => createMemoryManagedStore());
});

describe('a seeded store', () => {
  const store = createMemoryManagedStore(seedRows({ authSource: 'keycloak', projectLimit: 5 }));

  it('has the sandbox’s users, the deactivated one deleted, and the limit of those who are not administrators', async () => {
    const { rows } = await store.listUsers({ offset: 0, limit: 10 });
    expect(
      rows.map(({ username, projectLimit, isMaintainer }) => [username, projectLimit, isMaintainer]),
    ).toEqual([
      ['ada', 5, false],
      ['bob', 5, false],
      ['eve', 5, false],
      ['grace', null, true],
    ]);
    const [dan] = await store.usersByEmail(['dan@sandbox.example']);
    expect([dan?.isActive, dan?.deletedAt === null]).toEqual([false, false]);
  });

  it('has their shared and personal projects', async () => {
    const { rows, total } = await store.listProjects({ offset: 0, limit: 10 });
    expect(total).toBe(8);
    expect(rows.map(({ name, type, users, admins }) => [name, type, users, admins])).toEqual(
      expect.arrayContaining([
        ['analytical-engine', 'shared', 3, 0],
        ['difference-engine', 'shared', 1, 1],
        ['ada@sandbox.example', 'personal', 1, 0],
      ]),
    );
  });
});
