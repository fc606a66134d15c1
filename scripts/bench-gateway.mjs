// Compares the gateway with a direct connection in one run: added latency, requests per second, streaming, memory,
// CPU.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';

const BODY = Buffer.alloc(67_000, 'x');
const STREAM_BYTES = 256 * 1_048_576;
/** Rounds of direct, gateway and bare relay, and the requests in each. */
const TURNS = 9;
const PER_TURN = 500;

/** A platform in its own process: answers a model call with a small body or a long stream. */
const UPSTREAM = `
const chunk = Buffer.alloc(65536, 'x');
require('node:http').createServer((q, r) => {
  if (q.url.endsWith('/models')) return r.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[]}');
  q.resume().on('end', () => {
    if (!q.url.includes('stream')) return r.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
    r.writeHead(200, { 'content-type': 'text/event-stream' });
    let left = ${STREAM_BYTES};
    const pump = () => { while (left > 0) { left -= chunk.length; if (!r.write(chunk)) return r.once('drain', pump); } r.end(); };
    pump();
  });
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
`;

/**
 * The simplest possible relay: no key, no credential, no retry, no counting. It shows what the machine itself costs.
 */
const RELAY = `
const { Pool } = require('undici');
const pool = new Pool(process.argv[1]);
require('node:http').createServer((q, r) => {
  const { host, connection, ...headers } = q.headers;
  pool.stream({ path: q.url, method: q.method, headers, body: q }, ({ statusCode, headers: { connection, ...told } }) => r.writeHead(statusCode, told)).catch(() => r.destroy());
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
`;

const quantile = (values, q) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))];

function call(agent, base, path, key) {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = request(`${base}${path}`, {
      agent,
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json', 'content-length': BODY.length },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (answer) => {
      const first = performance.now() - started;
      let bytes = 0;
      answer.on('data', (chunk) => {
        bytes += chunk.length;
      });
      answer.on('end', () => {
        if (answer.statusCode !== 200) return reject(new Error(`answer ${answer.statusCode}`));
        resolve({ ms: performance.now() - started, first, bytes });
      });
    });
    outgoing.end(BODY);
  });
}

async function load(base, path, key, connections, total) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times = [];
  let next = 0;
  const worker = async () => {
    while (next < total) {
      next += 1;
      times.push((await call(agent, base, path, key)).ms);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), rate: total / seconds };
}

const rss = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
/** User and system time, ms (clock ticks of 10 ms). */
const cpu = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

/**
 * @param root the project's folder.
 * @param add takes a row: goal, description, value, target.
 */
export async function benchGateway({ root, codemie, env, add }) {
  const upstream = spawn(process.execPath, ['-e', UPSTREAM], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(createInterface({ input: upstream.stdout }), 'line');
  const origin = `http://127.0.0.1:${port}`;
  const token = [{ alg: 'RS256' }, { sub: 'bench', exp: 4_000_000_000 }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .concat('c2ln')
    .join('.');
  const service = spawn(process.execPath, [codemie, 'gateway', 'start', '--json'], {
    env: { ...env, CODEMIE_URL: origin, CODEMIE_JWT_TOKEN: token },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const relay = spawn(process.execPath, ['-e', RELAY, origin], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = await once(createInterface({ input: service.stdout }), 'line');
    const [relayPort] = await once(createInterface({ input: relay.stdout }), 'line');
    const least = `http://127.0.0.1:${relayPort}/code-assistant-api`;
    const { url, key, pid } = JSON.parse(line);
    const direct = `${origin}/code-assistant-api`;
    await load(url, '/v1/messages', key, 8, 400);
    await load(direct, '/v1/messages', key, 8, 400);
    await load(least, '/v1/messages', key, 8, 400);
    const idle = rss(pid);
    const turn = async (base, process) => {
      const before = cpu(process);
      const { p50, p99 } = await load(base, '/v1/messages', key, 1, PER_TURN);
      return { p50, p99, ms: cpu(process) - before };
    };
    const added = { p50: [], p99: [], least: [] };
    const spent = { gateway: 0, least: 0 };
    for (let i = 0; i < TURNS; i += 1) {
      const bare = await turn(direct, upstream.pid);
      const through = await turn(url, pid);
      const relayed = await turn(least, relay.pid);
      added.p50.push(through.p50 - bare.p50);
      added.p99.push(through.p99 - bare.p99);
      added.least.push(relayed.p50 - bare.p50);
      spent.gateway += through.ms;
      spent.least += relayed.ms;
    }
    const p50 = quantile(added.p50, 0.5);
    add('G11', 'gateway: latency added at 67 KB bodies, p50', `${p50.toFixed(2)} ms`, '≤ 0.26 ms');
    add(
      'G11',
      'gateway: the same, against a bare relay over undici',
      `${(p50 / quantile(added.least, 0.5)).toFixed(2)} ×`,
      '≤ 1.13 ×',
    );
    add('G11', 'gateway: the same, p99', `${quantile(added.p99, 0.5).toFixed(2)} ms`, '-');
    add(
      'G11',
      'gateway: CPU per request of 67 KB',
      `${(spent.gateway / (TURNS * PER_TURN)).toFixed(2)} ms`,
      '≤ 0.44 ms',
    );
    add(
      'G11',
      'gateway: the same, against that bare relay',
      `${(spent.gateway / spent.least).toFixed(2)} ×`,
      '≤ 1.33 ×',
    );
    for (const connections of [1, 32, 256]) {
      const bare = await load(direct, '/v1/messages', key, connections, 3000);
      const through = await load(url, '/v1/messages', key, connections, 3000);
      add(
        'G11',
        `gateway: requests a second, ${connections} connections`,
        `${through.rate.toFixed(0)} against ${bare.rate.toFixed(0)} direct`,
        '-',
      );
    }
    const agent = new Agent({ keepAlive: false });
    let most = rss(pid);
    const sampler = setInterval(() => {
      most = Math.max(most, rss(pid));
    }, 50);
    const bare = await call(agent, direct, '/v1/messages?stream', key);
    const through = await call(agent, url, '/v1/messages?stream', key);
    clearInterval(sampler);
    const rate = ({ ms, bytes }) => `${(bytes / 1_048_576 / (ms / 1000)).toFixed(0)} MB/s`;
    add('G11', 'gateway: a stream of 256 MB', `${rate(through)} against ${rate(bare)} direct`, '-');
    add(
      'G11',
      'gateway: time to the first byte of it',
      `${through.first.toFixed(1)} ms against ${bare.first.toFixed(1)} ms direct`,
      '-',
    );
    add(
      'G11',
      'gateway: most memory while it streams',
      `${(most / idle).toFixed(2)} × idle (${idle.toFixed(0)} MB)`,
      '≤ 2.5 ×',
    );
  } finally {
    service.kill('SIGTERM');
    upstream.kill('SIGKILL');
    relay.kill('SIGKILL');
    if (service.exitCode === null) await once(service, 'exit');
  }
}
