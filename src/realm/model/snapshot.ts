import type { TypeName } from './types.ts';
import { isObject, type JsonObject } from './values.ts';

/** One object of a realm, with the fields that count. */
export interface RealmObject {
  readonly type: TypeName;
  /** Unique within its type, and the same on every server: an alias, a name or a path. */
  readonly id: string;
  /** Id of the object that holds it, of the type that `TYPES` names. */
  readonly parent?: string;
  readonly fields: JsonObject;
}

/** The objects of a realm, of a server or of files. */
export class Snapshot implements Iterable<RealmObject> {
  readonly #types = new Map<TypeName, Map<string, RealmObject>>();

  constructor(objects: Iterable<RealmObject> = []) {
    for (const object of objects) this.add(object);
  }

  /** Adds an object, or the fields of one that is there already: what was added last wins. */
  add(object: RealmObject): void {
    const { type, id, fields } = object;
    const objects = this.#types.get(type) ?? new Map<string, RealmObject>();
    this.#types.set(type, objects);
    const known = objects.get(id);
    objects.set(id, known === undefined ? object : { ...object, fields: merged(known.fields, fields) });
  }

  get(type: TypeName, id: string): RealmObject | undefined {
    return this.#types.get(type)?.get(id);
  }

  of(type: TypeName): readonly RealmObject[] {
    return [...(this.#types.get(type)?.values() ?? [])];
  }

  *[Symbol.iterator](): Iterator<RealmObject> {
    for (const objects of this.#types.values()) yield* objects.values();
  }
}

function merged(one: JsonObject, other: JsonObject): JsonObject {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(
    names.map((name) => {
      const [first, second] = [one[name], other[name]];
      if (isObject(first) && isObject(second)) return [name, merged(first, second)];
      return [name, second ?? first ?? null];
    }),
  );
}
