import { eventsIn, projectsIn, projectsNamed, usersIn } from './memory-lists.ts';
import { NO_ROWS, type Rows } from './rows.ts';
import type { ManagedProject, ManagedStore, ManagedUser, Membership, MembershipOfUser } from './store.ts';
import { DuplicateRow } from './store.ts';

/** A store that lives as long as the process. */
export function createMemoryManagedStore(initial: Rows = NO_ROWS): ManagedStore {
  let stored = initial;
  let turn: Promise<unknown> = Promise.resolve();
  // Each change makes new lists, so a transaction that fails only has to be forgotten.
  const transaction = <T>(work: (store: ManagedStore) => Promise<T>): Promise<T> => {
    const result = turn.then(async () => {
      let draft = stored;
      const store = storeOver(
        () => draft,
        (rows) => {
          draft = rows;
        },
        (inner) => inner(store),
      );
      const value = await work(store);
      stored = draft;
      return value;
    });
    turn = result.catch(() => undefined);
    return result;
  };
  return storeOver(
    () => stored,
    (rows) => {
      stored = rows;
    },
    transaction,
  );
}

function storeOver(
  read: () => Rows,
  write: (rows: Rows) => void,
  transaction: ManagedStore['transaction'],
): ManagedStore {
  const change = (changes: Partial<Rows>): void => write({ ...read(), ...changes });
  const checkUnique = (user: ManagedUser): void => {
    const others = read().users.filter(({ id }) => id !== user.id);
    if (others.some(({ username, email }) => username === user.username || email === user.email))
      throw new DuplicateRow(`the username or email of ${user.id} is in use`);
  };
  return {
    transaction,

    user: async (id) => read().users.find((user) => user.id === id),
    usersById: async (ids) => {
      const wanted = new Set(ids);
      return read().users.filter(({ id }) => wanted.has(id));
    },
    usersByEmail: async (emails) => {
      const wanted = new Set(emails.map(lower));
      return read().users.filter(({ email }) => wanted.has(lower(email)));
    },
    userByUsername: async (name) => read().users.find(({ username }) => lower(username) === lower(name)),
    listUsers: async (query) => usersIn(read(), query),
    addUser: async (user) => {
      if (read().users.some(({ id }) => id === user.id)) throw new DuplicateRow(`the user ${user.id} exists`);
      checkUnique(user);
      change({ users: [...read().users, user] });
    },
    updateUser: async (id, changes) => {
      const users = read().users.map((user) => (user.id === id ? { ...user, ...changes } : user));
      const changed = users.find((user) => user.id === id);
      if (changed !== undefined) checkUnique(changed);
      change({ users });
    },
    countActiveAdmins: async () =>
      read().users.filter((user) => user.isAdmin && user.isActive && user.deletedAt === null).length,

    project: async (name) => read().projects.find((project) => project.name === name),
    projectInAnyCase: async (name) => read().projects.find((project) => lower(project.name) === lower(name)),
    listProjects: async (query) => projectsIn(read(), query),
    searchProjects: async (search, limit) => projectsNamed(read().projects, search).slice(0, limit),
    addProject: async (project) => {
      if (read().projects.some(({ name }) => name === project.name))
        throw new DuplicateRow(`the project ${project.name} exists`);
      change({ projects: [...read().projects, project] });
    },
    updateProject: async (name, changes) =>
      change({
        projects: read().projects.map((one) => (one.name === name ? { ...one, ...changes } : one)),
      }),
    removeProject: async (name) =>
      change({ projects: read().projects.filter((project) => project.name !== name) }),
    countProjectsCreatedBy: async (userId) =>
      read().projects.filter(
        ({ createdBy, type, deletedAt }) => createdBy === userId && type === 'shared' && deletedAt === null,
      ).length,

    membershipsOf: async (userIds) => {
      const wanted = new Set(userIds);
      const { memberships, projects } = read();
      return memberships
        .filter(({ userId }) => wanted.has(userId))
        .map((membership) => withProject(membership, projects));
    },
    membersOf: async (name) => read().memberships.filter(({ project }) => project === name),
    setMemberships: async (memberships) => {
      const given = new Map(memberships.map((membership) => [keyOf(membership), membership]));
      const kept = read().memberships.map((old) => {
        const update = given.get(keyOf(old));
        given.delete(keyOf(old));
        return update === undefined ? old : { ...old, isProjectAdmin: update.isProjectAdmin };
      });
      change({ memberships: [...kept, ...given.values()] });
    },
    removeMemberships: async (project, userIds) => {
      const before = read().memberships;
      const after = before.filter((one) => one.project !== project || !userIds.includes(one.userId));
      change({ memberships: after });
      return before.length - after.length;
    },

    knowledgeBasesOf: async (userId) =>
      read()
        .knowledgeBases.filter((one) => one.userId === userId)
        .map(({ name, date }) => ({ name, date }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    addKnowledgeBase: async (userId, knowledgeBase) => {
      const { knowledgeBases } = read();
      if (knowledgeBases.some((one) => one.userId === userId && one.name === knowledgeBase.name))
        throw new DuplicateRow(`the user ${userId} has the knowledge base ${knowledgeBase.name}`);
      change({ knowledgeBases: [...knowledgeBases, { userId, ...knowledgeBase }] });
    },
    removeKnowledgeBase: async (userId, name) => {
      const before = read().knowledgeBases;
      const after = before.filter((one) => one.userId !== userId || one.name !== name);
      change({ knowledgeBases: after });
      return after.length < before.length;
    },

    addEvents: async (events) => change({ events: [...read().events, ...events] }),
    listEvents: async (query) => eventsIn(read(), query),
    kindsOfEvents: async () => {
      const kinds = new Map(
        read().events.map(({ domain, eventType, entityType }) => [
          `${domain} ${eventType} ${entityType}`,
          { domain, eventType, entityType },
        ]),
      );
      return [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, kind]) => kind);
    },

    close: async () => undefined,
  };
}

function withProject(membership: Membership, projects: readonly ManagedProject[]): MembershipOfUser {
  const project = projects.find(({ name }) => name === membership.project);
  return {
    ...membership,
    type: project?.type ?? null,
    displayName: project?.displayName ?? null,
    createdBy: project?.createdBy ?? null,
  };
}

function keyOf({ userId, project }: Membership): string {
  return `${userId} ${project}`;
}

function lower(text: string): string {
  return text.toLowerCase();
}
