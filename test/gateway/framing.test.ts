import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { framingRefusal } from '../../src/gateway/framing.ts';
import { LIMITS } from '../../src/net/limits.ts';
import { takeBody } from '../../src/net/stream/replayable-body.ts';
import type { Upstream } from '../../src/net/stream/request.ts';
import { openUpstream } from '../../src/net/stream/upstream.ts';
import { testContext } from '../support/context.ts';
import { testGateway } from '../support/platform.ts';
import { digestOf, FRAMINGS, type RawAnswer, type RawRequest, sendRaw } from '../support/raw-request.ts';
import { PACES, type StrictUpstream, strictUpstream } from '../support/strict-upstream.ts';
import { tunnelProxy } from '../support/tunnel-proxy.ts';

/** 1,000 combinations per run. This variable sets another number, the seed another selection. */
const RUNS = Number(process.env['CODEMIE_FUZZ_RUNS'] ?? 1000);
const SEED = Number(process.env['CODEMIE_FUZZ_SEED'] ?? 9112);

const KEPT = 16_384;
const LIMITS_HERE = { ...LIMITS, keptBytes: KEPT, stallMs: 100 };

/** A hidden request that the agent wants the platform to process. */
const HIDDEN = 'GET /hidden HTTP/1.1\r\nHost: x\r\nX-Rest: ';

/** Bodies of any length that end in the hidden request. */
function bodyOf(size: number): Buffer {
  const hidden = Buffer.from(HIDDEN);
  return size < hidden.length
    ? hidden.subarray(0, size)
    : Buffer.concat([Buffer.alloc(size - hidden.length, 'x'), hidden]);
}

/** What is between the agent and the strict server. */
interface Road {
  readonly port: number;
  readonly headers: readonly string[];
  readonly path: (method: string) => string;
}

/** The gateway itself, with its routes and its key. */
async function theGateway({ origin }: StrictUpstream): Promise<Road> {
  const gateway = await testGateway(origin, {}, testContext({ limits: LIMITS_HERE }));
  return {
    port: gateway.port,
    headers: [`Host: 127.0.0.1:${gateway.port}`, `X-Api-Key: ${gateway.key.reveal()}`],
    path: (method) => (method === 'GET' ? '/v1/models' : '/v1/messages'),
  };
}

/** Only its body and upstream, without routes, so that every method passes. */
async function everyMethod({ origin }: StrictUpstream): Promise<Road> {
  return relay(openUpstream(origin, {}, () => undefined, LIMITS_HERE));
}

async function behindAProxy({ port }: StrictUpstream): Promise<Road> {
  const env = { HTTP_PROXY: await tunnelProxy(port) };
  return relay(openUpstream('http://platform.example', env, () => undefined, LIMITS_HERE));
}

async function relay(upstream: Upstream): Promise<Road> {
  const server = createServer({ requestTimeout: 0 }, async (request, response) => {
    const refusal = framingRefusal(request);
    if (refusal !== undefined) return void response.writeHead(refusal.status, { connection: 'close' }).end();
    try {
      const body = takeBody(request, LIMITS_HERE);
      await body.ready();
      const answer = await upstream.send({
        path: request.url ?? '/',
        method: request.method ?? 'GET',
        headers: [],
        body,
        onGone: (end) => response.once('close', () => void (response.writableFinished || end())),
      });
      body.settle();
      response.writeHead(answer.status, { 'content-length': '2' });
      answer.body.on('error', () => response.destroy()).pipe(response);
    } catch {
      response.writeHead(502).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(async () => {
    upstream.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, headers: ['Host: 127.0.0.1'], path: () => '/any' };
}

const sizes = fc.oneof(
  fc.constantFrom(0, 1, HIDDEN.length, KEPT - 1, KEPT, KEPT + 1, 3 * KEPT, 40 * KEPT),
  fc.integer({ min: 0, max: 4 * KEPT }),
);
const combination = fc.record({
  framing: fc.constantFrom(...FRAMINGS),
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'),
  size: sizes,
  pace: fc.constantFrom(...PACES),
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
});

/** Sends one combination, then a valid request, and checks what the strict server received. */
async function judge(
  platform: StrictUpstream,
  road: Road,
  { framing, method, size, pace, cuts }: typeof combination extends fc.Arbitrary<infer T> ? T : never,
  id: number,
): Promise<void> {
  platform.received.length = 0;
  platform.refused.length = 0;
  const body = bodyOf(size);
  const send = (query: string, one: Omit<RawRequest, 'headers' | 'path'>): Promise<RawAnswer> =>
    sendRaw(road.port, { ...one, headers: road.headers, path: `${road.path(one.method)}?${query}` });
  await send(`id=${id}&pace=${pace}`, { framing, method, body, cuts });
  const honest = Buffer.from(`honest ${id}`);
  const answer = await send(`id=${id}h`, { framing: 'length', method: 'POST', body: honest, cuts: [] });
  expect(answer.statuses).toEqual([200]);
  expect(platform.refused).toEqual([]);
  const of = (query: string): readonly (string | number)[][] =>
    platform.received
      .filter(({ path }) => path.includes(`?${query}`))
      .map(({ bytes, digest }) => [bytes, digest]);
  expect(of(`id=${id}h`)).toEqual([[honest.length, digestOf(honest)]]);
  // Once or not at all, but never in part.
  const met = of(`id=${id}&`);
  expect(met.length).toBeLessThanOrEqual(1);
  const [sent] = framing === 'none' ? [Buffer.alloc(0)] : [body];
  for (const one of met) expect(one).toEqual([sent.length, digestOf(sent)]);
  expect(platform.received.filter(({ path }) => path === '/hidden')).toEqual([]);
}

describe('every request leaves the gateway with unambiguous framing', () => {
  it.each([
    ['through the gateway', theGateway],
    ['with any method', everyMethod],
    ['behind a proxy', behindAProxy],
  ])(
    `%s: no combination of framing, method, size and speed hides a request`,
    async (_road, open) => {
      const platform = await strictUpstream();
      const road = await open(platform);
      let id = 0;
      await fc.assert(
        fc.asyncProperty(combination, async (one) => {
          id += 1;
          await judge(platform, road, one, id);
        }),
        { numRuns: Math.ceil(RUNS / 3), seed: SEED },
      );
      // Connections were reused, so a hidden request would have been possible.
      expect(platform.connections()).toBeLessThan(id * 2);
    },
    600_000,
  );
});
