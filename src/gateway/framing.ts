import type { IncomingMessage } from 'node:http';
import type { Refusal } from './guard.ts';

/**
 * Checks that the end of a request's body is unambiguous (RFC 9112 §6). Node's parser rejects most other requests;
 * this rejects the rest, because we would forward them with different framing.
 */
export function framingRefusal({
  headers,
  httpVersion,
}: Pick<IncomingMessage, 'headers' | 'httpVersion'>): Refusal | undefined {
  const coding = headers['transfer-encoding'];
  const length = headers['content-length'];
  if (coding === undefined) {
    if (length === undefined || (/^\d+$/.test(length) && Number.isSafeInteger(Number(length))))
      return undefined;
    return { status: 400, why: 'this Content-Length is not a length' };
  }
  if (length !== undefined) return { status: 400, why: 'a body has a length or comes in chunks, not both' };
  if (httpVersion !== '1.1') return { status: 400, why: 'HTTP/1.0 knows no chunks' };
  if (coding.toLowerCase() === 'chunked') return undefined;
  return { status: 501, why: 'the only transfer coding is chunked' };
}
