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
    return { status: 400, why: 'invalid Content-Length' };
  }
  if (length !== undefined)
    return { status: 400, why: 'Content-Length and Transfer-Encoding exclude each other' };
  if (httpVersion !== '1.1') return { status: 400, why: 'HTTP/1.0 has no chunked encoding' };
  if (coding.toLowerCase() === 'chunked') return undefined;
  return { status: 501, why: 'only the chunked transfer coding is supported' };
}
