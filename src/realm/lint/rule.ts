import type { ServerFacts } from './facts.ts';
import type { LintFile, Place } from './place.ts';
import { Place as PlaceIn } from './place.ts';

/** One thing that can be wrong with a realm file. */
export interface Rule {
  /** Stable; scripts and people name it. */
  readonly id: string;
  /** `error`: Keycloak refuses the file, or accepts it and something does not work. */
  readonly severity: 'error' | 'warning';
  /** What goes wrong, for the reference. */
  readonly what: string;
  /** What to do about it. A hit may say it more exactly. */
  readonly advice: string;
  check(realm: LintRealm): Iterable<Hit>;
}

export interface Hit {
  readonly at: Place;
  readonly message: string;
  readonly advice?: string;
}

/** All files together: one realm, or parts of it. */
export class LintRealm {
  readonly roots: readonly Place[];
  readonly facts: ServerFacts;

  constructor(files: readonly LintFile[], facts: ServerFacts) {
    this.roots = files.map((file) => new PlaceIn(file, [], file.document));
    this.facts = facts;
  }

  /** @returns the values of a member, one for each file that has it. */
  all(member: string): readonly Place[] {
    return this.roots.map((root) => root.at(member)).filter(({ isThere }) => isThere);
  }

  /** @returns the objects of a list, from all files. */
  list(member: string): readonly Place[] {
    return this.all(member).flatMap(({ objects }) => objects);
  }

  /**
   * Whether the files describe a realm from nothing, so that what they do not mention is as in a new realm. A file that
   * changes a part of a realm has no reason to say `enabled`.
   */
  get isWhole(): boolean {
    return this.all('enabled').length > 0;
  }

  /**
   * The major version of the server that wrote the files; undefined for files that people wrote. At import, Keycloak
   * brings what older versions wrote up to date.
   */
  get version(): number | undefined {
    const [version] = this.all('keycloakVersion').map(({ text }) => Number.parseInt(text ?? '', 10));
    return Number.isNaN(version) ? undefined : version;
  }

  /** @returns the objects of a list whose member `key` is a text, by this text. */
  byName(list: string, key: string): ReadonlyMap<string, Place> {
    return new Map(
      this.list(list).flatMap((place): readonly [string, Place][] => {
        const name = place.at(key).text;
        return name === undefined ? [] : [[name, place]];
      }),
    );
  }
}
