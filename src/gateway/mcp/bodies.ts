import type { IncomingMessage } from 'node:http';

import { PassThrough, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { UpstreamAnswer } from '../../net/stream/request.ts';
import { Refused, refuse } from './refuse.ts';

/** Of a document that is rewritten, bytes: more than any metadata, registration or token request has. */
const LARGEST = 1_048_576;
const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/**
 * Reads and decodes a server's document. It is counted as it is decoded, so that a small body cannot become a large one.
 *
 * @throws Refused: 502 if it is too large or cannot be decoded.
 */
export async function readAnswer({ headers, body }: UpstreamAnswer): Promise<Buffer> {
  const coding = String(headers['content-encoding'] ?? 'identity').toLowerCase();
  const make = coding === 'identity' ? () => new PassThrough() : DECODERS[coding];
  if (make === undefined) {
    body.destroy();
    throw refuse(502, 'the server sent its document in an unknown encoding');
  }
  const decoder = make();
  const broken = refuse(502, 'the document of the server was cut off, or is not encoded correctly');
  body.once('close', () => {
    if (!body.readableEnded) decoder.destroy(broken);
  });
  try {
    return await collect(body.pipe(decoder), 502);
  } catch (error) {
    throw error instanceof Refused ? error : broken;
  } finally {
    body.destroy();
    decoder.destroy();
  }
}

/** @throws Refused (413). */
export function readRequest(request: IncomingMessage): Promise<Buffer> {
  return collect(request, 413);
}

async function collect(source: Readable, status: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const piece of source) {
    const chunk = piece as Buffer;
    size += chunk.length;
    if (size > LARGEST) throw refuse(status, 'more than 1 MiB was sent where a small document was expected');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
