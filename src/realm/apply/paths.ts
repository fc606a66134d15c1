import type { KeycloakAdmin } from '../../keycloak/admin.ts';
import { DEFAULT_ROLE } from '../model/role-names.ts';
import { type JsonObject, textOf } from '../model/values.ts';
import { idByName, objectAt, type Session } from './session.ts';

/** Paths and ids of the admin API below the realm, by the names that files have. */
export const encoded = encodeURIComponent;

type Found = Promise<string | undefined>;

export function findClient(admin: KeycloakAdmin, clientId: string): Found {
  return idByName(admin, `/clients?clientId=${encoded(clientId)}`, 'clientId', clientId);
}

export function findScope(admin: KeycloakAdmin, name: string): Found {
  return idByName(admin, '/client-scopes', 'name', name);
}

export function findFlow(admin: KeycloakAdmin, alias: string): Found {
  return idByName(admin, '/authentication/flows', 'alias', alias);
}

export async function findGroup(admin: KeycloakAdmin, path: string): Found {
  const below = path.split('/').map(encoded).join('/');
  return textOf((await objectAt(admin, `/group-by-path${below}`))['id']);
}

export async function clientPath(session: Session, clientId: string): Promise<string> {
  return `/clients/${await session.id('client', [clientId], () => findClient(session.admin, clientId))}`;
}

export function scopeId(session: Session, name: string): Promise<string> {
  return session.id('client-scope', [name], () => findScope(session.admin, name));
}

export async function scopePath(session: Session, name: string): Promise<string> {
  return `/client-scopes/${await scopeId(session, name)}`;
}

/** @returns the names that lead to a group, as the ids of a reading are kept by. */
export function groupNames(path: string): readonly string[] {
  return path.split('/').slice(1);
}

export function groupId(session: Session, path: string): Promise<string> {
  return session.id('group', groupNames(path), () => findGroup(session.admin, path));
}

export async function groupPath(session: Session, path: string): Promise<string> {
  return `/groups/${await groupId(session, path)}`;
}

export function flowId(session: Session, alias: string): Promise<string> {
  return session.id('flow', [alias], () => findFlow(session.admin, alias));
}

export async function rolePath(session: Session, role: string, client?: string): Promise<string> {
  const name = role === DEFAULT_ROLE ? session.defaultRole : role;
  const base = client === undefined ? '' : await clientPath(session, client);
  return `${base}/roles/${encoded(name)}`;
}

/** @returns a role as the API wants it in lists: with its id. */
export async function roleReference(session: Session, reference: JsonObject): Promise<JsonObject> {
  const path = await rolePath(session, String(reference['role']), textOf(reference['client']));
  const { id = '', name = '' } = await objectAt(session.admin, path);
  return { id, name };
}

/** Brings a list on the server to what is wanted, an entry at a time: first goes what is too much. */
export async function syncEntries(
  { admin }: Session,
  wanted: readonly string[],
  actual: readonly string[],
  pathOf: (name: string) => Promise<string>,
): Promise<void> {
  for (const name of actual.filter((one) => !wanted.includes(one)))
    await admin.send('DELETE', await pathOf(name));
  for (const name of wanted.filter((one) => !actual.includes(one)))
    await admin.send('PUT', await pathOf(name));
}
