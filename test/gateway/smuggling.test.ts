import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { post, testGateway } from '../support/platform.ts';
import { strictUpstream } from '../support/strict-upstream.ts';

/** More than the gateway keeps of a body. */
const LARGE = 33 * 1_048_576;
const INNER = 'GET /code-assistant-api/v1/user HTTP/1.1\r\nHost: x\r\nX-Rest: ';

/** @returns the first line of the response. */
function raw(port: number, ...parts: (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\r\n\r\n')) socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(text.split('\r\n')[0] ?? ''));
    for (const part of parts) socket.write(part);
  });
}

describe('an agent that hides a request in the body of another', () => {
  it.each(['GET /v1/models', 'POST /v1/messages'])(
    '%s in chunks, too large to be kept: the platform sees one request',
    async (line) => {
      const platform = await strictUpstream();
      const gateway = await testGateway(platform.origin);
      const status = await raw(
        gateway.port,
        `${line} HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nX-Api-Key: ${gateway.key.reveal()}\r\n`,
        'Transfer-Encoding: chunked\r\n\r\n',
        `${LARGE.toString(16)}\r\n`,
        Buffer.alloc(LARGE, 'x'),
        `\r\n${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`,
      );
      expect(status).toContain(' 200 ');
      expect((await post(gateway, '/v1/messages')).status).toBe(200);
      expect(platform.refused).toEqual([]);
      expect(platform.received.map(({ path, bytes }) => [path, bytes])).toEqual([
        [`/code-assistant-api${line.split(' ')[1]}`, LARGE + INNER.length],
        ['/code-assistant-api/v1/messages', 2],
      ]);
    },
  );
});
