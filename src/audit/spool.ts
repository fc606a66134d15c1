import { join } from 'node:path';
import { isRunning, namesIn, readTextIfAny, removeLeftovers, writeFileAtomic } from '../system/files.ts';
import type { AuditEvent } from './entry.ts';

/** An event without a place in the chain yet. */
export type Draft = {
  /** Random; identifies duplicates of an event after a crash. */
  readonly id: string;
  readonly at: string;
  readonly pid: number;
} & AuditEvent;

export interface Waiting {
  readonly file: string;
  readonly draft: Draft;
}

const NAME = /^waiting-\d{15}-\d+-\d{6}-[0-9a-f]+\.json$/;
let count = 0;

/** Spools an event for the next writer of the log: one file per event, 0600, written atomically. */
export function spool(folder: string, draft: Draft): void {
  count += 1;
  const when = String(Date.parse(draft.at)).padStart(15, '0');
  const name = `waiting-${when}-${draft.pid}-${String(count).padStart(6, '0')}-${draft.id}.json`;
  writeFileAtomic(join(folder, name), `${JSON.stringify(draft)}\n`);
}

/** @returns the spooled events, oldest first; skips invalid files. */
export function waitingIn(folder: string): readonly Waiting[] {
  return namesIn(folder)
    .filter((name) => NAME.test(name))
    .sort()
    .flatMap((name) => {
      const file = join(folder, name);
      const draft = parse(readTextIfAny(file));
      return draft === undefined ? [] : [{ file, draft }];
    });
}

/** Removes temporary files of writers that were killed while spooling an event. */
export function sweep(folder: string): void {
  for (const name of namesIn(folder)) {
    const target = /^(waiting-.+\.json)\.\d+\.[0-9a-f]{12}\.tmp$/.exec(name)?.[1];
    if (target !== undefined) removeLeftovers(join(folder, target), isRunning);
  }
}

function parse(text: string | undefined): Draft | undefined {
  try {
    const draft = JSON.parse(text ?? '') as Draft;
    return typeof draft.event === 'string' && typeof draft.id === 'string' ? draft : undefined;
  } catch {
    return undefined;
  }
}
