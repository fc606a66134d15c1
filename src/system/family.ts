import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Marks the processes of one run: every one of them inherits it, whatever group or session it moves to. */
export const RUN_MARK = 'CODEMIE_RUN';

export interface Relative {
  readonly pid: number;
  /** Of which process group. */
  readonly group: number;
}

/** A child, the processes it started, and what those started. */
export interface Family {
  /** As far as they still run. Who was seen once is known again, when its parent has ended meanwhile. */
  members(): readonly Relative[];
}

/**
 * Linux tells the environment a process was started with (proc(5)), so those whose parent has ended are found by their mark;
 * but one that forbids looking into it (prctl(2), PR_SET_DUMPABLE) or that was started with an empty environment is found by
 * descent alone, as all of them are elsewhere.
 */
export function familyOf(root: number, mark: string): Family {
  const isLinux = process.platform === 'linux';
  const line = `${RUN_MARK}=${mark}`;
  /** Process id to its start: an id may be another process by now. */
  const known = new Map<number, string | undefined>([[root, isLinux ? rowOf(`${root}`)?.start : undefined]]);
  const isKnown = ({ pid, start }: Row): boolean =>
    known.has(pid) && (known.get(pid) === start || (pid === root && !isLinux));
  return {
    members: () => {
      const rows = isLinux ? running() : listed();
      const found = rows.filter((row) => isKnown(row) || (isLinux && isMarked(row.pid, line)));
      for (let wave = found; wave.length > 0; ) {
        wave = rows.filter((row) => !found.includes(row) && wave.some(({ pid }) => pid === row.parent));
        found.push(...wave);
      }
      for (const { pid, start } of found) known.set(pid, start);
      return found;
    },
  };
}

interface Row extends Relative {
  readonly parent: number;
  readonly start: string;
}

function running(): readonly Row[] {
  return readdirSync('/proc').flatMap((name) => {
    const row = /^\d+$/.test(name) ? rowOf(name) : undefined;
    return row === undefined ? [] : [row];
  });
}

/** @returns undefined for a process that has ended, whether or not somebody asked how. */
function rowOf(pid: string): Row | undefined {
  // The command's name, in brackets before these, may hold anything.
  const [state, parent, group, ...rest] = partsOf(`/proc/${pid}/stat`, ') ').at(-1)?.split(' ') ?? [];
  if (state === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid: Number(pid), parent: Number(parent), group: Number(group), start: rest[16] ?? '' };
}

function isMarked(pid: number, line: string): boolean {
  return partsOf(`/proc/${pid}/environ`, '\0').includes(line);
}

/** Those of others cannot be read, and one that has ended has none. */
function partsOf(path: string, separator: string): readonly string[] {
  try {
    return readFileSync(path, 'latin1').split(separator);
  } catch {
    return [];
  }
}

function listed(): readonly Row[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,pgid=,lstart='], { encoding: 'utf8' });
  return (stdout ?? '').split('\n').flatMap((line) => {
    const [pid, parent, group, ...start] = line.trim().split(/\s+/);
    return group === undefined
      ? []
      : [{ pid: Number(pid), parent: Number(parent), group: Number(group), start: start.join(' ') }];
  });
}
