import type { Writable } from 'node:stream';
import type { Clock } from '../../system/clock.ts';

/** Written at a time, bytes: what a reader has taken can only be seen by the piece. */
const PIECE = 65_536;
/** Waiting bytes from which on nothing more is read from the server. */
const ENOUGH = 1_048_576;
/** A reader that takes nothing for this long, ms, is not reading. */
const STALLED_MS = 1000;

/** Standard output, written piece by piece as its reader takes it. */
export interface Outlet {
  /** Writes a line after those before it. Rejects when the reader has gone. */
  write(line: string): Promise<void>;
  /** Waits while a lot is to be written; the server is not read meanwhile. */
  whenCalm(): Promise<void>;
  /** Waits for the reader to take everything. @returns false if it does not read, or not within `mostMs`. */
  flush(mostMs: number): Promise<boolean>;
}

export function outletTo(stream: Writable, clock: Clock): Outlet {
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  let lost: Error | undefined;
  let taken: (() => void)[] = [];
  const wake = (): void => {
    const all = taken;
    taken = [];
    for (const go of all) go();
  };
  stream.on('error', (error) => {
    lost ??= error;
    waiting = 0;
    wake();
  });
  const nextPiece = (): Promise<void> => new Promise((resolve) => taken.push(resolve));
  const put = (piece: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      if (lost !== undefined) return reject(lost);
      stream.write(piece, (error) => {
        waiting = Math.max(0, waiting - piece.length);
        wake();
        if (error) reject(error);
        else resolve();
      });
    });
  const send = async (bytes: Buffer): Promise<void> => {
    for (let at = 0; at < bytes.length; at += PIECE) await put(bytes.subarray(at, at + PIECE));
  };
  return {
    write: (line) => {
      // Joining text first would copy a large line once more.
      const bytes = Buffer.allocUnsafe(Buffer.byteLength(line) + 1);
      bytes.write(line);
      bytes[bytes.length - 1] = 10;
      waiting += bytes.length;
      const sent = last.then(() => send(bytes));
      last = sent.catch(() => undefined);
      return sent;
    },
    whenCalm: async () => {
      while (waiting > ENOUGH) await nextPiece();
    },
    flush: async (mostMs) => {
      const until = clock.now() + mostMs;
      while (waiting > 0) {
        const before = waiting;
        const patience = new AbortController();
        const pause = clock.sleep(Math.min(STALLED_MS, until - clock.now()), patience.signal);
        await Promise.race([nextPiece(), pause.catch(() => undefined)]);
        patience.abort();
        if (waiting === before || clock.now() >= until) return waiting === 0;
      }
      return true;
    },
  };
}
