import type { KeycloakAdmin } from '../../../keycloak/admin.ts';
import { MissingRole } from '../../../keycloak/errors.ts';
import { type JsonObject, objectsIn } from '../../../system/json.ts';
import { type Composite, type HolderRole, holderRoles, type Role } from '../role-graph.ts';
import { childrenOf } from './groups.ts';
import { listOf, pagesOf } from './paging.ts';

/** Who is an admin, and why. */
export interface Admins {
  /** The path to the admin role, by user id. */
  readonly via: ReadonlyMap<string, string>;
  /** Whether the realm has the admin role. */
  readonly isKnown: boolean;
  /** False if the account may not see the clients, whose composite roles may contain the admin role, too. */
  readonly sawClients: boolean;
}

/**
 * Everybody who has a role of the realm: directly, through a composite role, or through a group and the groups above it.
 * Keycloak's own list of a role's users has only the first of these. Takes a few requests for each of those roles and
 * groups, and none for a user.
 */
export async function readAdmins(admin: KeycloakAdmin, role: string): Promise<Admins> {
  const found = await admin.call('GET', `/roles/${encodeURIComponent(role)}`);
  if (found.status === 404) return { via: new Map(), isKnown: false, sawClients: true };
  if (found.failure !== undefined) throw found.failure;

  const clients = await visibleClients(admin);
  const composites = [
    ...(await compositesAt(admin, '', undefined, clients)),
    ...(
      await Promise.all([...(clients ?? [])].map(([id, client]) => ofClient(admin, id, client, clients)))
    ).flat(),
  ];
  const via = new Map<string, string>();
  const add = (users: readonly JsonObject[], path: string): void => {
    for (const { id } of users) if (typeof id === 'string' && !via.has(id)) via.set(id, path);
  };
  const holders = holderRoles(role, composites);
  for (const holder of holders)
    for await (const page of pagesOf(admin, `${pathOf(holder, clients)}/users`)) add(page, holder.via);
  for (const holder of holders)
    for (const group of await listOf(admin, `${pathOf(holder, clients)}/groups`))
      await addMembers(admin, group, `group ${textOf(group['path'])} > ${holder.via}`, add);
  return { via, isKnown: true, sawClients: clients !== undefined };
}

/** A group gives its roles to the groups below it. */
async function addMembers(
  admin: KeycloakAdmin,
  group: JsonObject,
  via: string,
  add: (users: readonly JsonObject[], path: string) => void,
): Promise<void> {
  const members = `/groups/${textOf(group['id'])}/members?briefRepresentation=true`;
  for await (const page of pagesOf(admin, members)) add(page, via);
  for (const child of await childrenOf(admin, group)) await addMembers(admin, child, via, add);
}

/** Names of clients by their ids; undefined if the account may not see them. */
type Clients = ReadonlyMap<string, string> | undefined;

async function visibleClients(admin: KeycloakAdmin): Promise<Clients> {
  try {
    const clients = await listOf(admin, '/clients');
    return new Map(clients.map(({ id, clientId }) => [textOf(id), textOf(clientId)]));
  } catch (error) {
    if (error instanceof MissingRole) return undefined;
    throw error;
  }
}

function ofClient(
  admin: KeycloakAdmin,
  id: string,
  client: string,
  clients: Clients,
): Promise<readonly Composite[]> {
  return compositesAt(admin, `/clients/${id}`, client, clients);
}

async function compositesAt(
  admin: KeycloakAdmin,
  path: string,
  client: string | undefined,
  clients: Clients,
): Promise<readonly Composite[]> {
  const roles = await listOf(admin, `${path}/roles?briefRepresentation=true`);
  const composites = roles.filter(({ composite }) => composite === true);
  return Promise.all(
    composites.map(async ({ id, name }) => {
      const parts = objectsIn(await admin.get(`/roles-by-id/${textOf(id)}/composites`));
      return { role: { name: textOf(name), client }, contains: parts.map((part) => roleOf(part, clients)) };
    }),
  );
}

function roleOf({ name, clientRole, containerId }: JsonObject, clients: Clients): Role {
  const container = textOf(containerId);
  return {
    name: textOf(name),
    client: clientRole === true ? (clients?.get(container) ?? container) : undefined,
  };
}

function pathOf({ role: { name, client } }: HolderRole, clients: Clients): string {
  const id = [...(clients ?? [])].find(([, clientId]) => clientId === client)?.[0];
  return `${client === undefined ? '' : `/clients/${id}`}/roles/${encodeURIComponent(name)}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
