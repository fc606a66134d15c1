import { type SandboxUser, SHARED_PROJECTS, USERS } from '../people-and-models.ts';
import type { Rows } from './rows.ts';
import type { ManagedProject, ManagedUser, Membership } from './store.ts';

export interface SeedOptions {
  readonly authSource: 'keycloak' | 'local';
  /** The limit of users who are not administrators. */
  readonly projectLimit: number;
}

/** The rows of a platform that the sandbox's users have used for a while. */
export function seedRows(options: SeedOptions): Rows {
  return {
    users: USERS.map((user, at) => userRow(user, dateOf(USERS.length - at), options)),
    projects: [
      ...SHARED_PROJECTS.map((name) => projectRow({ name, description: name, type: 'shared' }, dateOf(0))),
      ...USERS.map((user, at) => personalRow(user, dateOf(USERS.length - at))),
    ],
    memberships: USERS.flatMap((user, at) => membershipRows(user, dateOf(USERS.length - at))),
    knowledgeBases: [],
    events: [],
  };
}

/** Fixed dates, a minute apart, because the sandbox keeps no history. */
function dateOf(minute: number): string {
  return `2026-01-01T08:0${minute}:00.000000`;
}

function userRow(user: SandboxUser, date: string, { authSource, projectLimit }: SeedOptions): ManagedUser {
  const isAdmin = user.admin === true;
  const isActive = user.deactivated !== true;
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    name: user.name,
    // A sign-in through an identity provider stores an empty text.
    picture: authSource === 'local' ? null : '',
    passwordHash: null,
    userType: 'regular',
    isActive,
    isAdmin,
    isMaintainer: isAdmin,
    authSource,
    emailVerified: true,
    // The platform notes sign-ins with its own passwords only.
    lastLoginAt: authSource === 'local' ? date : null,
    projectLimit: isAdmin ? null : projectLimit,
    date,
    updateDate: date,
    deletedAt: isActive ? null : date,
  };
}

function projectRow(
  { name, description, type }: Pick<ManagedProject, 'name' | 'description' | 'type'>,
  date: string,
  owner = USERS.find(({ admin }) => admin === true),
): ManagedProject {
  const createdBy = owner?.id ?? null;
  return { name, displayName: null, description, type, createdBy, date, updateDate: date, deletedAt: null };
}

function personalRow(user: SandboxUser, date: string): ManagedProject {
  const description = `Personal Project for ${user.email}`;
  return projectRow({ name: user.email, description, type: 'personal' }, date, user);
}

function membershipRows(user: SandboxUser, date: string): readonly Membership[] {
  const row = (project: string): Membership => ({
    userId: user.id,
    project,
    isProjectAdmin: user.adminOf.includes(project),
    date,
  });
  return [...user.projects, user.email].map(row);
}
