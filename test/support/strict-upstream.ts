import { createHash, type Hash } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** How to respond, as given in the request's query (`?pace=`). */
export const PACES = ['whole', 'late', 'early', 'deaf', 'slow', 'goodbye', 'cut'] as const;
export type Pace = (typeof PACES)[number];

/** One complete request. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly framing: 'none' | 'length' | 'chunked';
  readonly bytes: number;
  readonly digest: string;
  /** The number of its connection, from 1. */
  readonly connection: number;
}

export interface StrictUpstream {
  readonly origin: string;
  readonly port: number;
  readonly received: Received[];
  /** What a strict server refuses, each with the offending bytes. */
  readonly refused: string[];
  readonly connections: () => number;
}

/**
 * A server that parses HTTP/1.1 strictly (RFC 9112): one framing per request, and the next request begins at the very
 * next byte. Anything else is recorded as refused.
 */
export async function strictUpstream(): Promise<StrictUpstream> {
  const received: Received[] = [];
  const refused: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, connections, received, refused);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, port, received, refused, connections: () => connections };
}

interface Reading {
  readonly method: string;
  readonly path: string;
  readonly framing: Received['framing'];
  readonly pace: Pace;
  readonly hash: Hash;
  bytes: number;
  /** Bytes left of the body or the chunk; undefined if a chunk size comes next. */
  left: number | undefined;
  isAnswered: boolean;
}

function serve(socket: Socket, connection: number, received: Received[], refused: string[]): void {
  let buffer: Buffer = Buffer.alloc(0);
  let now: Reading | undefined;
  const refuse = (why: string): false => {
    refused.push(`${why}: ${JSON.stringify(buffer.subarray(0, 120).toString('latin1'))}`);
    socket.destroy();
    return false;
  };
  const answer = (reading: Reading, extra = ''): void => {
    reading.isAnswered = true;
    socket.write(
      `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${extra}\r\n${reading.method === 'HEAD' ? '' : '{}'}`,
    );
  };
  const whole = (): void => {
    if (now === undefined) return;
    const { method, path, framing, bytes, hash, pace, isAnswered } = now;
    received.push({ method, path, framing, bytes, digest: hash.digest('hex'), connection });
    const reading = now;
    if (!isAnswered && pace === 'late') setTimeout(() => answer(reading), 5);
    else if (!isAnswered) answer(reading);
    now = undefined;
  };
  /** @returns whether there may be more to read. */
  const head = (): boolean => {
    const end = buffer.indexOf('\r\n\r\n');
    if (end < 0) {
      if (buffer.length > 0 && !/^[A-Z]/.test(String.fromCharCode(buffer[0] ?? 0)))
        refuse('this begins no request');
      return false;
    }
    const [first = '', ...lines] = buffer.subarray(0, end).toString('latin1').split('\r\n');
    const [, method, path] = /^([A-Z]+) (\/\S*) HTTP\/1\.1$/.exec(first) ?? [];
    if (method === undefined || path === undefined) return refuse('no request line');
    const of = (name: string): string[] =>
      lines
        .filter((line) => line.toLowerCase().startsWith(`${name}:`))
        .map((line) => line.slice(name.length + 1).trim());
    if (!lines.every((line) => /^[!#$%&'*+\-.^_`|~\w]+:/.test(line))) return refuse('no header');
    const [lengths, codings] = [of('content-length'), of('transfer-encoding')];
    if (lengths.length + codings.length > 1) return refuse('framed twice');
    if (lengths.some((text) => !/^\d{1,15}$/.test(text))) return refuse('no length');
    if (codings.some((text) => text !== 'chunked')) return refuse('unknown coding');
    const framing = codings.length > 0 ? 'chunked' : lengths.length > 0 ? 'length' : 'none';
    const pace = PACES.find((one) => path.includes(`pace=${one}`)) ?? 'whole';
    buffer = buffer.subarray(end + 4);
    const left = framing === 'chunked' ? undefined : Number(lengths[0] ?? 0);
    now = { method, path, framing, pace, hash: createHash('sha1'), bytes: 0, left, isAnswered: false };
    if (pace === 'cut' && left !== 0) socket.resetAndDestroy();
    if (pace === 'early' || pace === 'deaf') answer(now);
    if (pace === 'goodbye') {
      answer(now, 'Connection: close\r\n');
      socket.end();
    }
    if (pace === 'slow' || pace === 'deaf') {
      socket.pause();
      setTimeout(() => socket.resume(), 10);
    }
    if (left === 0) whole();
    return true;
  };
  const take = (count: number): void => {
    if (now === undefined) return;
    const part = buffer.subarray(0, count);
    now.hash.update(part);
    now.bytes += part.length;
    buffer = buffer.subarray(part.length);
    if (now.left !== undefined) now.left -= part.length;
  };
  const body = (): boolean => {
    if (now === undefined) return false;
    if (now.framing === 'length') {
      take(now.left ?? 0);
      if (now.left === 0) whole();
      return buffer.length > 0;
    }
    if (now.left === undefined) {
      const end = buffer.indexOf('\r\n');
      if (end < 0) return buffer.length > 20 ? refuse('no size of a chunk') : false;
      const size = buffer.subarray(0, end).toString('latin1');
      if (!/^[0-9a-f]{1,8}$/i.test(size)) return refuse('no size of a chunk');
      const bytes = Number.parseInt(size, 16);
      if (bytes > 0) {
        buffer = buffer.subarray(end + 2);
        now.left = bytes;
        return true;
      }
      if (buffer.length < end + 4) return false;
      if (buffer.subarray(end + 2, end + 4).toString('latin1') !== '\r\n') return refuse('no end');
      buffer = buffer.subarray(end + 4);
      whole();
      return true;
    }
    if (now.left > 0) take(now.left);
    if (now.left > 0 || buffer.length < 2) return false;
    if (buffer.subarray(0, 2).toString('latin1') !== '\r\n') return refuse('no end of a chunk');
    buffer = buffer.subarray(2);
    now.left = undefined;
    return true;
  };
  socket.on('data', (chunk: Buffer) => {
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
    while (!socket.destroyed && (now === undefined ? head() : body()));
  });
}
