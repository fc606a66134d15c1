import { constants, createReadStream, openSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/**
 * Opens an input path that the user gave: a file, or a pipe such as the shell's `<(command)`. Waiting for the writer
 * of a named pipe does not keep this process alive, as an ordinary open would.
 *
 * @throws the system error if it cannot be opened.
 */
export function openInput(path: string): Readable {
  if (!statSync(path).isFIFO()) return createReadStream(path);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}
