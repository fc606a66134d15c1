import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ActivityEvent,
  DuplicateRow,
  type ManagedProject,
  type ManagedStore,
  type ManagedUser,
  type Membership,
} from '../../src/sandbox/managed/store.ts';

const at = (minute: number): string => `2026-02-03T10:${String(minute).padStart(2, '0')}:00.000001`;

const id = (digit: number): string => `22222222-2222-4222-8222-22222222222${digit}`;

/** A user row as a first sign-in makes it. */
export function managedUser(digit: number, name: string, more: Partial<ManagedUser> = {}): ManagedUser {
  return {
    id: id(digit),
    username: name,
    email: `${name}@example.com`,
    name: `${name} Example`,
    picture: null,
    passwordHash: null,
    userType: 'regular',
    isActive: true,
    isAdmin: false,
    isMaintainer: false,
    authSource: 'keycloak',
    emailVerified: true,
    lastLoginAt: null,
    projectLimit: 3,
    date: at(digit),
    updateDate: at(digit),
    deletedAt: null,
    ...more,
  };
}

export function managedProject(name: string, more: Partial<ManagedProject> = {}): ManagedProject {
  return {
    name,
    displayName: null,
    description: null,
    type: 'shared',
    createdBy: null,
    date: at(0),
    updateDate: at(0),
    deletedAt: null,
    ...more,
  };
}

const membership = (digit: number, project: string, isProjectAdmin = false): Membership => ({
  userId: id(digit),
  project,
  isProjectAdmin,
  date: at(30 + digit),
});

const event = (minute: number, more: Partial<ActivityEvent> = {}): ActivityEvent => ({
  id: randomUUID(),
  domain: 'user_management',
  eventType: 'user.updated',
  entityType: 'user',
  entityId: id(1),
  actorId: id(4),
  attributes: { name: 'New' },
  createdAt: `2026-02-03T10:0${minute}:00.000000Z`,
  ...more,
});

const ALL = { offset: 0, limit: 100 };

