import type { HelmNode, HelmScalar } from '../helm/nodes.ts';

/** Where something stands in a file of the person. */
export interface Place {
  /** As the person gave it. */
  readonly file: string;
  readonly line: number;
  /** The first line of the list entry that holds it: a comment above the entry belongs to it, too. */
  readonly from: number;
  /** `extraEnv[3].value` */
  readonly path: string;
}

/** A text with YAML in it: a whole file, or a text within one. */
export class Origin {
  readonly file: string;
  readonly text: string;
  /** Of its first line: the lines of a text within a file count on from there. Undefined if they cannot be told. */
  readonly #first: number | undefined;
  readonly #line: number;
  readonly #path: string;

  constructor(file: string, text: string, first: number | undefined = 1, line = 1, path = '') {
    this.file = file;
    this.text = text;
    this.#first = first;
    this.#line = line;
    this.#path = path;
  }

  /** @returns the place of a node. `entry` is the list entry that holds it. */
  at(node: HelmNode, path: string, entry: HelmNode = node): Place {
    return { file: this.file, line: this.#lineOf(node), from: this.#lineOf(entry), path: this.pathOf(path) };
  }

  pathOf(path: string): string {
    return [this.#path, path].filter((part) => part !== '').join('.');
  }

  /** @returns the text that a scalar of this text holds. Only in a block are its lines those of the file. */
  inside(scalar: HelmScalar, path: string): Origin {
    const line = this.#lineOf(scalar);
    return new Origin(
      this.file,
      String(scalar.value ?? ''),
      scalar.style === 'block' ? line + 1 : undefined,
      line,
      this.pathOf(path),
    );
  }

  /** @returns the same text, for paths that start below a member. */
  below(path: string): Origin {
    return new Origin(this.file, this.text, this.#first, this.#line, this.pathOf(path));
  }

  /** @returns the node as it is written. */
  source({ start, end }: HelmNode): string {
    return this.text.slice(start, end);
  }

  #lineOf({ line }: HelmNode): number {
    return this.#first === undefined ? this.#line : this.#first + line - 1;
  }
}
