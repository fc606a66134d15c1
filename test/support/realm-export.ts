import { createHash } from 'node:crypto';

type Fields = Readonly<Record<string, unknown>>;

/** What must never leave an export: parts of password hashes, salts and client secrets. */
export const HIDDEN = ['hash-of-the-export', 'salt-of-the-export', 'secret-of-a-client', 'otp-of-the-export'];

const CREDENTIALS = [
  {
    type: 'password',
    secretData: JSON.stringify({ value: HIDDEN[0], salt: HIDDEN[1], additionalParameters: {} }),
    credentialData: JSON.stringify({ hashIterations: 5, algorithm: 'argon2' }),
  },
  { type: 'otp', secretData: JSON.stringify({ value: HIDDEN[3] }) },
];

/** @returns a UUID that is made from a name. */
export function idOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** A user as Keycloak exports one, with a password hash and a project. */
export function exportedUser(username: string, more: Fields = {}): Fields {
  return {
    id: idOf(username),
    username,
    email: `${username}@example.com`,
    firstName: username,
    lastName: 'Example',
    enabled: true,
    attributes: { applications: ['team'] },
    credentials: CREDENTIALS,
    realmRoles: ['default-roles-r'],
    groups: [],
    ...more,
  };
}

/** A realm as Keycloak exports one: roles and groups before the users, clients with their secrets behind them. */
export function exportOf(users: readonly Fields[], more: Fields = {}): Fields {
  return {
    id: idOf('r'),
    realm: 'r',
    roles: { realm: [{ name: 'admin' }], client: {} },
    groups: [],
    users,
    clients: [{ clientId: 'web', secret: HIDDEN[2] }],
    ...more,
  };
}
