import type { Splice } from '../../../change/unified-diff.ts';
import type { HelmEntry, HelmNode } from '../nodes.ts';
import { taggedValue } from '../scalar.ts';

/** A change that the layout of the text does not allow. */
export class NotEditable extends Error {
  /** From 1; undefined for the file as a whole. */
  readonly line: number | undefined;
  /** What to do besides pasting; a sentence. */
  readonly advice: string | undefined;

  /** @param reason a sentence without a full stop. */
  constructor(reason: string, line?: number, advice?: string) {
    super(reason);
    this.line = line;
    this.advice = advice;
  }
}

/** @returns the line end that the text uses. */
export function lineEndOf(text: string): string {
  return /\r\n/.test(text) ? '\r\n' : '\n';
}

/** @returns a text in quotes, so that every reader of YAML takes it as a text. */
export function quoted(value: string, around: string): string {
  const inSingle = value.replaceAll("'", "''");
  return around.split('value: "').length > around.split("value: '").length
    ? JSON.stringify(value)
    : `'${inSingle}'`;
}

/** @returns a name as it stands in YAML: without quotes where every reader takes it as a text. */
export function named(name: string, around: string): string {
  return isPlainText(name) ? name : quoted(name, around);
}

/** @returns whether Helm reads a text as itself where it has no quotes. */
export function isPlainText(text: string): boolean {
  return /^[\w.-]+$/.test(text) && taggedValue(undefined, text, 'plain') === text;
}

/** @returns the offset of the first character of a line. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** @returns the offset of the line end behind an offset, or of the end of the text. */
export function lineStop(text: string, offset: number): number {
  const feed = text.indexOf('\n', offset);
  if (feed < 0) return text.length;
  return text[feed - 1] === '\r' && feed > offset ? feed - 1 : feed;
}

/** @returns the offset behind the last character of a node: without comments and empty lines that follow. */
export function contentEnd(text: string, node: HelmNode): number {
  if ((node.kind === 'map' || node.kind === 'list') && !node.flow) {
    const last = node.kind === 'map' ? node.entries.at(-1) : node.items.at(-1);
    if (last === undefined) return node.end;
    return 'name' in last && 'key' in last ? entryEnd(text, last) : contentEnd(text, last);
  }
  if (node.kind === 'scalar' && node.style === 'block')
    return node.start + text.slice(node.start, node.end).trimEnd().length;
  return node.end;
}

/** @returns the offset behind an entry of a map, also of one without a value. */
export function entryEnd(text: string, { key, value }: HelmEntry): number {
  return Math.max(contentEnd(text, value), colonOf(text, key.end) + 1);
}

/** Replaces the value of an entry; one without a value gets it. */
export function withValue(text: string, entry: HelmEntry, raw: string): Splice {
  const { value, key } = entry;
  if (value.end > value.start) return { start: value.start, end: contentEnd(text, value), text: raw };
  const at = colonOf(text, key.end) + 1;
  return { start: at, end: at, text: ` ${raw}` };
}

/** Adds lines behind the one that an offset is in. */
export function behindLine(text: string, offset: number, lines: readonly string[]): Splice {
  const at = lineStop(text, offset);
  const end = lineEndOf(text);
  return { start: at, end: at, text: lines.map((line) => `${end}${line}`).join('') };
}

/**
 * @returns what stands before the item of a block list in its line: spaces, the dash and spaces.
 * @throws NotEditable for an item whose dash is on another line.
 */
export function dashOf(text: string, item: HelmNode): string {
  const before = text.slice(lineStart(text, item.start), item.start);
  const [dash] = /^ *- +(?=(?:[&!]\S* +)*$)/.exec(before) ?? [];
  if (dash === undefined) throw new NotEditable('an entry does not stand behind its dash', item.line);
  return dash;
}

/**
 * Removes an item of a block list: its lines, and the line end before them, so that a text whose last line has no line
 * end still has none.
 */
export function withoutItem(text: string, item: HelmNode): Splice {
  dashOf(text, item);
  const before = text.slice(0, lineStart(text, item.start));
  return {
    start: before.replace(/\r?\n$/, '').length,
    end: lineStop(text, contentEnd(text, item)),
    text: '',
  };
}

/** @returns the offset of the colon behind a key. */
export function colonOf(text: string, keyEnd: number): number {
  return text.indexOf(':', keyEnd);
}
