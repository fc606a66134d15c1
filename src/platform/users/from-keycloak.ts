import type { Finding } from '../../change/change.ts';
import type { KeycloakAdmin } from '../../keycloak/admin.ts';
import { CodemieError } from '../../system/errors.ts';
import { isRecord, type JsonObject } from '../../system/json.ts';
import { printable } from '../../system/printable.ts';
import { groupFinding, requireVisible } from './attributes.ts';
import { unknownRole } from './findings.ts';
import { requireUsable } from './gates.ts';
import { needlessRoles, requireAccess } from './keycloak/access.ts';
import { readAdmins } from './keycloak/admins.ts';
import { allGroups } from './keycloak/groups.ts';
import { PAGE_OF_USERS, pagesOf } from './keycloak/paging.ts';
import { rowOf } from './row.ts';
import type { SourceRules } from './rules.ts';
import type { UserSource } from './source.ts';
import { createTally } from './tally.ts';
import type { SourceRow } from './user.ts';

const SERVICE_ACCOUNT = 'service-account-';

const CLIENT_ROLES =
  'composite roles of clients, which may contain the admin role (needs view-clients, which also shows the secrets of all clients)';

/**
 * The users of a realm, read from Keycloak's admin API, which is never written to.
 *
 * @param clientId of the account that signs in, to say which of its roles are needless; undefined for a person.
 * @param known what is known of the source already.
 */
export function usersFromKeycloak(
  admin: KeycloakAdmin,
  clientId: string | undefined,
  rules: SourceRules,
  known: readonly Finding[] = [],
): UserSource {
  const { server: place, realm } = admin;
  const tally = createTally();
  const findings = [...known];
  const notCovered: string[] = [];
  return {
    place,
    realm,
    async *rows() {
      await requireAccess(admin, rules.adminRole);
      findings.push(...requireVisible(realm, await profileOf(admin)));
      if (clientId !== undefined) findings.push(...(await needlessRoles(admin, clientId)));
      const admins = await readAdmins(admin, rules.adminRole);
      if (!admins.isKnown) findings.push(unknownRole(rules.adminRole));
      if (!admins.sawClients) notCovered.push(CLIENT_ROLES);
      for await (const group of allGroups(admin))
        findings.push(...groupFinding(String(group['path']), group['attributes']));
      const toRow = (raw: JsonObject): SourceRow =>
        rowOf(raw, { ...rules, adminVia: ({ id }) => admins.via.get(String(id)) });
      for await (const raw of everyUser(admin, rules)) {
        const row = toRow(raw);
        tally.add(row);
        yield row;
      }
      requireUsable(realm, tally.counts(), rules);
    },
    facts: () => ({
      kind: 'keycloak',
      place,
      realm,
      digest: tally.digest(),
      counts: tally.counts(),
      findings,
      notCovered,
    }),
  };
}

/** Before Keycloak 24, a realm may have no profile. It hides nothing then. */
async function profileOf(admin: KeycloakAdmin): Promise<JsonObject> {
  const { status, body, failure } = await admin.call('GET', '/users/profile');
  if (status === 404) return { unmanagedAttributePolicy: 'ENABLED' };
  if (failure !== undefined) throw failure;
  return isRecord(body) ? (body as JsonObject) : {};
}

/** @throws ACCESS_DENIED (6) where fewer come than Keycloak counts; SOURCE_CHANGED (1) where some were deleted. */
async function* everyUser(
  admin: KeycloakAdmin,
  { includeServiceAccounts }: SourceRules,
): AsyncGenerator<JsonObject> {
  const count = async (): Promise<number> => Number(await admin.get('/users/count'));
  const before = await count();
  let seen = 0;
  for await (const page of pagesOf(admin, '/users?briefRepresentation=false', PAGE_OF_USERS)) {
    seen += page.length;
    yield* page;
  }
  requireAll(admin, seen, before, await count());
  if (!includeServiceAccounts) return;
  // Keycloak leaves them out of the list of all users.
  const accounts = `/users?briefRepresentation=false&username=${SERVICE_ACCOUNT}`;
  for await (const page of pagesOf(admin, accounts, PAGE_OF_USERS))
    yield* page.filter(({ username }) => String(username).startsWith(SERVICE_ACCOUNT));
}

function requireAll({ server, realm }: KeycloakAdmin, seen: number, before: number, after: number): void {
  if (after < before)
    throw new CodemieError({
      code: 'SOURCE_CHANGED',
      message: `Users of the realm "${printable(realm)}" were deleted while they were read (${before} before, ${after} after), so others may have been passed over.`,
      hint: 'Nothing was planned. Run the command again.',
    });
  if (seen < before)
    throw new CodemieError({
      code: 'ACCESS_DENIED',
      message: `Your account may see ${seen} of ${before} users of the realm "${printable(realm)}" on ${server}.`,
      hint: 'Nothing was planned. Give the account the role view-users of realm-management, and look for fine-grained permissions that hide users from it.',
    });
}
