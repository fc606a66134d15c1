import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { bareEnvironment } from './child-environment.ts';

/** Marks the processes of one run. Each one inherits it, whatever group or session it moves to. */
export const RUN_MARK = 'CODEMIE_RUN';

export interface TreeProcess {
  readonly pid: number;
  /** Its process group. */
  readonly group: number;
}

/** A child and all its descendants. */
export interface ProcessTree {
  /** Those that still run. A process seen before is recognised even after its parent has ended. */
  members(): readonly TreeProcess[];
}

/**
 * Linux shows the environment a process was started with (proc(5)), so processes whose parent has ended are found by
 * their mark. A process that forbids this (prctl(2), PR_SET_DUMPABLE), or was started with an empty environment, is
 * found only by descent, as are all processes on other systems.
 */
export function processTreeOf(root: number, mark: string): ProcessTree {
  const isLinux = process.platform === 'linux';
  const line = Buffer.from(`\0${RUN_MARK}=${mark}\0`);
  const began = isLinux ? rowOf(`${root}`)?.start : undefined;
  /** Process id to its start time: another process may have the id by now. */
  const known = new Map<number, string | undefined>([[root, began]]);
  const isKnown = ({ pid, start }: Row): boolean =>
    known.has(pid) && (known.get(pid) === start || (pid === root && !isLinux));
  // A process older than the root cannot have its mark, and checking them all would take longer than the rest.
  const since = Number(began ?? 0);
  const carriesMark = ({ pid, start }: Row): boolean =>
    isLinux && Number(start) >= since && isMarked(pid, line);
  return {
    members: () => {
      const rows = isLinux ? running() : listed();
      const found = rows.filter((row) => isKnown(row) || carriesMark(row));
      for (let wave = found; wave.length > 0; ) {
        wave = rows.filter((row) => !found.includes(row) && wave.some(({ pid }) => pid === row.parent));
        found.push(...wave);
      }
      for (const { pid, start } of found) known.set(pid, start);
      return found;
    },
  };
}

interface Row extends TreeProcess {
  readonly parent: number;
  readonly start: string;
}

function running(): readonly Row[] {
  return processIds().flatMap((id) => {
    const row = rowOf(id);
    return row === undefined ? [] : [row];
  });
}

/** Empty if there is no /proc or no free file descriptor: listing a run must not end it. */
function processIds(): readonly string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** @returns undefined for a process that has ended, including a zombie. */
function rowOf(pid: string): Row | undefined {
  // The command name before these, in brackets, may contain anything.
  const [state, parent, group, ...rest] =
    bytesOf(`/proc/${pid}/stat`).toString('latin1').split(') ').at(-1)?.split(' ') ?? [];
  if (state === undefined || ['', 'Z', 'X'].includes(state)) return undefined;
  return { pid: Number(pid), parent: Number(parent), group: Number(group), start: rest[16] ?? '' };
}

function isMarked(pid: number, line: Buffer): boolean {
  return bytesOf(`/proc/${pid}/environ`).includes(line);
}

/** A buffer for one file at a time, with a leading zero byte. It is reused because every running process is read. */
let space = Buffer.alloc(65_536);

/** Empty for processes of other users, which cannot be read, and for one that has ended. */
function bytesOf(path: string): Buffer {
  let size = 1;
  let handle: number | undefined;
  try {
    handle = openSync(path, 'r');
    for (;;) {
      const read = readSync(handle, space, size, space.length - size, null);
      if (read === 0) break;
      size += read;
      if (size === space.length) space = Buffer.concat([space, Buffer.alloc(size)]);
    }
  } catch {
    return space.subarray(0, 0);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
  return space.subarray(0, size);
}

function listed(): readonly Row[] {
  const { stdout } = spawnSync('/bin/ps', ['-A', '-o', 'pid=,ppid=,pgid=,lstart='], {
    encoding: 'utf8',
    env: bareEnvironment({}),
  });
  return (stdout ?? '').split('\n').flatMap((line) => {
    const [pid, parent, group, ...start] = line.trim().split(/\s+/);
    return group === undefined
      ? []
      : [{ pid: Number(pid), parent: Number(parent), group: Number(group), start: start.join(' ') }];
  });
}