/** What every store of users and projects has to do. @param create makes an empty one. */
export function managedStoreCases(create: () => Promise<ManagedStore>): void {
  let store: ManagedStore;
  beforeAll(async () => {
    store = await create();
    await store.addUser(managedUser(1, 'ann'));
    await store.addUser(managedUser(2, 'ben', { userType: 'external' }));
    await store.addUser(managedUser(3, 'cat', { isActive: false, name: null }));
    await store.addUser(managedUser(4, 'dot', { isAdmin: true, isMaintainer: true, projectLimit: null }));
    await store.addUser(managedUser(5, 'eli', { isActive: false, isAdmin: true, deletedAt: at(9) }));
    await store.addProject(
      managedProject('alpha', { createdBy: id(4), description: 'The first 100%', date: at(1) }),
    );
    await store.addProject(
      managedProject('beta', { displayName: 'Beta_Team', createdBy: id(4), date: at(2) }),
    );
    await store.addProject(managedProject('gone', { createdBy: id(4), deletedAt: at(5) }));
    await store.addProject(
      managedProject('ann@example.com', { type: 'personal', createdBy: id(1), date: at(3) }),
    );
    await store.setMemberships(
      [
        membership(1, 'alpha', true),
        membership(2, 'alpha'),
        membership(4, 'alpha', true),
        membership(3, 'beta', true),
        membership(1, 'beta'),
        membership(1, 'ann@example.com'),
        membership(2, 'nowhere'),
      ],
      at(40),
    );
  });
  afterAll(() => store.close());

  describe('users', () => {
    const listed = async (query: object): Promise<readonly string[]> =>
      (await store.listUsers({ ...ALL, ...query })).rows.map(({ username }) => username);

    it('are found by ID, and by email and username in any case', async () => {
      expect(await store.user(id(1))).toEqual(managedUser(1, 'ann'));
      expect(await store.user('nobody')).toBeUndefined();
      expect((await store.usersByEmail(['ANN@Example.com', 'x@y'])).map(({ username }) => username)).toEqual([
        'ann',
      ]);
      expect((await store.userByUsername('BEN'))?.id).toBe(id(2));
      expect((await store.usersById([id(5), id(1), 'nobody'])).length).toBe(2);
    });

    it('are listed newest first, in pages, without deleted ones', async () => {
      expect(await listed({})).toEqual(['dot', 'cat', 'ben', 'ann']);
      const page = await store.listUsers({ offset: 1, limit: 2 });
      expect([page.total, page.rows.map(({ username }) => username)]).toEqual([4, ['cat', 'ben']]);
    });

    it.each([
      ['a part of the email in any case', { search: 'BEN@ex' }, ['ben']],
      ['a part of the name', { search: 'n example' }, ['ben', 'ann']],
      ['a wildcard of SQL, taken literally', { search: '%' }, []],
      ['the type', { userType: 'external' }, ['ben']],
      ['inactive ones', { isActive: false }, ['cat']],
      ['members of a project', { projects: ['alpha'] }, ['dot', 'ben', 'ann']],
      ['members of one of several projects', { projects: ['beta', 'nowhere'] }, ['cat', 'ben', 'ann']],
      ['administrators', { role: 'admin' }, ['dot']],
      ['administrators in a project', { role: 'admin', projects: ['beta'] }, []],
      ['project administrators', { role: 'platform_admin' }, ['cat', 'ann']],
      ['administrators of a project', { role: 'platform_admin', projects: ['alpha'] }, ['dot', 'ann']],
      ['other users', { role: 'user' }, ['ben']],
      ['plain members of a project', { role: 'user', projects: ['beta'] }, ['ann']],
    ])('are filtered by %s', async (_by, query, names) => {
      expect(await listed(query)).toEqual(names);
    });

    it('count as active administrators only when they are not deleted', async () => {
      expect(await store.countActiveAdmins()).toBe(1);
    });

    it.each([
      ['id', { id: id(1) }],
      ['username', { username: 'ann' }],
      ['email, also one of a deleted user', { email: 'eli@example.com' }],
    ])('have a unique %s', async (_what, more) => {
      await expect(store.addUser(managedUser(6, 'fay', more))).rejects.toThrow(DuplicateRow);
      expect(await store.user(id(6))).toBeUndefined();
    });

    it('are changed field by field', async () => {
      await store.transaction(async (inner) => {
        await inner.updateUser(id(2), { name: 'Ben', projectLimit: 0 });
        expect(await inner.user(id(2))).toEqual(
          managedUser(2, 'ben', { userType: 'external', name: 'Ben', projectLimit: 0 }),
        );
        await inner.updateUser(id(2), { name: 'ben Example', projectLimit: 3 });
      });
      await expect(store.updateUser(id(2), { email: 'ann@example.com' })).rejects.toThrow(DuplicateRow);
    });
  });

  describe('projects', () => {
    const listed = async (query: object): Promise<readonly string[]> =>
      (await store.listProjects({ ...ALL, ...query })).rows.map(({ name }) => name);

    it('are found with their case, or in any case, deleted ones too', async () => {
      expect((await store.project('gone'))?.deletedAt).toBe(at(5));
      expect(await store.project('Alpha')).toBeUndefined();
      expect((await store.projectInAnyCase('ALPHA'))?.name).toBe('alpha');
    });

    it.each([
      ['newest first', {}, ['ann@example.com', 'beta', 'alpha']],
      ['by name', { sortBy: 'name' }, ['alpha', 'ann@example.com', 'beta']],
      ['by name, backwards', { sortBy: 'name', descending: true }, ['beta', 'ann@example.com', 'alpha']],
      ['by date', { sortBy: 'created_at' }, ['alpha', 'beta', 'ann@example.com']],
      ['of a member', { visibleTo: id(2) }, ['alpha']],
      ['of the owner of a personal one', { visibleTo: id(1) }, ['ann@example.com', 'beta', 'alpha']],
      ['with a part of the description', { search: '100%' }, ['alpha']],
      ['with a part of the display name', { search: 'a_t' }, ['beta']],
      ['with a wildcard of SQL, taken literally', { search: '_' }, ['beta']],
    ])('are listed %s', async (_how, query, names) => {
      expect(await listed(query)).toEqual(names);
    });

    it('are listed with the number of their members', async () => {
      const { rows, total } = await store.listProjects({ offset: 2, limit: 1 });
      expect([total, rows[0]?.name, rows[0]?.users, rows[0]?.admins]).toEqual([3, 'alpha', 3, 2]);
    });

    it('are searched by name, deleted ones too, an exact match first', async () => {
      await store.addProject(managedProject('gone-too'));
      const names = (await store.searchProjects('gone', 10)).map(({ name }) => name);
      expect(names).toEqual(['gone', 'gone-too']);
      expect((await store.searchProjects(undefined, 2)).length).toBe(2);
      await store.removeProject('gone-too');
      expect(await store.project('gone-too')).toBeUndefined();
    });

    it('count for their creator while they are shared and not deleted', async () => {
      expect(await store.countProjectsCreatedBy(id(4))).toBe(2);
      expect(await store.countProjectsCreatedBy(id(1))).toBe(0);
    });

    it('are changed field by field, the name too', async () => {
      await store.updateProject('gone', { name: 'gone-2', description: 'Old' });
      expect(await store.project('gone-2')).toMatchObject({ description: 'Old', deletedAt: at(5) });
      await expect(store.addProject(managedProject('gone-2'))).rejects.toThrow(DuplicateRow);
    });
  });

  describe('memberships', () => {
    it('are read with their projects', async () => {
      const own = await store.membershipsOf([id(1), id(2)]);
      expect(own).toContainEqual({
        ...membership(1, 'beta'),
        type: 'shared',
        displayName: 'Beta_Team',
        createdBy: id(4),
      });
      expect(own).toContainEqual({
        ...membership(2, 'nowhere'),
        type: null,
        displayName: null,
        createdBy: null,
      });
      expect(own.length).toBe(5);
      expect((await store.membersOf('alpha')).map(({ userId }) => userId)).toEqual([id(1), id(2), id(4)]);
    });

    it('are added or changed, and keep their date; removed ones are counted', async () => {
      await store.setMemberships(
        [
          { ...membership(2, 'alpha', true), date: at(50) },
          { ...membership(3, 'alpha'), date: at(50) },
        ],
        at(50),
      );
      const members = await store.membersOf('alpha');
      expect(members).toContainEqual(membership(2, 'alpha', true));
      expect(members).toContainEqual({ ...membership(3, 'alpha'), date: at(50) });
      expect(await store.removeMemberships('alpha', [id(3), 'nobody'])).toBe(1);
      await store.setMemberships([membership(2, 'alpha', false)], at(51));
      expect((await store.membersOf('alpha')).length).toBe(3);
    });
  });

  it('knowledge bases are kept by user', async () => {
    await store.addKnowledgeBase(id(1), { name: 'wiki', date: at(1) });
    await store.addKnowledgeBase(id(1), { name: 'docs', date: null });
    await expect(store.addKnowledgeBase(id(1), { name: 'wiki', date: at(2) })).rejects.toThrow(DuplicateRow);
    expect(await store.knowledgeBasesOf(id(1))).toEqual([
      { name: 'docs', date: null },
      { name: 'wiki', date: at(1) },
    ]);
    expect([
      await store.removeKnowledgeBase(id(1), 'wiki'),
      await store.removeKnowledgeBase(id(1), 'wiki'),
      await store.removeKnowledgeBase(id(2), 'docs'),
    ]).toEqual([true, false, false]);
  });

  it('the activity log is listed newest first, filtered, with the person who acted', async () => {
    const [first, second, third] = [
      event(1),
      event(2, { actorId: null, attributes: null }),
      event(3, {
        domain: 'project_management',
        eventType: 'project.created',
        entityType: 'project',
        entityId: 'alpha',
      }),
    ];
    await store.addEvents([first, second]);
    await store.addEvents([third]);
    const ids = async (query: object): Promise<readonly string[]> =>
      (await store.listEvents({ ...ALL, ...query })).rows.map((row) => row.id);
    expect(await ids({})).toEqual([third.id, second.id, first.id]);
    expect(await ids({ ascending: true, limit: 1 })).toEqual([first.id]);
    expect(await ids({ actorId: id(4), entityTypes: ['user'] })).toEqual([first.id]);
    expect(await ids({ domains: ['project_management'], eventTypes: [] })).toEqual([third.id]);
    expect(await ids({ eventTypes: ['user.updated'], entityId: id(1) })).toEqual([second.id, first.id]);
    expect(await ids({ from: '2026-02-03T10:02:00Z', to: '2026-02-03T12:02:00+02:00' })).toEqual([second.id]);
    expect((await store.listEvents({ offset: 0, limit: 1 })).rows[0]).toEqual({
      ...third,
      actorEmail: 'dot@example.com',
      actorName: 'dot Example',
    });
    expect(await store.kindsOfEvents()).toEqual([
      { domain: 'project_management', eventType: 'project.created', entityType: 'project' },
      { domain: 'user_management', eventType: 'user.updated', entityType: 'user' },
    ]);
  });

  describe('a transaction', () => {
    it('stores nothing when it fails', async () => {
      const broken = store.transaction(async (inner) => {
        await inner.updateUser(id(1), { name: 'Lost' });
        await inner.setMemberships([membership(3, 'alpha')], at(52));
        expect((await inner.user(id(1)))?.name).toBe('Lost');
        throw new Error('stop');
      });
      await expect(broken).rejects.toThrow('stop');
      expect((await store.user(id(1)))?.name).toBe('ann Example');
      expect((await store.membersOf('alpha')).length).toBe(3);
    });

    it('sees what the one before it stored', async () => {
      const raise = (): Promise<void> =>
        store.transaction(async (inner) => {
          const user = await inner.user(id(2));
          await inner.updateUser(id(2), { projectLimit: (user?.projectLimit ?? 0) + 1 });
        });
      await Promise.all([raise(), raise(), raise(), raise()]);
      expect((await store.user(id(2)))?.projectLimit).toBe(7);
    });
  });
}
