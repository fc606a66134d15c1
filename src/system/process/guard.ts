import { type ChildProcess, spawn } from 'node:child_process';
import type { Env } from '../env.ts';
import { bareEnvironment, type ChildEnvironment } from './child-environment.ts';
import { windowsProgram } from './find-program.ts';
import { RUN_MARK } from './tree.ts';

export interface Guarded {
  readonly pid: number;
  /** Whether the child leads its own process group. */
  readonly ownGroup: boolean;
  /** The mark in the environment of the child's processes. */
  readonly mark: string;
  /** A private folder of the run; empty if there is none. */
  readonly folder: string;
}

interface GuardCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: ChildEnvironment;
}

/**
 * Ends the child if we die without cleanup (SIGKILL, a crash): a separate process waits for the end of a pipe that
 * only we hold open. Otherwise the child would live on, talking to a port that no one listens on.
 *
 * @returns a function that removes the guard once the child has ended; it resolves when the guard is gone.
 */
export function startGuard(child: Guarded, platform: NodeJS.Platform): () => Promise<void> {
  const { program, args, env } = guardCommand(child, platform, process.env);
  const guard: ChildProcess = spawn(program, [...args], {
    // Outside our process group, which may be what is being killed.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env,
    windowsHide: true,
  });
  // Wait for it, so that it is not still listed after we have ended.
  const gone = new Promise<void>((resolve) => {
    guard.once('error', () => resolve());
    guard.once('exit', () => resolve());
  });
  guard.stdin?.on('error', () => undefined);
  guard.unref();
  (guard.stdin as unknown as { unref?: () => void }).unref?.();
  return () => {
    guard.ref();
    guard.kill('SIGKILL');
    return gone;
  };
}

/** The guard is a shell, which starts fastest. Windows has no shell we can rely on, so it is Node there. */
export function guardCommand(
  { pid, ownGroup, mark, folder }: Guarded,
  platform: NodeJS.Platform,
  env: Env,
): GuardCommand {
  if (platform === 'win32') {
    const taskkill = windowsProgram('taskkill', env);
    const args = ['-e', WINDOWS_GUARD, taskkill, `${pid}`, folder];
    return { program: process.execPath, args, env: bareEnvironment({ SystemRoot: env['SystemRoot'] }) };
  }
  const target = ownGroup ? `-${pid}` : `${pid}`;
  const args = ['-c', GUARD, target, folder, `${RUN_MARK}=${mark}`];
  return { program: '/bin/sh', args, env: bareEnvironment({ PATH: '/usr/bin:/bin' }) };
}

/** Arguments: the program that ends a tree, the child, the folder of the run. */
const WINDOWS_GUARD = `const [taskkill, pid, folder] = process.argv.slice(1);
const finish = () => {
  const options = { stdio: 'ignore', timeout: 5000, windowsHide: true };
  require('node:child_process').spawnSync(taskkill, ['/PID', pid, '/T', '/F'], options);
  if (folder !== '')
    require('node:fs').rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
};
process.stdin.on('end', finish).on('error', finish).resume();`;

/**
 * Arguments: the child or its group, the folder of the run, the mark of its processes. Collects all descendants
 * before it ends the first one.
 */
const GUARD = `target=$0 folder=$1 mark=$2
look() {
  family=" \${target#-} " more=yes
  while [ -n "$more" ]; do
    more=
    for file in /proc/[0-9]*/stat; do
      { read -r line < "$file"; } 2>/dev/null || continue
      pid=\${line%% *}
      set -- \${line##*) }
      case $family in *" $pid "*) continue ;; esac
      case $family in *" $2 "*) family="$family$pid " more=yes ;; esac
    done
  done
}
finish() {
  kill -s "$1" -- "$target" $family
  for file in /proc/[0-9]*/environ; do
    grep -qzxF "$mark" "$file" || continue
    pid=\${file#/proc/}
    kill -s "$1" "\${pid%/environ}"
  done
}
read -r _
look
finish TERM
[ -z "$folder" ] || rm -rf "$folder"
sleep 3
finish KILL`;
