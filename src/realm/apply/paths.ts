import { DEFAULT_ROLE } from '../model/realm-settings.ts';
import { type Json, type JsonObject, textOf } from '../model/values.ts';
import { idByName, objectAt, type Session } from './session.ts';

/** Paths of the admin API below the realm, by the names that files have. */
export const encoded = encodeURIComponent;

export async function clientPath(session: Session, clientId: string): Promise<string> {
  const find = () => idByName(session.admin, `/clients?clientId=${encoded(clientId)}`, 'clientId', clientId);
  return `/clients/${await session.id('client', [clientId], find)}`;
}

export async function scopePath(session: Session, name: string): Promise<string> {
  const find = () => idByName(session.admin, '/client-scopes', 'name', name);
  return `/client-scopes/${await session.id('client-scope', [name], find)}`;
}

export async function groupPath(session: Session, path: string): Promise<string> {
  return `/groups/${await groupId(session, path)}`;
}

export function groupId(session: Session, path: string): Promise<string> {
  const below = path.split('/').map(encoded).join('/');
  const find = async () => textOf((await objectAt(session.admin, `/group-by-path${below}`))['id']);
  return session.id('group', [path], find);
}

export async function rolePath(session: Session, role: string, client?: string): Promise<string> {
  const name = role === DEFAULT_ROLE ? session.defaultRole : role;
  const base = client === undefined ? '' : await clientPath(session, client);
  return `${base}/roles/${encoded(name)}`;
}

/** @returns a role as the API wants it in lists: with its id. */
export async function roleReference(session: Session, reference: JsonObject): Promise<JsonObject> {
  const found = await objectAt(
    session.admin,
    await rolePath(session, String(reference['role']), textOf(reference['client'])),
  );
  return { id: found['id'] ?? '', name: found['name'] ?? '' };
}

/** @returns the id of an authentication flow. */
export function flowId(session: Session, alias: string): Promise<string> {
  return session.id('flow', [alias], () => idByName(session.admin, '/authentication/flows', 'alias', alias));
}

export type Body = Readonly<Record<string, Json>>;
