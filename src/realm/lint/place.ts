import { isObject, type Json, type JsonObject } from '../model/values.ts';

/** A realm file to check. */
export interface LintFile {
  /** As the person gave it. */
  readonly name: string;
  /** As it stands in the file: variables are not replaced. */
  readonly document: JsonObject;
  /** @returns the line of a value, from 1; of what holds it where the file does not have it; undefined if unknown. */
  lineOf(path: Path): number | undefined;
}

export type Path = readonly (string | number)[];

/** A value in a realm file, together with where it stands. */
export class Place {
  readonly file: LintFile;
  readonly path: Path;
  /** Undefined for a member that the file does not have. */
  readonly value: Json | undefined;

  constructor(file: LintFile, path: Path, value: Json | undefined) {
    this.file = file;
    this.path = path;
    this.value = value;
  }

  /** @returns a member of this object. */
  at(name: string): Place {
    const { value } = this;
    return this.#below(name, isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined);
  }

  /** @returns the members of this object by name; none if it is something else. */
  get members(): readonly (readonly [name: string, member: Place])[] {
    const { value } = this;
    if (!isObject(value)) return [];
    return Object.entries(value).map(([name, member]) => [name, this.#below(name, member)]);
  }

  /** @returns the items of this list; none if it is something else. */
  get items(): readonly Place[] {
    const { value } = this;
    return Array.isArray(value) ? value.map((item: Json, index) => this.#below(index, item)) : [];
  }

  /** @returns the objects of this list. */
  get objects(): readonly Place[] {
    return this.items.filter(({ value }) => isObject(value));
  }

  /** A text that is not empty. */
  get text(): string | undefined {
    return typeof this.value === 'string' && this.value !== '' ? this.value : undefined;
  }

  /** Keycloak reads a text as a boolean, too. */
  get isTrue(): boolean {
    return this.value === true || this.value === 'true';
  }

  get isThere(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  #below(key: string | number, value: Json | undefined): Place {
    return new Place(this.file, [...this.path, key], value);
  }
}

/** @returns a path as people write it: `clients[2].attributes["post.logout"]`. */
export function pathText(path: Path): string {
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      if (!/^[\w-]+$/.test(key)) return `[${JSON.stringify(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join('');
}

/** @returns whether a text holds `${NAME}`, so that nobody knows what it will be. */
export function isOpen(text: string): boolean {
  return /\$\{[A-Z]|\$\(env:/.test(text);
}
