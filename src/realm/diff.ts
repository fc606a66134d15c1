import type { Change } from '../change/change.ts';
import { isBuiltIn } from './model/built-in.ts';
import { CLIENT_SCOPES } from './model/fields.ts';
import type { HiddenSecret } from './model/hidden-secrets.ts';
import type { Ownership } from './model/ownership.ts';
import { isSecretField, riskOf } from './model/security.ts';
import type { RealmObject, Snapshot } from './model/snapshot.ts';
import { type Comparable, toleranceOf } from './model/tolerance.ts';
import { familyOf, TYPE_NAMES, TYPES, type TypeName } from './model/types.ts';
import { isAbsent, isList, isObject, isSame, type Json, MASK } from './model/values.ts';

/** A change of one object of a realm. */
export interface RealmChange extends Change {
  readonly type: TypeName;
}

export interface Difference {
  readonly changes: readonly RealmChange[];
  /** What the server never shows, so that nobody can compare it. */
  readonly hiddenSecrets: readonly HiddenSecret[];
}

/** Fields that are known but never compared. */
const NEVER: Partial<Record<TypeName, readonly string[]>> = { flow: ['builtIn'], execution: ['position'] };

/** Maps in which a member that the file does not mention is a difference. */
const WHOLE: Partial<Record<TypeName, readonly string[]>> = { 'user-profile': ['attributes', 'groups'] };

const REBINDING = /Flow(Alias)?$|^authenticationFlowBindingOverrides/;

/**
 * Compares what files want (with the priorities of `orderedSteps`) with what a server has. What the files do not mention
 * is no difference, except the steps of a flow they mention and what they declare for deletion.
 *
 * @param marked clients whose scopes belong to the flows, because a gate needs them.
 */
export function difference(
  wanted: Snapshot,
  server: Snapshot,
  ownership: Ownership,
  marked: ReadonlySet<string> = new Set(),
): Difference {
  const changes: RealmChange[] = [];
  const hiddenSecrets: HiddenSecret[] = [];
  const tolerate = toleranceOf(wanted, server);
  for (const type of TYPE_NAMES) {
    const isIgnored = ownership.lifecycleOf(TYPES[type].family) === 'ignore';
    for (const object of wanted.of(type)) {
      const actual = server.get(type, object.id);
      if (actual === undefined) {
        if (!isIgnored && !isEmptyHolder(object)) changes.push(whole('create', object));
        continue;
      }
      for (const { path, before, after } of fieldsOf(type, tolerate(object, actual))) {
        const isMark =
          type === 'client' && marked.has(object.id) && CLIENT_SCOPES.some((list) => list === path);
        const family = isMark ? 'authenticationFlows' : familyOf(type, path);
        if (ownership.lifecycleOf(family) !== 'managed') continue;
        const isHidden = before === MASK;
        // An empty text would erase the stored secret.
        const isWritten = !isHidden || (ownership.rotates(family) && !isAbsent(after));
        if (isHidden) hiddenSecrets.push({ type, id: object.id, path, isWritten });
        if (isWritten) changes.push(updated(object, path, before, after));
      }
    }
  }
  return { changes: [...changes, ...deletions(wanted, server, ownership)], hiddenSecrets };
}

interface Field {
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json;
}

function* fieldsOf(type: TypeName, { wanted, actual }: Comparable): Generator<Field> {
  for (const [name, value] of Object.entries(wanted))
    if (NEVER[type]?.includes(name) !== true)
      yield* compare(name, value, actual[name], WHOLE[type]?.includes(name) ?? false);
}

function* compare(path: string, after: Json, before: Json | undefined, isWhole: boolean): Generator<Field> {
  if (after === MASK || isSame(after, before)) return;
  if (!isObject(after) || (before !== undefined && !isObject(before))) return yield { path, before, after };
  const rest = isWhole ? Object.keys(before ?? {}).filter((name) => !(name in after)) : [];
  for (const name of [...Object.keys(after), ...rest])
    yield* compare(`${path}.${name}`, after[name] ?? null, before?.[name], false);
}

function updated(
  { type, id }: RealmObject,
  path: string,
  before: Json | undefined,
  after: Json,
): RealmChange {
  return {
    action: REBINDING.test(path) ? 'rebind' : 'update',
    type,
    id,
    path,
    before: shown(path, before),
    after: shown(path, after),
    ...risk(type, path),
  };
}

function whole(action: 'create' | 'delete', { type, id, fields }: RealmObject): RealmChange {
  const content = Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => !NEVER[type]?.includes(name))
      .map(([name, value]) => [name, shown(name, value)]),
  );
  const side = action === 'create' ? { after: content } : { before: content };
  return { action, type, id, ...side, ...risk(type) };
}

function risk(type: TypeName, path?: string): { risk?: string } {
  const found = riskOf(type, path);
  return found === undefined ? {} : { risk: found };
}

/** @returns a value with its secrets masked. */
function shown(path: string, value: Json | undefined): Json {
  if (value === undefined) return null;
  if (isSecretField(path) && !isAbsent(value)) return MASK;
  if (isList(value)) return value.map((item) => shown(path, item));
  if (isObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, shown(`${path}.${name}`, member)]),
    );
  return value;
}

function deletions(wanted: Snapshot, server: Snapshot, ownership: Ownership): readonly RealmChange[] {
  const withSteps = new Set(wanted.of('execution').map(({ parent }) => parent));
  const gone = [...server].filter((object) => {
    const { family } = TYPES[object.type];
    if (wanted.get(object.type, object.id) !== undefined || isBuiltIn(object, server)) return false;
    if (ownership.lifecycleOf(family) !== 'managed') return false;
    if (object.type === 'execution') return withSteps.has(object.parent);
    // What another object holds can be deleted where the files know its holder.
    const { parent } = TYPES[object.type];
    const isFree =
      parent === undefined
        ? object.type !== 'scope-mapping'
        : wanted.get(parent, object.parent ?? '') !== undefined;
    return isFree && ownership.mayDelete(family, object.id);
  });
  // What a deleted object holds goes with it.
  return gone
    .filter(
      ({ type, parent }) =>
        !gone.some(
          (other) => other.id === parent && (other.type === TYPES[type].parent || other.type === type),
        ),
    )
    .map((object) => whole('delete', object));
}

/** An object that only holds roles is not there where there are none. */
function isEmptyHolder({ type, fields }: RealmObject): boolean {
  const { roles } = fields;
  return (type === 'service-account' || type === 'scope-mapping') && isList(roles) && roles.length === 0;
}
