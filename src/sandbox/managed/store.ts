/**
 * What a platform keeps about its users and projects. Rows have the columns of the platform's own tables. Dates are
 * texts: UTC without a zone for users, projects and memberships (`2026-01-01T08:00:00.000000`), ISO 8601 for activity.
 */

export interface ManagedUser {
  readonly id: string;
  /** Unique, also among deleted users; so is `email`. Both are compared with their case. */
  readonly username: string;
  readonly email: string;
  readonly name: string | null;
  readonly picture: string | null;
  readonly passwordHash: string | null;
  readonly userType: string;
  readonly isActive: boolean;
  readonly isAdmin: boolean;
  /** A maintainer has all rights of an administrator. */
  readonly isMaintainer: boolean;
  readonly authSource: string;
  readonly emailVerified: boolean;
  readonly lastLoginAt: string | null;
  /** How many shared projects the user may have; null for administrators: any number. */
  readonly projectLimit: number | null;
  readonly date: string | null;
  readonly updateDate: string | null;
  readonly deletedAt: string | null;
}

export type ProjectType = 'shared' | 'personal';

export interface ManagedProject {
  readonly name: string;
  readonly displayName: string | null;
  readonly description: string | null;
  readonly type: ProjectType;
  /** ID of a user. */
  readonly createdBy: string | null;
  readonly date: string | null;
  readonly updateDate: string | null;
  readonly deletedAt: string | null;
}

/** A project in a list, with the number of its members and of its administrators. */
export interface CountedProject extends ManagedProject {
  readonly users: number;
  readonly admins: number;
}

export interface Membership {
  readonly userId: string;
  /** Name of a project. No project of this name has to exist. */
  readonly project: string;
  readonly isProjectAdmin: boolean;
  readonly date: string | null;
}

/** A membership with what is known about its project, in which the name is compared with its case. */
export interface MembershipOfUser extends Membership {
  /** Null when there is no such project. */
  readonly type: ProjectType | null;
  readonly displayName: string | null;
  readonly createdBy: string | null;
}

export interface KnowledgeBase {
  readonly name: string;
  readonly date: string | null;
}

/** One entry of the append-only activity log. */
export interface ActivityEvent {
  readonly id: string;
  readonly domain: 'user_management' | 'project_management';
  readonly eventType: string;
  readonly entityType: 'user' | 'project';
  readonly entityId: string;
  /** ID of the user who did it; null for the platform itself. */
  readonly actorId: string | null;
  readonly attributes: Readonly<Record<string, unknown>> | null;
  readonly createdAt: string;
}

/** An entry as it is listed. */
export interface ListedEvent extends ActivityEvent {
  readonly actorEmail: string | null;
  readonly actorName: string | null;
}

/** A part of a list, and how long the whole list is. */
export interface Listed<T> {
  readonly rows: readonly T[];
  readonly total: number;
}

/** Which part of a list to return. */
interface Window {
  readonly offset: number;
  readonly limit: number;
}

/** Deleted users are never listed. The order is newest first, then by ID. */
export interface UserQuery extends Window {
  /** A part of the email, username or name, in any case. */
  readonly search?: string | undefined;
  /** Members of one of these projects. */
  readonly projects?: readonly string[] | undefined;
  readonly userType?: string | undefined;
  readonly isActive?: boolean | undefined;
  /**
   * `admin`: administrators of the platform. `platform_admin`: others who administer a project. `user`: everybody
   * else. With `projects`, the last two mean the role in one of these projects, whoever has it.
   */
  readonly role?: 'user' | 'platform_admin' | 'admin' | undefined;
}

/**
 * Deleted projects are not listed. Without `sortBy` the order is: a project with exactly the searched name first, then
 * newest first, then by name.
 */
export interface ProjectQuery extends Window {
  /** Only this user's projects: shared ones by membership, personal ones by creator. */
  readonly visibleTo?: string | undefined;
  /** A part of the display name, name or description, in any case. */
  readonly search?: string | undefined;
  readonly sortBy?: 'name' | 'created_at' | undefined;
  readonly descending?: boolean | undefined;
}

