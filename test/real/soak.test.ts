import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { eventsOf, Machine } from '../support/program.ts';
import { expectShape } from '../support/schemas.ts';

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
});
afterEach(async () => {
  await machine.run(['gateway', 'stop']);
  await machine.dispose();
});

interface Service {
  readonly url: string;
  readonly key: string;
  readonly pid: number;
}

async function service(env: Record<string, string> = {}): Promise<Service> {
  const started = await machine.run(['gateway', 'start', '--detach', '--json'], { env });
  expect(started.code, started.stdout).toBe(0);
  return expectShape<Service & Record<string, unknown>>('gateway-start', started.stdout);
}

/** For the full five minutes: CODEMIE_SOAK_SECONDS=300. */
const SECONDS = Number(process.env['CODEMIE_SOAK_SECONDS'] ?? 30);
const STREAMS = 64;
const LIFE = 5;

it(
  `${STREAMS} streams at once over tokens that live ${LIFE} s: no request fails, one renewal per expiry`,
  async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada', '--access-token-ttl', `${LIFE}s`);
    await machine.signIn(sandbox.url);
    const gateway = await service();
    const began = Date.now();
    const failures: string[] = [];
    let answers = 0;
    const body = JSON.stringify({
      model: 'claude-4-5-haiku',
      max_tokens: 64,
      stream: true,
      messages: [{ role: 'user', content: 'stream for 2 seconds' }],
    });
    const headers = { 'x-api-key': gateway.key, 'content-type': 'application/json' };
    const worker = async (): Promise<void> => {
      while (Date.now() - began < SECONDS * 1000) {
        const answer = await fetch(`${gateway.url}/v1/messages`, { method: 'POST', headers, body });
        const text = await answer.text();
        answers += 1;
        if (answer.status !== 200 || !text.includes('message_stop'))
          failures.push(`${answer.status} ${text.slice(0, 200)}`);
      }
    };
    await Promise.all(Array.from({ length: STREAMS }, worker));
    const seconds = (Date.now() - began) / 1000;
    const events = await eventsOf(sandbox.controlUrl);
    const renewals = events.filter(({ grant }) => grant === 'refresh_token');
    if (process.env['CODEMIE_SOAK_SECONDS'] !== undefined)
      console.info(
        `${answers} answers in ${seconds} s, ${failures.length} failed, ${renewals.length} renewals of tokens that live ${LIFE} s`,
      );
    expect(failures).toEqual([]);
    expect(answers).toBeGreaterThan((STREAMS * SECONDS) / 5);
    expect(renewals.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
    // A token is renewed shortly before it expires: at most one renewal per lifetime, and not many fewer.
    expect(renewals.length).toBeLessThanOrEqual(Math.ceil(seconds / (LIFE - 1.5)));
    expect(renewals.length).toBeGreaterThanOrEqual(Math.floor(seconds / (LIFE + 1)) - 1);
  },
  SECONDS * 1000 + 120_000,
);

const GIBIBYTE = 1_073_741_824;
const memory = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

it('G11: a slow, then fast reader takes 1 GiB, and the gateway’s memory stays flat', async () => {
  const chunk = Buffer.alloc(65_536, 'x');
  let sent = 0;
  const platform = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const pump = (): void => {
      while (sent < GIBIBYTE) {
        sent += chunk.length;
        if (!response.write(chunk)) return void response.once('drain', pump);
      }
      response.end();
    };
    pump();
  }).listen(0, '127.0.0.1');
  await once(platform, 'listening');
  onTestFinished(() => {
    platform.closeAllConnections();
    platform.close();
  });
  const token = [{ alg: 'RS256' }, { sub: 'a', exp: 4_000_000_000 }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .concat('c2ln')
    .join('.');
  const url = `http://127.0.0.1:${(platform.address() as AddressInfo).port}`;
  const gateway = await service({ CODEMIE_URL: url, CODEMIE_JWT_TOKEN: token });
  const idle = memory(gateway.pid);
  const outgoing = request(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': gateway.key },
  });
  outgoing.end('{}');
  const [answer] = (await once(outgoing, 'response')) as [import('node:http').IncomingMessage];
  let taken = 0;
  let most = idle;
  const sampler = setInterval(() => {
    most = Math.max(most, memory(gateway.pid));
  }, 50);
  for await (const part of answer) {
    taken += (part as Buffer).length;
    // Reads the first megabytes slowly: a buffering gateway would now hold what the platform has sent.
    if (taken < 8_000_000) await new Promise((resolve) => setTimeout(resolve, 20));
    if (taken < 8_000_000) expect(sent - taken).toBeLessThan(32_000_000);
  }
  clearInterval(sampler);
  expect(taken).toBe(sent);
  expect(taken).toBeGreaterThanOrEqual(GIBIBYTE);
  expect(most, `idle ${idle} MB, most ${most} MB`).toBeLessThan(idle * 2.5);
}, 120_000);
