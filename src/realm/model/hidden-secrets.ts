import { type RealmObject, Snapshot } from './snapshot.ts';
import { TYPES, type TypeName } from './types.ts';
import { isList, isObject, type Json, type JsonObject, MASK } from './values.ts';

/** A field whose value Keycloak stores and never shows. */
export interface HiddenSecret {
  readonly type: TypeName;
  readonly id: string;
  /** `config.clientSecret`. */
  readonly path: string;
  /** Whether it is written, because somebody asked for it. */
  readonly isWritten: boolean;
}

/** @returns how a plan names it. */
export function nameOf({ type, id, path }: HiddenSecret): string {
  return `${TYPES[type].title} ${id}: ${path}`;
}

/**
 * A file from an export may hold Keycloak's mask in place of a secret. Keycloak stores it in a new object like any other
 * text, so a mask counts as not mentioned.
 */
export function withoutMasks(object: JsonObject): JsonObject {
  const inner = (value: Json): Json => {
    if (isList(value)) return value.map(inner);
    return isObject(value) ? withoutMasks(value) : value;
  };
  return Object.fromEntries(
    Object.entries(object)
      .filter(([, member]) => member !== MASK)
      .map(([name, member]) => [name, inner(member)]),
  );
}

/** Keycloak keeps the secrets of these where it is sent its own mask. */
const KEEP_MASKS: readonly TypeName[] = ['realm', 'identity-provider'];

/**
 * Takes out secrets that nobody asked to write: a change of another field of the object then sends back the mask, which
 * keeps the stored one.
 */
export function withoutHidden(wanted: Snapshot, hidden: readonly HiddenSecret[]): Snapshot {
  const kept = hidden.filter(({ type, isWritten }) => !isWritten && KEEP_MASKS.includes(type));
  if (kept.length === 0) return wanted;
  return new Snapshot(
    [...wanted].map((object): RealmObject => {
      const paths = kept.filter(({ type, id }) => type === object.type && id === object.id);
      const left = paths.map(({ path }) => path);
      return left.length === 0 ? object : { ...object, fields: withoutPaths(object.fields, left) };
    }),
  );
}

/** @returns the fields without those at some paths. A name may contain a dot, so paths are built and not taken apart. */
function withoutPaths(fields: JsonObject, paths: readonly string[], above = ''): JsonObject {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => !paths.includes(`${above}${name}`))
      .map(([name, member]) => [
        name,
        isObject(member) ? withoutPaths(member, paths, `${above}${name}.`) : member,
      ]),
  );
}
