import { isRunning } from '../files.ts';

/** How a process looks for its parent; tests replace it. */
export interface Parent {
  readonly platform: NodeJS.Platform;
  pid(): number;
  isRunning(pid: number): boolean;
}

const ours: Parent = { platform: process.platform, pid: () => process.ppid, isRunning };

/**
 * Calls back when the process that started this one has ended. Usually its pipes close, but another process may hold
 * them open.
 *
 * @returns a function that stops watching.
 */
export function onParentGone(everyMs: number, gone: () => void, parent: Parent = ours): () => void {
  const pid = parent.pid();
  // An orphan gets another parent, but on Windows it keeps the id of the one that has ended.
  const isGone = (): boolean =>
    parent.pid() !== pid || (parent.platform === 'win32' && !parent.isRunning(pid));
  const timer = setInterval(() => {
    if (!isGone()) return;
    clearInterval(timer);
    gone();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
