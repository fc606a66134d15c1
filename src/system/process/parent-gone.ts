/**
 * Calls back when the process that started this one has ended. Its pipes say so as a rule; somebody else may hold them open.
 *
 * @returns what stops watching.
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
