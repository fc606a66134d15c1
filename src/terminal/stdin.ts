import type { Readable } from 'node:stream';
import { usageError } from '../system/errors.ts';

const MOST = 1_048_576;

/**
 * @returns everything piped to a stream, at most 1 MiB.
 * @throws USAGE beyond that.
 */
export async function readAll(stdin: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > MOST) throw usageError('More than 1 MiB arrived on stdin; that is no token.');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}
