import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import fc from 'fast-check';

const AT_ONCE = 24;

/** Anything an untrusted client may send to a loopback listener. `paths` and `host` are what it serves. */
export interface Stranger {
  readonly host: string;
  readonly paths: readonly string[];
  readonly query: fc.Arbitrary<string>;
}

const requests = ({ host, paths, query }: Stranger): fc.Arbitrary<string> =>
  fc
    .record({
      method: fc.constantFrom('GET', 'GET', 'GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'G ET'),
      path: fc.constantFrom(...paths),
      named: fc.constantFrom(host, host, host, 'evil.example', `${host}.evil.example`, ''),
      text: query,
      junk: fc.constantFrom(
        ...['', '', '', 'X: y\r\n'],
        ...['Content-Length: -1\r\n', 'Transfer-Encoding: nonsense\r\n', '\u0000'],
      ),
    })
    .map(
      ({ method, path, named, text, junk }) =>
        `${method} ${path}?${text} HTTP/1.1\r\nHost: ${named}\r\n${junk}Connection: close\r\n\r\n`,
    );

/**
 * Sends random requests to a listener, each on its own connection: one in twenty through the kernel, the others as
 * in-memory streams handed to its server, which costs a tenth.
 *
 * @returns how often each status was returned; 0 counts connections closed without a response.
 */
export async function flood(
  port: number,
  stranger: Stranger,
  count: number,
): Promise<ReadonlyMap<number, number>> {
  // Generated once and sent in turn: generating costs more than sending.
  const drawn = fc.sample(requests(stranger), { numRuns: 5000, seed: 20261124 });
  const server = await serverAt(port);
  const statuses = new Map<number, number>();
  let next = 0;
  const sender = async (): Promise<void> => {
    while (next < count) {
      const turn = next++;
      // Each is a separate request.
      const bytes = (drawn[turn % drawn.length] ?? '').replace('?', `?n=${turn}&`);
      const status = await (turn % 20 === 0 ? send(port, bytes) : hand(server, bytes));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  return statuses;
}

/** The server in this process that listens there. */
async function serverAt(port: number): Promise<Server> {
  let found: Server | undefined;
  const note = (message: unknown): void => {
    found = (message as { readonly server: Server }).server;
  };
  subscribe('http.server.request.start', note);
  await send(port, 'GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  unsubscribe('http.server.request.start', note);
  if (found === undefined) throw new Error(`no server of this process answers on ${port}`);
  return found;
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);

/** Sends one request as bytes on its own socket. @returns its status, or 0 if the server closed without one. */
export function send(port: number, bytes: string, address = '127.0.0.1'): Promise<number> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, address, () => socket.end(bytes, 'latin1'));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1', 0, 16);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(statusOf(answer)));
  });
}

function hand(server: Server, bytes: string): Promise<number> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = new Duplex({
      read: () => undefined,
      write: (chunk, _encoding, done) => {
        answer += chunk.toString('latin1', 0, 16);
        done();
      },
      final: (done) => {
        done();
        socket.destroy();
      },
    });
    // Members that only a socket has.
    Object.assign(socket, { setTimeout: () => socket, setNoDelay: () => socket, setKeepAlive: () => socket });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(statusOf(answer)));
    server.emit('connection', socket);
    socket.push(Buffer.from(bytes, 'latin1'));
  });
}
