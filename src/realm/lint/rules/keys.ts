import { isObject } from '../../model/values.ts';
import { KNOWN_FIELDS } from '../known/fields.ts';
import { isOpen, type Place } from '../place.ts';
import type { Hit, Rule } from '../rule.ts';

/** `text`, `number`, `boolean`, `any` or an object of {@link KNOWN_FIELDS}, below lists `[]` and maps `{}`, the outer one first. */
type Shape = { readonly of: string; readonly containers: readonly ('[]' | '{}')[] };

const parsed = new Map<string, ReadonlyMap<string, Shape>>();

/** @returns the members of an object by name. */
function fieldsOf(type: string): ReadonlyMap<string, Shape> {
  const known = parsed.get(type);
  if (known !== undefined) return known;
  const fields = new Map(
    (KNOWN_FIELDS[type] ?? '')
      .trim()
      .split(/\s+/)
      .map((word): readonly [string, Shape] => {
        const [name = '', shape = 'text'] = word.split(':');
        const [of = ''] = /^\w+/.exec(shape) ?? [];
        const containers = (shape.slice(of.length).match(/\[\]|\{\}/g) ?? []) as readonly ('[]' | '{}')[];
        return [name, { of, containers }];
      }),
  );
  parsed.set(type, fields);
  return fields;
}

/** Members that we read, and that Keycloak itself reads from a partial import alone. */
const OURS = ['codemie', 'ifResourceExists', 'policy', 'userProfile'];
/** Keycloak ignores members that it does not know in these. */
const LENIENT = ['ClientScope', 'UserConsent'];

type Visit = (place: Place, shape: Shape, type: string) => Iterable<Hit>;

/** Visits all members of an object and of those below it. `shape` is undefined for a member that is not known. */
function* walk(
  place: Place,
  type: string,
  known: Visit,
  unknown: (place: Place, name: string, type: string) => Iterable<Hit>,
): Iterable<Hit> {
  for (const [name, member] of place.members) {
    const shape = fieldsOf(type).get(name);
    if (shape === undefined) yield* unknown(member, name, type);
    else if (member.isThere) {
      yield* known(member, shape, type);
      for (const object of below(member, shape))
        if (shape.of in KNOWN_FIELDS) yield* walk(object, shape.of, known, unknown);
    }
  }
}

/** @returns the objects inside lists and maps of a member. */
function below(place: Place, { containers }: Shape): readonly Place[] {
  return containers.reduce<readonly Place[]>(
    (places, container) =>
      places.flatMap((one) => (container === '[]' ? one.items : one.members.map(([, member]) => member))),
    [place],
  );
}

const nothing = (): readonly Hit[] => [];

function* unknownMember(place: Place, name: string, type: string): Iterable<Hit> {
  if (place.path.length === 1 && OURS.includes(name)) return;
  if (LENIENT.includes(type)) return;
  const near = nearest(name, fieldsOf(type).keys());
  yield {
    at: place,
    message: `Keycloak knows no "${name}" here, and refuses the whole file (400).`,
    advice: near === undefined ? `Remove "${name}".` : `Did you mean "${near}"?`,
  };
}

function nearest(name: string, names: Iterable<string>): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return [...names].find(
    (known) =>
      plain(known) === plain(name) ||
      plain(known) === `${plain(name)}s` ||
      `${plain(known)}s` === plain(name),
  );
}

function* wrongType(place: Place, { of, containers: [container] }: Shape): Iterable<Hit> {
  const expected =
    container === '[]' ? 'a list' : container === '{}' || of in KNOWN_FIELDS ? 'an object' : of;
  // The owner of a resource may also be a name.
  if (of === 'ResourceOwner' || fits(place.value, expected)) return;
  const named = /^an? /.test(expected) ? expected : `a ${expected}`;
  yield {
    at: place,
    message: `Keycloak reads ${named} here, and refuses the whole file (400).`,
    advice: `Write ${named}.`,
  };
}

/** As measured: texts are read as numbers and booleans, and an empty one is nothing. */
function fits(value: Place['value'], expected: string): boolean {
  if (expected === 'an object') return isObject(value);
  if (expected === 'a list') return Array.isArray(value);
  if (expected === 'any') return true;
  if (Array.isArray(value) || isObject(value)) return false;
  if (typeof value === 'string' && (value === '' || isOpen(value))) return true;
  if (expected === 'number')
    return typeof value === 'number' || (typeof value === 'string' && /^\s*-?\d+\s*$/.test(value));
  return expected !== 'boolean' || typeof value === 'number' || /^\s*(true|false)\s*$/i.test(String(value));
}

export const KEY_RULES: readonly Rule[] = [
  {
    id: 'key-unknown',
    severity: 'error',
    what: 'A member that Keycloak does not know. It refuses the whole file with 400, often without its name.',
    advice: 'Remove the member, or correct its name.',
    *check({ roots }) {
      for (const root of roots) yield* walk(root, 'Realm', nothing, unknownMember);
    },
  },
  {
    id: 'value-type',
    severity: 'error',
    what: 'A value of another type than Keycloak reads. It refuses the whole file with 400.',
    advice: 'Write a value of the right type.',
    *check({ roots }) {
      for (const root of roots) yield* walk(root, 'Realm', wrongType, nothing);
    },
  },
];
