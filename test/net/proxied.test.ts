import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { proxyAgent } from '../../src/net/proxied.ts';
import { fakePlatform } from '../support/platform.ts';

it('headers as large as a renewed session come through a proxy, too', async () => {
  const cookies = Array.from({ length: 12 }, (_, i) => `session_${i}=${'x'.repeat(4000)}`);
  const platform = await fakePlatform(
    (_request, response) => void response.writeHead(200, { 'set-cookie': cookies }).end('{}'),
  );
  const proxy = createServer().on('connect', (_request, socket) => {
    const other = connect(platform.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      other.pipe(socket).pipe(other);
    });
    for (const end of [other, socket]) end.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', () => resolve()));
  const agent = proxyAgent(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, undefined);
  onTestFinished(async () => {
    await agent.destroy();
    proxy.close();
  });
  const answer = await agent.request({ origin: platform.origin, path: '/', method: 'GET' });
  expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([200, cookies]);
  await answer.body.dump();
});
