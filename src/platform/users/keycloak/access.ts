import type { Finding } from '../../../change/change.ts';
import type { KeycloakAdmin } from '../../../keycloak/admin.ts';
import { MissingRole, rolesOwner } from '../../../keycloak/errors.ts';
import { CodemieError } from '../../../system/errors.ts';
import { isRecord, objectsIn } from '../../../system/json.ts';
import { printable } from '../../../system/printable.ts';

/**
 * What reading needs of `realm-management`. `view-clients` would show composite roles of clients, too, but with them the
 * secrets of all clients.
 */
export const NEEDED_ROLES = ['view-users', 'view-realm'] as const;

/** Requests that Keycloak answers with 403 without a role. */
function probes(
  adminRole: string,
): readonly (readonly [path: string, role: (typeof NEEDED_ROLES)[number]])[] {
  return [
    ['/groups?first=0&max=1', 'view-users'],
    ['/users?first=0&max=1&briefRepresentation=true', 'view-users'],
    ['/users/count', 'view-users'],
    ['/users/profile', 'view-users'],
    [`/roles/${encodeURIComponent(adminRole)}`, 'view-realm'],
  ];
}

/** @throws ACCESS_DENIED (6) with all the roles that the account lacks. */
export async function requireAccess(admin: KeycloakAdmin, adminRole: string): Promise<void> {
  const missing = new Set<string>();
  for (const [path, role] of probes(adminRole)) {
    const { failure, status } = await admin.call('GET', path);
    if (failure instanceof MissingRole) missing.add(role);
    else if (failure !== undefined && status !== 404) throw failure;
  }
  if (missing.size === 0) return;
  const { client, realm } = rolesOwner(admin.realm, admin.loginRealm());
  const roles = [...missing].join(' and ');
  throw new CodemieError({
    code: 'ACCESS_DENIED',
    message: `Your account may not read all users of the realm "${printable(admin.realm)}" on ${admin.server}: it lacks ${roles}.`,
    hint: `Give it ${roles} of the client "${printable(client)}" in the realm "${printable(realm)}". codemie platform migration-client create makes an account that has what it needs.`,
  });
}

/** @returns a warning if the account of this client has roles of the realm that reading does not need. */
export async function needlessRoles(admin: KeycloakAdmin, clientId: string): Promise<readonly Finding[]> {
  // Only the realm's own clients show their roles here.
  if (admin.loginRealm() !== admin.realm) return [];
  const name = encodeURIComponent(`service-account-${clientId.toLowerCase()}`);
  const [account] = objectsIn(await admin.get(`/users?exact=true&username=${name}`));
  if (account === undefined) return [];
  const mappings = await admin.get(`/users/${String(account['id'])}/role-mappings`);
  const clients =
    isRecord(mappings) && isRecord(mappings['clientMappings']) ? mappings['clientMappings'] : {};
  const management = clients['realm-management'];
  const roles = isRecord(management) ? objectsIn(management['mappings'] as never) : [];
  const needless = roles
    .map((role) => String(role['name']))
    .filter((role) => !NEEDED_ROLES.some((needed) => needed === role))
    .sort();
  if (needless.length === 0) return [];
  return [
    {
      rule: 'needless-roles',
      severity: 'warning',
      path: `client ${clientId}`,
      message: `The account has roles that reading users does not need: ${needless.join(', ')}.${needless.includes('view-clients') ? ' With view-clients, it can read the secrets of all clients.' : ''}`,
      advice: `Take them away. ${NEEDED_ROLES.join(' and ')} are enough.`,
    },
  ];
}
