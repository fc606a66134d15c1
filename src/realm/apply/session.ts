import type { KeycloakAdmin } from '../../keycloak/admin.ts';
import { CodemieError } from '../../system/errors.ts';
import type { RealmObject, Snapshot } from '../model/snapshot.ts';
import { toleranceOf } from '../model/tolerance.ts';
import { isObject, type Json, type JsonObject, objectsIn, textOf } from '../model/values.ts';
import { type IdKind, idKey } from '../reading.ts';

/** What all writes of one apply share. */
export interface Session {
  readonly admin: KeycloakAdmin;
  readonly wanted: Snapshot;
  readonly server: Snapshot;
  /** The name of the default role on this server. */
  readonly defaultRole: string;
  /** @returns the server's id of an object; asks with `find` for one that was created since the reading. */
  id(kind: IdKind, names: readonly string[], find: () => Promise<string | undefined>): Promise<string>;
  /** What the server has of an object, without what Keycloak adds by itself: a write leaves that alone. */
  actual(object: RealmObject): JsonObject;
  learn(kind: IdKind, names: readonly string[], id: string | undefined): void;
}

export function createSession(
  given: Pick<Session, 'admin' | 'wanted' | 'server' | 'defaultRole'>,
  known: ReadonlyMap<string, string>,
): Session {
  const ids = new Map(known);
  const tolerate = toleranceOf(given.wanted, given.server);
  return {
    ...given,
    id: async (kind, names, find) => {
      const key = idKey(kind, ...names);
      const id = ids.get(key) ?? (await find());
      if (id === undefined) throw goneSince(`the ${kind} ${names.join(' ')}`);
      ids.set(key, id);
      return id;
    },
    actual: (object) => {
      const actual = given.server.get(object.type, object.id);
      return actual === undefined ? {} : tolerate(object, actual).actual;
    },
    learn: (kind, names, id) => {
      if (id !== undefined) ids.set(idKey(kind, ...names), id);
    },
  };
}

/** The error for an object that somebody deleted after we read it. */
export function goneSince(what: string): CodemieError {
  return new CodemieError({
    code: 'REALM_DIFFERS',
    message: `The realm changed during the apply: ${what} is not there any more.`,
    hint: 'Somebody else may be changing it. Run the same command again: it goes on where it stopped.',
  });
}

/** @returns the last part of a path: a Location ends with the id of what was created. */
export function idIn(location: string | undefined): string | undefined {
  return location?.split('/').at(-1);
}

/** @returns an object with some fields replaced. A map keeps the members that the new one does not mention. */
export function patched(actual: JsonObject, wanted: JsonObject, names: readonly string[]): JsonObject {
  const fields = names.map((name): readonly [string, Json] => {
    const [before, after] = [actual[name], wanted[name] ?? null];
    return [name, isObject(before) && isObject(after) ? { ...before, ...after } : after];
  });
  return { ...actual, ...Object.fromEntries(fields) };
}

/** Writes an object as it is, with some fields changed: what is left out of a write, Keycloak computes or deletes. */
export async function change(
  { admin }: Pick<Session, 'admin'>,
  path: string,
  wanted: JsonObject,
  names: readonly string[],
): Promise<void> {
  await admin.send('PUT', path, patched(await objectAt(admin, path), wanted, names));
}

export async function objectAt(admin: KeycloakAdmin, path: string): Promise<JsonObject> {
  const value = await admin.get(path);
  return isObject(value) ? value : {};
}

/** @returns the id of the entry of a list whose `member` is `name`. */
export async function idByName(
  admin: KeycloakAdmin,
  path: string,
  member: string,
  name: string,
): Promise<string | undefined> {
  return textOf(objectsIn(await admin.get(path)).find((entry) => entry[member] === name)?.['id']);
}
