import { pydanticBoolean } from '../../system/pydantic.ts';
import type { EnvEntry, EnvList } from './env.ts';
import { isOpen } from './open.ts';
import type { Place } from './place.ts';

/** What a variable is when the server starts. */
export type Reading =
  | { readonly state: 'absent' }
  | { readonly state: 'known'; readonly text: string; readonly entry: EnvEntry }
  /** It comes from elsewhere, or may. */
  | { readonly state: 'unknown'; readonly entry?: EnvEntry };

/** The pods of the API, of the ds-pool or of the proxy-pool, with their environment. */
export class Workload {
  readonly name: string;
  /** In the order in which they count: of one name, the last entry. */
  readonly lists: readonly EnvList[];
  readonly at: Place;
  readonly replicas: number | undefined;
  /** Whether variables may come from where nobody looked. */
  readonly #isOpen: boolean;
  readonly #entries: ReadonlyMap<string, EnvEntry>;

  constructor(
    name: string,
    lists: readonly EnvList[],
    at: Place,
    replicas: number | undefined,
    isOpen: boolean,
  ) {
    this.name = name;
    this.lists = lists;
    this.at = at;
    this.replicas = replicas;
    this.#isOpen = isOpen;
    this.#entries = new Map(
      lists.flatMap(({ entries }) =>
        entries.flatMap((entry) => (entry.name === undefined ? [] : [[folded(entry.name), entry] as const])),
      ),
    );
  }

  /** @returns the entry that counts. The server does not look at the case of a name. */
  entry(name: string): EnvEntry | undefined {
    return this.#entries.get(folded(name));
  }

  read(name: string): Reading {
    const entry = this.entry(name);
    if (entry === undefined) return this.#isOpen ? { state: 'unknown' } : { state: 'absent' };
    const text = entry.reference === undefined ? (entry.value?.text ?? '') : undefined;
    return text === undefined || isOpen(text) ? { state: 'unknown', entry } : { state: 'known', text, entry };
  }

  /** @returns a boolean setting that is off by default; undefined if nobody can tell. */
  isOn(name: string): boolean | undefined {
    const reading = this.read(name);
    if (reading.state === 'absent') return false;
    return reading.state === 'known' ? pydanticBoolean(reading.text) : undefined;
  }

  /** @returns how people sign in; undefined if nobody can tell. Without the variable, the server takes `local`. */
  get provider(): string | undefined {
    const reading = this.read('IDP_PROVIDER');
    if (reading.state === 'absent') return 'local';
    return reading.state === 'known' ? reading.text : undefined;
  }

  /** @returns where to point for a variable: its entry, or the list where it could stand. */
  placeOf(name: string): Place {
    const entry = this.entry(name);
    return entry === undefined || entry.ofChart === true ? this.at : entry.at;
  }
}

export function folded(name: string): string {
  return name.toUpperCase();
}
