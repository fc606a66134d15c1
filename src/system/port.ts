import { usageError } from './errors.ts';

/** @returns the number of a port, 0 for any free one; undefined if the text is not a port number. */
export function portIn(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) < 65_536 ? Number(text) : undefined;
}

/** @throws USAGE (2) naming `what` (the flag). */
export function parsePort(text: string, what: string): number {
  const port = portIn(text);
  if (port !== undefined) return port;
  throw usageError(`${what} takes a number from 0 to 65535, not "${text}".`);
}
