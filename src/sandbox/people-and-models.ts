/** The users and projects of the sandbox. Data only; tests and documents refer to them by name. */
export interface SandboxUser {
  /** UUID, the same in every sandbox. */
  readonly id: string;
  readonly username: string;
  readonly password: string;
  readonly name: string;
  readonly email: string;
  /** All shared projects of the user. Every user also has a personal project, named after the e-mail. */
  readonly projects: readonly string[];
  /** The projects that the user administers. */
  readonly adminOf: readonly string[];
  readonly roles: readonly string[];
  /** Administrator and maintainer of the whole platform. */
  readonly admin?: true;
  /** The account exists but is deactivated. */
  readonly deactivated?: true;
}

export const USERS: readonly SandboxUser[] = [
  {
    id: '1b0f7c52-6d0e-4a35-9a41-5f2f3c8e0a01',
    username: 'ada',
    password: 'ada-sandbox-password',
    name: 'Ada Lovelace',
    email: 'ada@sandbox.example',
    projects: ['analytical-engine', 'difference-engine'],
    adminOf: ['difference-engine'],
    roles: ['developer', 'researcher'],
  },
  {
    id: '1b0f7c52-6d0e-4a35-9a41-5f2f3c8e0a02',
    username: 'bob',
    password: 'bob-sandbox-password',
    name: 'Bob Babbage',
    email: 'bob@sandbox.example',
    projects: ['analytical-engine'],
    adminOf: [],
    roles: ['developer'],
  },
  {
    id: '1b0f7c52-6d0e-4a35-9a41-5f2f3c8e0a03',
    username: 'eve',
    password: 'eve-sandbox-password',
    name: 'Eve Outsider',
    email: 'eve@sandbox.example',
    projects: [],
    adminOf: [],
    roles: [],
  },
  {
    id: '1b0f7c52-6d0e-4a35-9a41-5f2f3c8e0a04',
    username: 'grace',
    password: 'grace-sandbox-password',
    name: 'Grace Hopper',
    email: 'grace@sandbox.example',
    projects: ['compilers'],
    adminOf: ['compilers'],
    roles: ['developer', 'researcher', 'admin'],
    admin: true,
  },
  {
    id: '1b0f7c52-6d0e-4a35-9a41-5f2f3c8e0a05',
    username: 'dan',
    password: 'dan-sandbox-password',
    name: 'Dan Departed',
    email: 'dan@sandbox.example',
    projects: ['analytical-engine'],
    adminOf: [],
    roles: ['developer'],
    deactivated: true,
  },
];

/** @returns the user with this ID, user name or e-mail. */
export function findUser(name: string | undefined): SandboxUser | undefined {
  return USERS.find((user) => user.id === name || user.username === name || user.email === name);
}

/** The roles that decide which models a user may use. Users of another identity provider may use all models. */
export function modelRolesOf(id: string): readonly string[] {
  return USERS.find((user) => user.id === id)?.roles ?? ['developer', 'researcher'];
}

/** Every shared project, in the order of the users. */
export const SHARED_PROJECTS: readonly string[] = [...new Set(USERS.flatMap((user) => user.projects))];

/**
 * Token claims as a Keycloak-managed platform reads them. A project that the user only administers is in one of the
 * two lists; the personal project is in the first.
 */
export function claimsOf(user: SandboxUser): Record<string, unknown> {
  const member = user.projects.filter((project) => !user.adminOf.includes(project));
  return {
    name: user.name,
    email: user.email,
    email_verified: true,
    preferred_username: user.username,
    realm_access: { roles: user.roles },
    applications: [...member, user.email],
    applications_admin: user.adminOf,
  };
}
