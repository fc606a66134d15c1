import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { startSandbox } from '../../src/sandbox/start.ts';
import { somebody } from './broken-machine.ts';
import type { TestContextOptions } from './context.ts';
import type { Person } from './person.ts';

/** What stands at the platform's address: it answers HTTP, or treats connections in its own way. */
export type Successor = { readonly answers: RequestListener } | { readonly treats: (socket: Socket) => void };

/** Ada is signed in, and then something else takes the platform's address. */
export async function signedInBefore(
  successor: Successor,
  options: TestContextOptions = {},
): Promise<Person & { readonly url: string }> {
  const sandbox = await startSandbox({ autoApprove: 'ada' });
  const ada = somebody(options);
  const { code, stderr } = await ada.run(`profile login --url ${sandbox.url} --store plaintext-file`);
  await sandbox.close();
  if (code !== 0) throw new Error(stderr);
  await listen(
    'answers' in successor ? createHttpServer(successor.answers) : createServer(successor.treats),
    sandbox.port,
  );
  return { ...ada, url: sandbox.url };
}

async function listen(server: Server, port: number): Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
}
