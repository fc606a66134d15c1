import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { testContext } from '../support/context.ts';
import { type FakePlatform, fakePlatform, post, testGateway } from '../support/platform.ts';

const HALF = 'POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ';

const counting = (): Promise<FakePlatform> =>
  fakePlatform((request, response) => {
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
    });
    request.on('end', () => response.end(String(size)));
  });

async function opened(port: number, text = ''): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  if (text !== '') socket.write(text);
  return socket.resume();
}

const isOpen = (socket: Socket): boolean => !socket.closed && !socket.readableEnded;

describe('the gateway and slow requests', () => {
  it('hangs up on a partial request after a while, but not on a longer upload', async () => {
    const platform = await counting();
    const context = testContext({ limits: { headersMs: 200 } });
    const gateway = await testGateway(platform.origin, {}, context);
    const upload = await opened(gateway.port);
    let answer = '';
    upload.on('data', (chunk) => {
      answer += chunk;
    });
    const key = gateway.key.reveal();
    const head = `POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nX-Api-Key: ${key}`;
    upload.write(`${head}\r\nContent-Length: 6\r\n\r\nabc`);
    const half = await opened(gateway.port, HALF);
    await once(half, 'close');
    // The upload began before the partial request, so its deadline would have passed as well.
    upload.write('def');
    await expect.poll(() => answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\n6$/);
  });

  it('keeps 256 of 600 partial requests without the key, and still serves the agent’s old and new connections', async () => {
    const platform = await counting();
    const gateway = await testGateway(platform.origin);
    const agent = await opened(gateway.port);
    let answers = '';
    agent.on('data', (chunk) => {
      answers += chunk;
    });
    const key = gateway.key.reveal();
    const whole = `GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nX-Api-Key: ${key}\r\n\r\n`;
    agent.write(whole);
    await expect.poll(() => answers).toContain('HTTP/1.1 200');
    const halves = await Promise.all(Array.from({ length: 600 }, () => opened(gateway.port, HALF)));
    await expect.poll(() => halves.filter(isOpen).length).toBe(256);
    agent.write(whole);
    await expect.poll(() => answers.match(/HTTP\/1\.1 200/g)?.length).toBe(2);
    expect((await post(gateway, '/v1/messages', '12345')).body).toBe('5');
  });
});
