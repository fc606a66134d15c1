import { GENESIS, isSealed, parseEntry } from './chain.ts';
import { folderOf, readLines } from './files.ts';
import { type Head, readHead } from './head.ts';

export interface Verdict {
  readonly ok: boolean;
  readonly entries: number;
  /** The problems, in the order found. */
  readonly problems: readonly string[];
}

/**
 * Checks the chain: every line must be complete, match its own hash, and contain the hash of the previous line; the
 * first and the last must match the head. Because each line contains the hash before it, the head's hash also proves
 * the first line.
 */
export function verifyAudit(home: string): Verdict {
  const problems: string[] = [];
  let entries = 0;
  let first: number | undefined;
  let before: { readonly seq: number; readonly hash: string } | undefined;
  // Read before the lines: a concurrent writer only adds lines.
  const head = readHead(home);
  for (const { file, line, text } of readLines(folderOf(home))) {
    const at = `${file} line ${line}`;
    const entry = parseEntry(text);
    if (entry === undefined) {
      problems.push(`${at} is not an entry.`);
      before = undefined;
      continue;
    }
    entries += 1;
    first ??= entry.seq;
    if (!isSealed(text)) problems.push(`${at} was changed.`);
    if (before !== undefined && (entry.prev !== before.hash || entry.seq !== before.seq + 1))
      problems.push(`${at} does not follow the line before it: something was removed or inserted.`);
    if (before === undefined && entry.seq === 1 && entry.prev !== GENESIS)
      problems.push(`${at} does not begin the log.`);
    before = { seq: entry.seq, hash: entry.hash };
  }
  problems.push(...againstHead(head, first, before));
  return { ok: problems.length === 0, entries, problems };
}

function againstHead(
  head: Head | undefined,
  first: number | undefined,
  last: { readonly seq: number; readonly hash: string } | undefined,
): readonly string[] {
  if (head === undefined)
    return first === undefined ? [] : ['The record of where the log begins and ends is missing.'];
  const problems: string[] = [];
  const end = last?.seq ?? 0;
  if (first !== undefined && first > head.from)
    problems.push(`The log should begin with entry ${head.from}; its beginning was removed.`);
  if (head.seq > end || (head.seq === end && end > 0 && head.hash !== last?.hash))
    problems.push(`The log should end with entry ${head.seq}; its end was removed or changed.`);
  if (head.missedAt !== undefined)
    problems.push(
      `The record of where the log begins and ends was missing when entry ${head.missedAt} was written.`,
    );
  return problems;
}
