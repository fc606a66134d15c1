import { sha256 } from '../system/digest.ts';
import type { AuditEntry } from './entry.ts';

/** What the first line of a log names as the hash of the one before. */
export const GENESIS = '0'.repeat(64);

const SEAL = /,"hash":"([0-9a-f]{64})"\}$/;

/** @returns the line of an entry: its JSON with its own hash as the last field. */
export function seal(body: Readonly<Record<string, unknown>>): {
  readonly text: string;
  readonly hash: string;
} {
  const json = JSON.stringify(body);
  const hash = hashOf(Buffer.from(json));
  return { text: `${json.slice(0, -1)},"hash":"${hash}"}`, hash };
}

/**
 * A line counts by its bytes and not by what a parser makes of them, which of two fields of one name takes the last.
 *
 * @param line as it stands in the file, one character per byte.
 * @returns whether the line hashes to what it says.
 */
export function isSealed(line: string): boolean {
  const found = SEAL.exec(line);
  if (found === null) return false;
  return hashOf(Buffer.from(`${line.slice(0, found.index)}}`, 'latin1')) === found[1];
}

/** @param line as it stands in the file, one character per byte. */
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
