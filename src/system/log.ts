import { redact } from './redact.ts';

/** The debug log: one redacted line per event on stderr, only when debugging is on. */
export interface Log {
  readonly enabled: boolean;
  debug(event: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** @param write receives one redacted line, without its newline. */
export function createLog(enabled: boolean, now: () => number, write: (line: string) => void): Log {
  return {
    enabled,
    debug: (event, fields) => {
      if (!enabled) return;
      const detail = fields === undefined ? '' : ` ${JSON.stringify(fields)}`;
      write(redact(`codemie debug ${new Date(now()).toISOString()} ${event}${detail}`));
    },
  };
}