/** Newest first, unless `ascending`. Dates include both ends. */
export interface EventQuery extends Window {
  readonly actorId?: string | undefined;
  readonly domains?: readonly string[] | undefined;
  readonly eventTypes?: readonly string[] | undefined;
  readonly entityTypes?: readonly string[] | undefined;
  readonly entityId?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly ascending?: boolean | undefined;
}

/** A username, email, project or membership exists already. */
export class DuplicateRow extends Error {}

export interface ManagedStore {
  /**
   * Runs `work` as one transaction, one after the other: all its writes are stored, or none when it rejects. Writes
   * outside a transaction are transactions of their own. `work` must use only the store it is given.
   */
  transaction<T>(work: (store: ManagedStore) => Promise<T>): Promise<T>;

  user(id: string): Promise<ManagedUser | undefined>;
  /** @returns the users with these IDs; unknown IDs are left out. */
  usersById(ids: readonly string[]): Promise<readonly ManagedUser[]>;
  /** @returns the users with these emails, in any case. */
  usersByEmail(emails: readonly string[]): Promise<readonly ManagedUser[]>;
  /** @returns the user with this username, in any case. */
  userByUsername(username: string): Promise<ManagedUser | undefined>;
  listUsers(query: UserQuery): Promise<Listed<ManagedUser>>;
  /** @throws DuplicateRow */
  addUser(user: ManagedUser): Promise<void>;
  /** @throws DuplicateRow */
  updateUser(id: string, changes: Partial<Omit<ManagedUser, 'id'>>): Promise<void>;
  countActiveAdmins(): Promise<number>;

  /** @returns the project with exactly this name, also a deleted one. */
  project(name: string): Promise<ManagedProject | undefined>;
  /** @returns the project with this name in any case, also a deleted one. */
  projectInAnyCase(name: string): Promise<ManagedProject | undefined>;
  listProjects(query: ProjectQuery): Promise<Listed<CountedProject>>;
  /** @returns projects by a part of their name or display name, deleted ones too, an exact match first. */
  searchProjects(search: string | undefined, limit: number): Promise<readonly ManagedProject[]>;
  /** @throws DuplicateRow */
  addProject(project: ManagedProject): Promise<void>;
  updateProject(name: string, changes: Partial<ManagedProject>): Promise<void>;
  /** Removes the project's row. Its memberships stay, as on the platform. */
  removeProject(name: string): Promise<void>;
  /** @returns how many shared projects that are not deleted this user created. */
  countProjectsCreatedBy(userId: string): Promise<number>;

  /** @returns the memberships of these users, oldest first. */
  membershipsOf(userIds: readonly string[]): Promise<readonly MembershipOfUser[]>;
  /** @returns the members of a project, oldest first. */
  membersOf(project: string): Promise<readonly Membership[]>;
  /** Adds memberships; one that exists gets the new `isProjectAdmin` and keeps its date. */
  setMemberships(memberships: readonly Membership[], updateDate: string): Promise<void>;
  /** @returns how many memberships were removed. */
  removeMemberships(project: string, userIds: readonly string[]): Promise<number>;

  /** @returns sorted by name. */
  knowledgeBasesOf(userId: string): Promise<readonly KnowledgeBase[]>;
  /** @throws DuplicateRow */
  addKnowledgeBase(userId: string, knowledgeBase: KnowledgeBase): Promise<void>;
  /** @returns whether the user had it. */
  removeKnowledgeBase(userId: string, name: string): Promise<boolean>;

  addEvents(events: readonly ActivityEvent[]): Promise<void>;
  listEvents(query: EventQuery): Promise<Listed<ListedEvent>>;
  /** @returns each combination that the log holds, sorted. */
  kindsOfEvents(): Promise<readonly Pick<ActivityEvent, 'domain' | 'eventType' | 'entityType'>[]>;

  /** Releases what the store holds, such as connections. */
  close(): Promise<void>;
}
