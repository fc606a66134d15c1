import { constants, createReadStream, openSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/**
 * Opens what a person names as input: a file, or a pipe such as the shell's `<(command)`. A named pipe that nobody writes to
 * yet is waited for without holding up the end of this process, which an ordinary open would.
 *
 * @throws the system's error for what cannot be opened.
 */
export function openInput(path: string): Readable {
  if (!statSync(path).isFIFO()) return createReadStream(path);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}
