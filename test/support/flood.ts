import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import fc from 'fast-check';

const AT_ONCE = 24;

/** What every stranger may send to a listener on loopback: `paths` and `host` say what it would take for its own. */
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
 * Sends random requests to a listener, each on a connection of its own: one in twenty through the kernel, the others as
 * streams in memory that its server is handed, which costs a tenth.
 *
 * @returns how often each status was answered; 0 is a connection that was closed without one.
 */
export async function flood(
  port: number,
  stranger: Stranger,
  count: number,
): Promise<ReadonlyMap<number, number>> {
  // Drawn once and sent in turn: drawing costs more than sending.
  const drawn = fc.sample(requests(stranger), { numRuns: 5000, seed: 20261124 });
  const server = await serverAt(port);
  const statuses = new Map<number, number>();
  let next = 0;
  const sender = async (): Promise<void> => {
    while (next < count) {
      const turn = next++;
      // Each is another one all the same.
      const bytes = (drawn[turn % drawn.length] ?? '').replace('?', `?n=${turn}&`);
      const status = await (turn % 20 === 0 ? send(port, bytes) : hand(server, bytes));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  return statuses;
}

/** The server of this process that answers there. */
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

/** One request as bytes on a socket of its own; answers its status, or 0 when the server closed without one. */
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
    // What only a socket has.
    Object.assign(socket, { setTimeout: () => socket, setNoDelay: () => socket, setKeepAlive: () => socket });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(statusOf(answer)));
    server.emit('connection', socket);
    socket.push(Buffer.from(bytes, 'latin1'));
  });
}
