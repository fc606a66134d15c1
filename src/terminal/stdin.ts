import type { Readable } from 'node:stream';
import { decodeText } from '../system/decode-text.ts';
import { usageError } from '../system/errors.ts';

const MIB = 1_048_576;

/**
 * @param signal ends the wait: data may never arrive.
 * @param limit in MiB; what is read and from where, for the error.
 * @returns everything read from a stream, decoded from UTF-8 or UTF-16.
 * @throws USAGE if there is more than the limit, and the reason of the signal.
 */
export async function readAll(
  stream: Readable,
  signal: AbortSignal,
  limit: { readonly mib: number; readonly what: string; readonly from?: string } = {
    mib: 1,
    what: 'a token or an API key',
  },
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const stop = (): void => void stream.destroy(signal.reason as Error);
  signal.throwIfAborted();
  signal.addEventListener('abort', stop);
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      size += bytes.length;
      if (size > limit.mib * MIB)
        throw usageError(
          `${limit.from ?? 'The input'} is larger than ${limit.mib} MiB, which is too large for ${limit.what}.`,
        );
      chunks.push(bytes);
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return decodeText(Buffer.concat(chunks));
}
