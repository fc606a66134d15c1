import { fstatSync, writeSync } from 'node:fs';
import { systemCode } from '../system/errors.ts';
import { HAS_FILE_MODES } from '../system/file-modes.ts';
import type { Streams } from './streams.ts';

const NUMBERS = { stdin: 0, stdout: 1, stderr: 2 } as const;
type Output = 'stdout' | 'stderr';

/** The process's own streams. */
export interface Standard extends Streams {
  /** Whether it is a terminal; asked without opening the stream. */
  isTTY(name: keyof typeof NUMBERS): boolean;
  write(name: Output, text: string): void;
  /**
   * Calls back when all that was written has gone out.
   *
   * @param done is given what made it impossible for stdout; a reader that has gone away is no fault.
   */
  drain(done: (lost: unknown) => void): void;
}

/**
 * Each stream is opened when somebody needs one: what Node loads for the three of them is a fifth of what a small command
 * takes. A pipe or a file is written to as it is, which is what Node's stream does with them on POSIX.
 */
export function standardStreams(): Standard {
  const opened = new Set<Output>();
  /** The first fault of each; what is written after it fails because of it. */
  const faults = new Map<Output, unknown>();
  // A full disk, a closed pipe or a closed window must not end what goes on: an agent at work, a session being stored.
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
      // A file is written at once, and its stream throws.
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

/** A console of Windows takes no UTF-8 as bytes, and a terminal may have to be waited for. */
function isPlain(number: number): boolean {
  if (!HAS_FILE_MODES) return false;
  try {
    const stat = fstatSync(number);
    return stat.isFIFO() || stat.isFile() || stat.isSocket();
  } catch {
    return false;
  }
}

/** @returns what could not be written: all of it, or what a full pipe that does not wait left over. */
function writeNow(number: number, bytes: Buffer): Buffer {
  if (!isPlain(number)) return bytes;
  let done = 0;
  try {
    while (done < bytes.length) done += writeSync(number, bytes, done);
  } catch {
    // The stream knows how to wait, and how to say that nobody reads any more.
  }
  return bytes.subarray(done);
}
