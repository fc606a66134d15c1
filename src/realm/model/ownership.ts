import { usageError } from '../../system/errors.ts';
import { SCOPES } from './built-in.ts';
import { FAMILIES, type Family } from './types.ts';
import { isList, isObject, type Json, type JsonObject, textsIn } from './values.ts';

/**
 * `seed`: created where absent, and then left to the operator. `managed`: kept as the file says. `ignore`: left alone.
 */
export type Lifecycle = 'seed' | 'managed' | 'ignore';

const LIFECYCLES: readonly Lifecycle[] = ['seed', 'managed', 'ignore'];

/** What the files claim, by the names of {@link Family}. */
export interface Ownership {
  lifecycleOf(family: Family): Lifecycle;
  /** Whether an object that no file mentions may be deleted. */
  mayDelete(family: Family, name: string): boolean;
  /** Whether secrets that Keycloak never shows are written, although nobody can tell if they differ. */
  rotates(family: Family): boolean;
}

export interface OwnershipOptions {
  /** Lifecycles where neither files nor flags name one. Default: `managed`. */
  readonly defaults?: Partial<Record<Family, Lifecycle>>;
  /** Types whose hidden secrets are written. Default: none. */
  readonly rotate?: readonly Family[];
}

/**
 * Reads the `codemie` member of realm files: `{"lifecycle": {"groups": "seed"}, "delete": {"clients": ["old"], "roles": "*"}}`.
 *
 * @param flags `TYPE=LIFECYCLE` from the command line; they win over files.
 * @throws USAGE for names that do not exist, and for another form.
 */
export function ownershipOf(
  documents: readonly JsonObject[],
  flags: readonly string[],
  { defaults = {}, rotate = [] }: OwnershipOptions = {},
): Ownership {
  const lifecycles = new Map<Family, Lifecycle>();
  const deletions = new Map<Family, readonly string[] | '*'>();
  for (const { codemie } of documents)
    for (const [key, value] of entriesOf(codemie, 'codemie')) {
      if (key !== 'lifecycle' && key !== 'delete')
        throw usageError(`"codemie" has "lifecycle" and "delete", and not "${key}".`);
      for (const [family, said] of entriesOf(value, `codemie.${key}`))
        if (key === 'lifecycle') lifecycles.set(familyIn(family), lifecycleIn(said));
        else deletions.set(familyIn(family), namesIn(said, family));
    }
  for (const flag of flags) {
    const [family = '', lifecycle = ''] = flag.split('=');
    lifecycles.set(familyIn(family), lifecycleIn(lifecycle));
  }
  return {
    // Passwords and profiles belong to people.
    lifecycleOf: (family) =>
      family === 'users'
        ? seedUnlessIgnored(lifecycles)
        : (lifecycles.get(family) ?? defaults[family] ?? 'managed'),
    rotates: (family) => rotate.includes(family),
    mayDelete: (family, name) => {
      const names = deletions.get(family) ?? [];
      if (names !== '*') return names.includes(name);
      // They look like any other scope on the server.
      return family !== 'clientScopes' || !SCOPES.includes(name);
    },
  };
}

/** @returns the same without writing hidden secrets: what was just written would be written for ever. */
export function withoutRotation(ownership: Ownership): Ownership {
  return { ...ownership, rotates: () => false };
}

/**
 * @param isReplaced whether files with client scopes stand for this one, or for this mapper of one, too.
 * @returns the same for a realm that is still being created: what is only created once has to arrive whole.
 */
export function untilCreated(ownership: Ownership, isReplaced: (scope: string) => boolean): Ownership {
  return {
    ...ownership,
    mayDelete: (family, name) =>
      ownership.mayDelete(family, name) || (family === 'clientScopes' && isReplaced(name)),
    lifecycleOf: (family) => {
      const lifecycle = ownership.lifecycleOf(family);
      return lifecycle === 'seed' && family !== 'users' ? 'managed' : lifecycle;
    },
  };
}

function seedUnlessIgnored(lifecycles: ReadonlyMap<Family, Lifecycle>): Lifecycle {
  return lifecycles.get('users') === 'ignore' ? 'ignore' : 'seed';
}

function entriesOf(value: Json | undefined, place: string): readonly (readonly [string, Json])[] {
  if (isObject(value)) return Object.entries(value);
  if (value === undefined || value === null) return [];
  // Left out, it would make everything managed.
  throw usageError(`"${place}" in a realm file is not a map.`, {
    hint: 'For example: "codemie": {"lifecycle": {"groups": "seed"}, "delete": {"clients": ["old"]}}',
  });
}

function namesIn(value: Json, family: string): readonly string[] | '*' {
  if (value === '*') return value;
  const names = textsIn(value);
  if (isList(value) && names.length === value.length) return names;
  throw usageError(`"codemie.delete.${family}" in a realm file is neither "*" nor a list of names.`);
}

function familyIn(name: string): Family {
  const family = FAMILIES.find((known) => known === name);
  if (family !== undefined) return family;
  throw usageError(`"${name}" is not a type with a lifecycle. The types are ${FAMILIES.join(', ')}.`);
}

function lifecycleIn(value: Json): Lifecycle {
  const lifecycle = LIFECYCLES.find((known) => known === value);
  if (lifecycle !== undefined) return lifecycle;
  throw usageError(`A lifecycle is ${LIFECYCLES.join(', ')}, not "${String(value)}".`);
}
