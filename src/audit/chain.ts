import { sha256 } from '../system/digest.ts';
import type { AuditEntry } from './entry.ts';

/** The previous hash in the first line of a log. */
export const GENESIS = '0'.repeat(64);

const SEAL = /,"hash":"([0-9a-f]{64})"\}$/;

/** @returns the log line for an entry: its JSON with its own hash as the last field. */
export function seal(body: Readonly<Record<string, unknown>>): {
  readonly text: string;
  readonly hash: string;
} {
  const json = JSON.stringify(body);
  const hash = hashOf(Buffer.from(json));
  return { text: `${json.slice(0, -1)},"hash":"${hash}"}`, hash };
}

/**
 * Hashes the bytes of a line, not its parsed value: with duplicate fields, a parser keeps only the last.
 *
 * @param line as in the file, one character per byte.
 * @returns whether the line matches its own hash.
 */
export function isSealed(line: string): boolean {
  const found = SEAL.exec(line);
  if (found === null) return false;
  return hashOf(Buffer.from(`${line.slice(0, found.index)}}`, 'latin1')) === found[1];
}

/** @param line as in the file, one character per byte. */
export function parseEntry(line: string): AuditEntry | undefined {
  try {
    const value = JSON.parse(Buffer.from(line, 'latin1').toString('utf8')) as AuditEntry;
    return typeof value === 'object' && value !== null && Number.isInteger(value.seq) ? value : undefined;
  } catch {
    return undefined;
  }
}

function hashOf(bytes: Buffer): string {
  return sha256(bytes);
}
