import { createServer } from 'node:net';

/** Below the ports that systems give to connections and to servers that ask for any (from 32768 or 49152 on). */
const [FIRST, COUNT] = [20_000, 12_000];

/** @returns a port of the loopback address that nobody listens on, and that the system gives to nobody else. */
export async function freePort() {
  for (let tries = 0; tries < 50; tries += 1) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (await isFree(port)) return port;
  }
  throw new Error('found no free port');
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
