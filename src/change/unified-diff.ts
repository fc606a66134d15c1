/** A piece of a text to replace. */
export interface Splice {
  /** Offsets in the text; equal for an insertion. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

interface Change {
  /** From 0: the first line it replaces, and the first one behind. */
  readonly from: number;
  readonly to: number;
  readonly lines: readonly string[];
}

/** Lines around a change, as `diff -u` shows them. */
const CONTEXT = 3;

/** @returns the text with all pieces replaced. They must not overlap. */
export function splice(text: string, splices: readonly Splice[]): string {
  let at = 0;
  const parts = inOrder(splices).flatMap(({ start, end, text: piece }) => {
    const kept = text.slice(at, start);
    at = end;
    return [kept, piece];
  });
  return [...parts, text.slice(at)].join('');
}

/**
 * @param path of the file, as `patch` and `git apply` are to find it.
 * @param masks lines of the text, without their ends, and what to show for each: for lines that hold a secret. A diff
 *   with a mask in it cannot be applied.
 * @returns what `diff -u` prints; empty where nothing changes. `patch -p0` and `git apply -p0` apply it.
 */
export function unifiedDiff(
  path: string,
  before: string,
  splices: readonly Splice[],
  masks: ReadonlyMap<string, string> = new Map(),
): string {
  const shown = (sign: string, line: string): string => {
    const content = line.replace(/\r?\n$/, '');
    const end = line.endsWith('\n') ? line.slice(content.length) : '\n\\ No newline at end of file\n';
    return `${sign}${masks.get(content) ?? content}${end}`;
  };
  const old = linesOf(before);
  const changes = lineChanges(before, splices);
  if (changes.length === 0) return '';
  let shift = 0;
  const hunks = hunksOf(changes).map((hunk) => {
    const from = Math.max(0, (hunk[0]?.from ?? 0) - CONTEXT);
    const to = Math.min(old.length, (hunk.at(-1)?.to ?? 0) + CONTEXT);
    const grown = hunk.reduce(
      (sum, { from: first, to: behind, lines }) => sum + lines.length - (behind - first),
      0,
    );
    const head = `@@ -${rangeOf(from, to - from)} +${rangeOf(from + shift, to - from + grown)} @@\n`;
    shift += grown;
    let at = from;
    const body = hunk.flatMap((change) => {
      const kept = old.slice(at, change.from).map((line) => shown(' ', line));
      at = change.to;
      const gone = old.slice(change.from, change.to).map((line) => shown('-', line));
      return [...kept, ...gone, ...change.lines.map((line) => shown('+', line))];
    });
    return [head, ...body, ...old.slice(at, to).map((line) => shown(' ', line))].join('');
  });
  // The tab ends a name with spaces.
  const name = path.includes(' ') ? `${path}\t` : path;
  return `--- ${name}\n+++ ${name}\n${hunks.join('')}`;
}

/** Splices as whole lines, those that touch each other as one, without lines that stay the same. */
function lineChanges(before: string, splices: readonly Splice[]): readonly Change[] {
  const starts = startsOf(before);
  const groups: Splice[][] = [];
  let behind = -1;
  for (const one of inOrder(splices)) {
    const group = groups.at(-1);
    const from = lineAt(starts, one.start);
    if (group !== undefined && from <= behind) group.push(one);
    else groups.push([one]);
    behind = lineAt(starts, one.end);
  }
  return groups.flatMap((group) => {
    const from = lineAt(starts, group[0]?.start ?? 0);
    const to = lineAt(starts, group.at(-1)?.end ?? 0) + 1;
    const start = starts[from] ?? before.length;
    const end = starts[to] ?? before.length;
    const moved = group.map(({ start: first, end: last, text }) => ({
      start: first - start,
      end: last - start,
      text,
    }));
    return trimmed(from, linesOf(before.slice(start, end)), linesOf(splice(before.slice(start, end), moved)));
  });
}

function trimmed(from: number, gone: readonly string[], lines: readonly string[]): readonly Change[] {
  const shorter = Math.min(gone.length, lines.length);
  let head = 0;
  while (head < shorter && gone[head] === lines[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && gone.at(-1 - tail) === lines.at(-1 - tail)) tail += 1;
  if (head === gone.length && head === lines.length) return [];
  return [
    { from: from + head, to: from + gone.length - tail, lines: lines.slice(head, lines.length - tail) },
  ];
}

/** Changes whose context meets belong into one hunk. */
function hunksOf(changes: readonly Change[]): readonly (readonly Change[])[] {
  const hunks: Change[][] = [];
  for (const change of changes) {
    const last = hunks.at(-1);
    const behind = last?.at(-1)?.to;
    if (last !== undefined && behind !== undefined && change.from - behind <= 2 * CONTEXT) last.push(change);
    else hunks.push([change]);
  }
  return hunks;
}

/** A line number counts from 1. A range without lines names the line before it. */
function rangeOf(from: number, count: number): string {
  const line = count === 0 ? from : from + 1;
  return count === 1 ? String(line) : `${line},${count}`;
}

function inOrder(splices: readonly Splice[]): readonly Splice[] {
  return splices.toSorted((one, other) => one.start - other.start || one.end - other.end);
}

/** Lines with their ends. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function startsOf(text: string): readonly number[] {
  let at = 0;
  return linesOf(text).map((line) => {
    const start = at;
    at += line.length;
    return start;
  });
}

/** @returns the line of an offset, from 0; of the end of the text, the last line. */
function lineAt(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
