import type { Progress, Terminal } from './terminal.ts';

/**
 * Shows progress while something runs, and whether it succeeded.
 *
 * @param doneText what to say at the end; nothing by default.
 */
export async function withProgress<T>(
  terminal: Pick<Terminal, 'progress'>,
  text: string,
  work: (progress: Progress) => Promise<T>,
  doneText: (result: T) => string | undefined = () => undefined,
): Promise<T> {
  const progress = await terminal.progress(text);
  let result: T;
  try {
    result = await work(progress);
  } catch (error) {
    progress.fail();
    throw error;
  }
  progress.done(doneText(result));
  return result;
}
