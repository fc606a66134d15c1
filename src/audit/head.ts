import { join } from 'node:path';
import { readTextIfAny, writeFileAtomic } from '../system/files.ts';

/** The first and the last entry of the log. Stored beside the log's folder, so that it outlives a removed folder. */
export interface Head {
  /** The oldest entry that has not been rotated away. */
  readonly from: number;
  readonly seq: number;
  readonly hash: string;
  /** The first entry written after the head of an existing log was found missing. */
  readonly missedAt?: number | undefined;
}

export function readHead(home: string): Head | undefined {
  try {
    const head = JSON.parse(readTextIfAny(pathOf(home)) ?? '') as Head;
    const isWhole =
      Number.isInteger(head.from) && Number.isInteger(head.seq) && typeof head.hash === 'string';
    return isWhole ? head : undefined;
  } catch {
    return undefined;
  }
}

export function writeHead(home: string, head: Head): void {
  writeFileAtomic(pathOf(home), `${JSON.stringify(head)}\n`);
}

function pathOf(home: string): string {
  return join(home, 'audit-head.json');
}
