import { readFileSync } from 'node:fs';
import { request as open } from 'node:http';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { badNetwork } from '../../support/bad-network.ts';
import { testContext } from '../../support/context.ts';
import { fakePlatform, post, testGateway } from '../../support/platform.ts';
import { tunnelProxy } from '../../support/tunnel-proxy.ts';

const ELSEWHERE = 'http://platform.example';
const OK = '{"ok":true}';

describe('a gateway behind a proxy', () => {
  const answering = async (limits = {}) => {
    const platform = await fakePlatform(
      (request, response) => void request.resume().on('end', () => response.end(OK)),
    );
    const context = testContext({ env: { HTTP_PROXY: await tunnelProxy(platform.port) }, limits });
    return { platform, gateway: await testGateway(ELSEWHERE, {}, context) };
  };

  it('reuses a tunnel while it is fresh', async () => {
    const { platform, gateway } = await answering();
    for (let i = 0; i < 3; i += 1) expect((await post(gateway, '/v1/messages')).status).toBe(200);
    expect([platform.requests(), platform.connections()]).toEqual([3, 1]);
  });

  it('does not reuse a tunnel after the machine slept', async () => {
    const { platform, gateway } = await answering({ idleMs: 60_000 });
    await post(gateway, '/v1/messages');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    onTestFinished(() => void vi.useRealTimers());
    expect((await post(gateway, '/v1/messages')).status).toBe(200);
    expect([platform.requests(), platform.connections()]).toEqual([2, 2]);
  });

  // Only Linux shows what the system does about a silent connection.
  it.skipIf(process.platform !== 'linux')(
    'notices through probes every second that the proxy is gone during a request',
    async () => {
      const platform = await fakePlatform((request) => void request.resume());
      const proxy = await tunnelProxy(platform.port);
      const context = testContext({ env: { HTTP_PROXY: proxy } });
      const gateway = await testGateway(ELSEWHERE, {}, context);
      const unanswered = post(gateway, '/v1/messages').catch(() => undefined);
      const port = Number(new URL(proxy).port).toString(16).toUpperCase().padStart(4, '0');
      // "sl local remote state queues timer:when", the timer 02 being that of keep-alive, in hundredths of a second.
      const probes = new RegExp(`0100007F:${port} 01 \\S+ 02:([0-9A-F]{8}) `);
      await vi.waitFor(() => {
        const [, when = 'FFFFFFFF'] = probes.exec(readFileSync('/proc/net/tcp', 'utf8')) ?? [];
        expect(Number.parseInt(when, 16)).toBeLessThanOrEqual(101);
      });
      await gateway.close();
      await unanswered;
    },
  );

  it('passes headers as large as a refreshed session', async () => {
    const { platform, gateway } = await answering();
    const names = Array.from({ length: 12 }, (_, i) => `anthropic-part-${i}`);
    platform.answer = (_request, response) =>
      void response.writeHead(200, Object.fromEntries(names.map((name) => [name, 'x'.repeat(4000)]))).end(OK);
    const { headers } = await new Promise<{ headers: Record<string, unknown> }>((resolve, reject) => {
      const key = gateway.key.reveal();
      open(`${gateway.url}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': key },
        maxHeaderSize: 131_072,
      })
        .on('response', (answer) => resolve(answer.resume()))
        .on('error', reject)
        .end('{}');
    });
    expect(names.every((name) => headers[name] !== undefined)).toBe(true);
  });

  it('ends a request at once when its agent hangs up, even if the proxy never answers', async () => {
    const network = await badNetwork('never answers');
    const context = testContext({ env: { HTTP_PROXY: `http://${network.host}` } });
    const gateway = await testGateway(ELSEWHERE, {}, context);
    const key = gateway.key.reveal();
    const agent = open(`${gateway.url}/v1/messages`, {
      method: 'POST',
      agent: false,
      headers: { 'x-api-key': key },
    });
    agent.on('error', () => undefined).end('{}');
    await network.reached;
    agent.destroy();
    await vi.waitFor(async () => {
      const metrics = await fetch(`${gateway.url}/metrics`, { headers: { 'x-api-key': key } });
      expect(await metrics.text()).toMatch(/^codemie_gateway_active_requests 0$/m);
    });
  });
});
