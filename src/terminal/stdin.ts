import type { Readable } from 'node:stream';
import { usageError } from '../system/errors.ts';

const MOST = 1_048_576;

/**
 * @param signal ends the wait: data may never arrive.
 * @returns everything read from a stream, at most 1 MiB.
 * @throws USAGE if there is more, and the reason of the signal.
 */
export async function readAll(stream: Readable, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const stop = (): void => void stream.destroy(signal.reason as Error);
  signal.throwIfAborted();
  signal.addEventListener('abort', stop);
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      size += bytes.length;
      if (size > MOST)
        throw usageError('The input is larger than 1 MiB, which is too large for a token or an API key.');
      chunks.push(bytes);
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return Buffer.concat(chunks).toString('utf8');
}
