import { createHash } from 'node:crypto';
import { connect } from 'node:net';

/** How an agent frames a request's body, correctly or not. */
export const FRAMINGS = [
  'none',
  'length',
  'chunks',
  'many chunks',
  'chunks with trailers',
  'length, broken off',
  'chunks, broken off',
  'length twice',
  'length and chunks',
  'chunks and length',
  'another coding',
  'coding twice',
  'empty coding',
  'HTTP/1.0 chunks',
  'length beyond any number',
  'signed length',
  'wants an upgrade',
  'expects 100',
] as const;
export type Framing = (typeof FRAMINGS)[number];

export interface RawRequest {
  readonly framing: Framing;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** Where the bytes are split into writes, as fractions of the whole. */
  readonly cuts: readonly number[];
}

/** The status lines received until the other end closed. */
export interface RawAnswer {
  readonly statuses: readonly number[];
}

export const digestOf = (body: Buffer): string => createHash('sha1').update(body).digest('hex');

/** @returns the bytes of a request, and whether they are complete. */
function bytesOf({ framing, method, path, headers, body }: RawRequest): Buffer {
  const version = framing === 'HTTP/1.0 chunks' ? '1.0' : '1.1';
  const head = (...own: string[]): Buffer =>
    Buffer.from(`${[`${method} ${path} HTTP/${version}`, ...headers, ...own].join('\r\n')}\r\n\r\n`);
  const length = `Content-Length: ${body.length}`;
  const coded = 'Transfer-Encoding: chunked';
  const half = body.subarray(0, Math.floor(body.length / 2));
  switch (framing) {
    case 'none':
      return head();
    case 'length':
      return Buffer.concat([head(length), body]);
    case 'expects 100':
      return Buffer.concat([head(length, 'Expect: 100-continue'), body]);
    case 'wants an upgrade':
      return Buffer.concat([head(length, 'Connection: upgrade', 'Upgrade: h2c'), body]);
    case 'length, broken off':
      return Buffer.concat([head(`Content-Length: ${body.length + 1}`), half]);
    case 'length twice':
      return Buffer.concat([head(length, 'Content-Length: 0'), body]);
    case 'length beyond any number':
      return Buffer.concat([head('Content-Length: 9007199254740993'), body]);
    case 'signed length':
      return Buffer.concat([head(`Content-Length: +${body.length}`), body]);
    case 'length and chunks':
      return Buffer.concat([head(length, coded), chunks(body, 1)]);
    case 'chunks and length':
      return Buffer.concat([head(coded, 'Content-Length: 0'), chunks(body, 1)]);
    case 'another coding':
      return Buffer.concat([head('Transfer-Encoding: gzip, chunked'), chunks(body, 1)]);
    case 'coding twice':
      return Buffer.concat([head('Transfer-Encoding: identity', coded), chunks(body, 1)]);
    case 'empty coding':
      return Buffer.concat([head('Transfer-Encoding: '), body]);
    case 'chunks':
    case 'HTTP/1.0 chunks':
      return Buffer.concat([head(coded), chunks(body, 1)]);
    case 'many chunks':
      return Buffer.concat([head(coded), chunks(body, 7)]);
    case 'chunks with trailers':
      return Buffer.concat([head(coded, 'Trailer: X-Sum'), chunks(body, 2, 'X-Sum: 1\r\n')]);
    case 'chunks, broken off':
      return Buffer.concat([head(coded), Buffer.from(`${(body.length + 1).toString(16)}\r\n`), half]);
  }
}

function chunks(body: Buffer, count: number, trailers = ''): Buffer {
  const size = Math.max(1, Math.ceil(body.length / count));
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size);
    parts.push(Buffer.from(`${part.length.toString(16)};x=y\r\n`), part, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from(`0\r\n${trailers}\r\n`)]);
}

/** Sends a request in pieces, and hangs up once it was answered or cut off. */
export function sendRaw(port: number, request: RawRequest): Promise<RawAnswer> {
  const bytes = bytesOf(request);
  const ends = [...request.cuts, 1].map((share) => Math.floor(share * bytes.length)).sort((a, b) => a - b);
  const isBrokenOff = request.framing.endsWith('broken off');
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const isWhole = /HTTP\/1\.1 [2-5]\d\d [\s\S]*?\r\n\r\n/.test(text);
      if (isWhole && !isBrokenOff) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.once('close', () =>
      resolve({ statuses: [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)) }),
    );
    let at = 0;
    const next = (): void => {
      const end = ends.shift();
      if (socket.destroyed) return;
      if (end === undefined) {
        if (isBrokenOff) socket.destroy();
        return;
      }
      const part = bytes.subarray(at, end);
      at = end;
      socket.write(part, () => setImmediate(next));
    };
    socket.once('connect', next);
  });
}
