/**
 * Calls back when the process that started this one has ended. Usually its pipes close, but another process may hold
 * them open.
 *
 * @returns a function that stops watching.
 */
export function onParentGone(everyMs: number, gone: () => void): () => void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
