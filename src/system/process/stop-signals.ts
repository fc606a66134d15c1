import { type CodemieError, interrupted } from '../errors.ts';
import type { StopSignal } from './child.ts';

/** Ctrl-Break on Windows means what Ctrl-C means. */
const SIGNALS = { SIGINT: 'SIGINT', SIGBREAK: 'SIGINT', SIGTERM: 'SIGTERM', SIGHUP: 'SIGHUP' } as const;

/**
 * First signal: unwind and clean up. Second: exit at once. A command may take the signals over
 * (Context.takeSignals).
 *
 * @param end ends the process at once.
 */
export function listenForSignals(
  source: Pick<NodeJS.EventEmitter, 'on'>,
  stop: AbortController,
  end: (error: CodemieError) => void,
): (listener: (signal: StopSignal) => void) => () => void {
  let taken: ((signal: StopSignal) => void) | undefined;
  for (const [name, signal] of Object.entries(SIGNALS)) {
    source.on(name, () => {
      if (taken !== undefined) return taken(signal);
      const error = interrupted(signal);
      if (stop.signal.aborted) return end(error);
      stop.abort(error);
    });
  }
  return (listener) => {
    taken = listener;
    return () => {
      taken = undefined;
    };
  };
}
