import { fstatSync, writeSync } from 'node:fs';
import { systemCode } from '../system/errors.ts';
import { HAS_FILE_MODES } from '../system/file-modes.ts';
import type { Streams } from './streams.ts';

const NUMBERS = { stdin: 0, stdout: 1, stderr: 2 } as const;
type Output = 'stdout' | 'stderr';

/** The process's own streams. */
export interface Standard extends Streams {
  /** Whether it is a terminal. Does not open the stream. */
  isTTY(name: keyof typeof NUMBERS): boolean;
  write(name: Output, text: string): void;
  /**
   * Calls `done` once everything written has been flushed.
   *
   * @param done receives the error that made writing to stdout fail; a closed reader (EPIPE) is not an error.
   */
  drain(done: (lost: unknown) => void): void;
}

/**
 * Opens each stream on first use: loading Node's three streams takes a fifth of the time of a small command. Pipes
 * and files are written to directly, as Node's own stream does on POSIX.
 */
export function standardStreams(): Standard {
  const opened = new Set<Output>();
  /** The first error of each stream; later writes fail because of it. */
  const faults = new Map<Output, unknown>();
  // A full disk, a closed pipe or a closed window must not stop other work: a running agent, a session being
  // stored.
  const lose = (name: Output, error: unknown): void => {
    if (!faults.has(name)) faults.set(name, error);
  };
  const lost = (): unknown => {
    const fault = faults.get('stdout');
    return systemCode(fault) === 'EPIPE' ? undefined : fault;
  };
  const open = <Name extends Output>(name: Name): NodeJS.Process[Name] => {
    if (!opened.has(name)) process[name].on('error', (error) => lose(name, error));
    opened.add(name);
    return process[name];
  };
  const handOver = (name: Output, data: string | Buffer, done?: () => void): void => {
    try {
      open(name).write(data, (error) => {
        if (error) lose(name, error);
        done?.();
      });
    } catch (error) {
      // Files are written synchronously, so the stream throws.
      lose(name, error);
      done?.();
    }
  };
  return {
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return open('stdout');
    },
    get stderr() {
      return open('stderr');
    },
    isTTY: (name) => !isPlain(NUMBERS[name]) && process.getBuiltinModule('node:tty').isatty(NUMBERS[name]),
    write: (name, text) => {
      const bytes = Buffer.from(text);
      const left = opened.has(name) ? bytes : writeNow(NUMBERS[name], bytes);
      if (left.length > 0) handOver(name, left);
    },
    drain: (done) => {
      const [first, second] = opened;
      const end = (): void => done(lost());
      const last = second === undefined ? end : () => handOver(second, '', end);
      if (first === undefined) last();
      else handOver(first, '', last);
    },
  };
}

/** Excludes a Windows console, which does not accept UTF-8 bytes, and a terminal, which may block. */
function isPlain(number: number): boolean {
  if (!HAS_FILE_MODES) return false;
  try {
    const stat = fstatSync(number);
    return stat.isFIFO() || stat.isFile() || stat.isSocket();
  } catch {
    return false;
  }
}

/** @returns the bytes not written: all of them, or what did not fit into a full non-blocking pipe. */
function writeNow(number: number, bytes: Buffer): Buffer {
  if (!isPlain(number)) return bytes;
  let done = 0;
  try {
    while (done < bytes.length) done += writeSync(number, bytes, done);
  } catch {
    // The stream can wait, and can report a closed reader.
  }
  return bytes.subarray(done);
}
