import type { Readable, Writable } from 'node:stream';

export interface Streams {
  readonly stdin: Readable & { isTTY?: boolean };
  readonly stdout: Writable & { isTTY?: boolean; columns?: number };
  readonly stderr: Writable & { isTTY?: boolean; columns?: number };
  /** These avoid opening a stream (process-streams.ts); without them, the streams themselves are used. */
  readonly isTTY?: (name: 'stdin' | 'stdout' | 'stderr') => boolean;
  readonly write?: (name: 'stdout' | 'stderr', text: string) => void;
}
