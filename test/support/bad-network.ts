import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** How a proxy or a server treats a connection. */
export const MISBEHAVIOURS = {
  closes: (socket: Socket) => void socket.once('data', () => socket.end()),
  resets: (socket: Socket) => void socket.once('data', () => socket.resetAndDestroy()),
  'never answers': (socket: Socket) => void socket.resume(),
  'answers a letter at a time': (socket: Socket) => {
    socket.resume();
    const letters = [...`HTTP/1.1 200 OK\r\nX-Slow: ${'x'.repeat(10_000)}`];
    const timer = setInterval(() => void socket.write(letters.shift() ?? ''), 20);
    socket.once('close', () => clearInterval(timer));
  },
  'answers 403': status('403 Forbidden'),
  'answers 407': status('407 Proxy Authentication Required', 'Proxy-Authenticate: Basic realm="corp"'),
  'answers 407 and knows NTLM alone': status(
    '407 Proxy Authentication Required',
    'Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM',
  ),
  'answers 503': status('503 Service Unavailable'),
  'opens a tunnel that is dead': (socket: Socket) => {
    socket.once('data', () => socket.resume().write('HTTP/1.1 200 Connection Established\r\n\r\n'));
  },
} satisfies Record<string, (socket: Socket) => void>;
export type Misbehaviour = keyof typeof MISBEHAVIOURS;

function status(line: string, headers = 'X-Nothing: 1') {
  return (socket: Socket): void => {
    socket.once('data', () => socket.end(`HTTP/1.1 ${line}\r\n${headers}\r\nContent-Length: 0\r\n\r\n`));
  };
}

export interface BadNetwork {
  readonly host: string;
  /** The number of connections so far. */
  readonly connections: () => number;
  /** Resolves on the first connection. */
  readonly reached: Promise<void>;
}

/** A misbehaving listener on loopback, closed after the test. */
export async function badNetwork(how: Misbehaviour): Promise<BadNetwork> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let reach: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    socket.once('data', () => reach());
    MISBEHAVIOURS[how](socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { host: `127.0.0.1:${port}`, connections: () => connections, reached };
}
