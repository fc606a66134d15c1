import { join } from 'node:path';
import { readTextIfAny } from '../system/files.ts';
import { folderOf, GENESIS, hashOf, parseEntry, parseHead, readLines } from './log.ts';

export interface Verdict {
  readonly ok: boolean;
  readonly entries: number;
  /** What does not fit, in the order it was found. */
  readonly problems: readonly string[];
}

/**
 * Walks the chain: every line must be whole, hash to what it says, and name the hash of the one before; the last must be
 * the one the head names. The oldest line may follow lines that were rotated away.
 */
export function verifyAudit(home: string): Verdict {
  const folder = folderOf(home);
  const problems: string[] = [];
  let entries = 0;
  let before: { readonly seq: number; readonly hash: string } | undefined;
  for (const { file, line, text } of readLines(folder)) {
    const at = `${file} line ${line}`;
    const entry = parseEntry(text);
    if (entry === undefined) {
      problems.push(`${at} is not an entry.`);
      before = undefined;
      continue;
    }
    entries += 1;
    const { hash, ...body } = entry;
    if (hashOf(body) !== hash) problems.push(`${at} was changed.`);
    if (before !== undefined && (entry.prev !== before.hash || entry.seq !== before.seq + 1))
      problems.push(`${at} does not follow the line before it: something was removed or inserted.`);
    if (before === undefined && entry.seq === 1 && entry.prev !== GENESIS)
      problems.push(`${at} does not begin the log.`);
    before = { seq: entry.seq, hash };
  }
  const head = parseHead(readTextIfAny(join(folder, 'head.json')));
  const end = before?.seq ?? 0;
  if (head === undefined && entries > 0) problems.push('The record of where the log ends is missing.');
  else if (head !== undefined && (head.seq > end || (head.seq === end && head.hash !== before?.hash)))
    problems.push(`The log should end with entry ${head.seq}; its end was removed or changed.`);
  return { ok: problems.length === 0, entries, problems };
}
