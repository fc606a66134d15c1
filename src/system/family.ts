import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Marks the processes of one run: every one of them inherits it, whatever group or session it moves to. */
export const RUN_MARK = 'CODEMIE_RUN';

export interface Relative {
  readonly pid: number;
  /** Of which process group. */
  readonly group: number;
}

/**
 * A child, the processes it started, and what those started, as far as they still run.
 *
 * Linux tells the environment a process was started with (proc(5)), so those whose parent has ended are found, too; elsewhere
 * it is descent alone.
 */
export function familyOf(pid: number, mark: string): readonly Relative[] {
  return process.platform === 'linux' ? marked(`${RUN_MARK}=${mark}`) : descendants(pid);
}

function marked(line: string): readonly Relative[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || !partsOf(`/proc/${name}/environ`, '\0').includes(line)) return [];
    // State, parent, group: the command's name, in brackets before them, may hold anything.
    const group = Number(partsOf(`/proc/${name}/stat`, ') ').at(-1)?.split(' ')[2]);
    return [{ pid: Number(name), group }];
  });
}

/** Those of others cannot be read, and one that has ended has none. */
function partsOf(path: string, separator: string): readonly string[] {
  try {
    return readFileSync(path, 'latin1').split(separator);
  } catch {
    return [];
  }
}

function descendants(pid: number): readonly Relative[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,pgid='], { encoding: 'utf8' });
  const rows = (stdout ?? '').split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  const found = rows.filter(([own]) => own === pid);
  for (let wave = found; wave.length > 0; ) {
    wave = rows.filter(([, parent]) => wave.some(([own]) => own === parent));
    found.push(...wave);
  }
  return found.map(([own = 0, , group = 0]) => ({ pid: own, group }));
}
