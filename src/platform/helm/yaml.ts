import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar,
  type YAMLParseError,
} from 'yaml';
import {
  type At,
  contentOf,
  type HelmAlias,
  type HelmContent,
  type HelmEntry,
  type HelmNode,
  type HelmScalar,
} from './nodes.ts';
import { taggedValue } from './scalar.ts';

export interface HelmProblem {
  readonly line: number;
  /** Lower case, without a full stop. */
  readonly reason: string;
}

export interface HelmDocument {
  /** Undefined if Helm would refuse the document. */
  readonly root?: HelmNode;
  readonly problem?: HelmProblem;
  /** Of its first character that is not a comment. */
  readonly line: number;
}

/** Helm's library refuses a text with others, also in comments. */
const UNPRINTABLE = /[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** A document with more nodes than this, its aliases followed, is a mistake or an attack. */
const MOST_NODES = 1_000_000;

/**
 * Reads YAML as Helm does. Helm 3 takes the first document of a values file and does not look at the others; Helm 4
 * merges them.
 *
 * @returns at least one document; an empty text holds null.
 */
export function readHelmYaml(text: string): readonly HelmDocument[] {
  const counter = new LineCounter();
  const parsed = parseAllDocuments(text, {
    lineCounter: counter,
    schema: 'failsafe',
    uniqueKeys: false,
    logLevel: 'silent',
    prettyErrors: false,
  });
  const lineOf = (offset: number): number => counter.linePos(offset).line;
  const unprintable = text.search(UNPRINTABLE);
  if (unprintable >= 0) {
    const line = lineOf(unprintable);
    return [{ line, problem: { line, reason: 'control characters are not allowed' } }];
  }
  if (!Array.isArray(parsed) || parsed.length === 0) return [{ line: 1, root: nothing(0, 1) }];
  return parsed.map((document) => documentOf(document, text, lineOf));
}

function documentOf(
  document: Document.Parsed,
  text: string,
  lineOf: (offset: number) => number,
): HelmDocument {
  const [from] = document.range;
  const start = document.contents?.range[0] ?? from;
  const line = lineOf(start);
  try {
    if (document.directives.yaml.explicit === true && document.directives.yaml.version !== '1.1')
      throw new Refused(from, 'Helm only reads YAML 1.1');
    const [error] = document.errors;
    if (error !== undefined) throw new Refused(error.pos[0], reasonOf(error));
    return { line, root: new Reader(text, lineOf).node(document.contents, start) };
  } catch (error) {
    if (error instanceof Refused) return { line, problem: { line: lineOf(error.at), reason: error.message } };
    throw error;
  }
}

/** What is wrong, by the code of our library. Its own messages may quote a secret. */
const REASONS: Readonly<Record<string, string>> = {
  BAD_DQ_ESCAPE: 'a backslash in double quotes starts no escape',
  BAD_INDENT: 'the indentation does not fit',
  BAD_SCALAR_START: 'a text that starts with this character needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a text with a colon and a space needs quotes',
  KEY_OVER_1024_CHARS: 'a key is too long',
  MISSING_CHAR: 'a quote, a bracket, a comma or a colon is missing',
  MULTILINE_IMPLICIT_KEY: 'a colon is missing',
  TAB_AS_INDENT: 'a tab stands where only spaces may',
  UNEXPECTED_TOKEN: 'something stands where it may not',
};

function reasonOf({ code, message }: YAMLParseError): string {
  if (/call stack/.test(message)) return 'it is nested too deeply';
  return REASONS[code] ?? 'it is not YAML';
}

class Refused extends Error {
  readonly at: number;

  constructor(at: number, reason: string) {
    super(reason);
    this.at = at;
  }
}

class Reader {
  readonly #text: string;
  readonly #lineOf: (offset: number) => number;
  readonly #anchors = new Map<string, HelmContent>();
  /** How many nodes a node has, its aliases followed. */
  readonly #sizes = new Map<HelmNode, number>();

  constructor(text: string, lineOf: (offset: number) => number) {
    this.#text = text;
    this.#lineOf = lineOf;
  }

  /** @param start where the node would stand, if the text has none. */
  node(node: unknown, start: number): HelmNode {
    const read = isAlias(node) ? this.#alias(node) : this.#content(node, start);
    if (this.#sizeOf(read) > MOST_NODES) throw new Refused(read.start, 'its aliases grow without end');
    return read;
  }

  #content(node: unknown, start: number): HelmContent {
    const read = this.#unnamed(node, start);
    if (read.anchor !== undefined) this.#anchors.set(read.anchor, read);
    return read;
  }

  #unnamed(node: unknown, start: number): HelmContent {
    if (isScalar(node)) return this.#scalar(node, start);
    if (isMap(node)) {
      const at = this.#at(node, start);
      const entries = node.items.map(({ key, value }) => this.#entry(key, value, at.start));
      return { kind: 'map', ...at, flow: node.flow === true, entries };
    }
    if (isSeq(node)) {
      const at = this.#at(node, start);
      // In a flow list, `[a: b]` is a map of its own.
      const items = node.items.map((item) => {
        if (!isPair(item)) return this.node(item, at.start);
        const entry = this.#entry(item.key, item.value, at.start);
        const { start, line } = entry.key;
        const end = entry.value.end;
        return { kind: 'map', start, end, line, flow: true, entries: [entry] } as const;
      });
      return { kind: 'list', ...at, flow: node.flow === true, items };
    }
    return nothing(start, this.#lineOf(start));
  }

  #entry(key: unknown, value: unknown, start: number): HelmEntry {
    const named = this.node(key, start);
    const name = contentOf(named);
    if (name.kind !== 'scalar') throw new Refused(named.start, 'a key is not a text');
    if (name.value === null) throw new Refused(named.start, 'a key is empty');
    const merge = name.value === '<<' && name.style === 'plain';
    const read = this.node(value, name.end);
    if (merge && !canMerge(read)) throw new Refused(read.start, 'only a map can be merged with <<');
    return { name: String(name.value), key: { ...name, ...placeOf(named) }, value: read, merge };
  }

  #scalar(node: Scalar, start: number): HelmScalar {
    const at = this.#at(node, start);
    const style =
      node.type === 'PLAIN' || node.type === undefined
        ? 'plain'
        : node.type.startsWith('QUOTE')
          ? 'quoted'
          : 'block';
    const whole = String(node.value ?? '');
    // Our library adds a line feed to a block that ends the file without one; Helm's does not.
    const text =
      style === 'block' && at.end === this.#text.length && !this.#text.endsWith('\n')
        ? whole.replace(/\n$/, '')
        : whole;
    const value = taggedValue(node.tag, text, style);
    if (value === undefined) throw new Refused(at.start, 'Helm cannot read this value');
    return { kind: 'scalar', ...at, value, style };
  }

  #alias(node: { readonly source: string; readonly range?: Node['range'] }): HelmAlias {
    const at = this.#at(node, 0);
    const target = this.#anchors.get(node.source);
    if (target === undefined) throw new Refused(at.start, 'there is no anchor with this name above it');
    return { kind: 'alias', ...at, name: node.source, target };
  }

  #at(node: { readonly range?: Node['range']; readonly anchor?: string | undefined }, none: number): At {
    const [start, end] = node.range ?? [none, none];
    return {
      start,
      end,
      line: this.#lineOf(start),
      ...(node.anchor === undefined ? {} : { anchor: node.anchor }),
    };
  }

  #sizeOf(node: HelmNode): number {
    const known = this.#sizes.get(node);
    if (known !== undefined) return known;
    const below =
      node.kind === 'alias'
        ? [node.target]
        : node.kind === 'map'
          ? node.entries.map(({ value }) => value)
          : node.kind === 'list'
            ? node.items
            : [];
    const size = below.reduce((sum, one) => sum + this.#sizeOf(one), 1);
    this.#sizes.set(node, size);
    return size;
  }
}

function placeOf({ start, end, line }: HelmNode): At {
  return { start, end, line };
}

function nothing(start: number, line: number): HelmScalar {
  return { kind: 'scalar', start, end: start, line, value: null, style: 'plain' };
}

function canMerge(node: HelmNode): boolean {
  const content = contentOf(node);
  if (node.kind !== 'alias' && content.kind === 'list')
    return content.items.every((item) => contentOf(item).kind === 'map');
  return content.kind === 'map';
}
