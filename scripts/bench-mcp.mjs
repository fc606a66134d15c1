// Compares the MCP proxy with mcp-remote at the same server, in turns: start, delay of a call, calls a second, memory,
// CPU.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { installFromNpm } from './npm-cache.mjs';

const REMOTE = 'mcp-remote@0.15.1';
const TURNS = Number(process.env.BENCH_RUNS ?? 9);
const CALLS = 200;
/** Calls in flight, and how many are made so. */
const AT_ONCE = 16;
const CROWD = 1600;

/** A server of 2025-11-25 with sessions and without a sign-in, in its own process. */
const SERVER = `
require('node:http').createServer((q, r) => {
  if (q.method !== 'POST') return r.writeHead(q.method === 'DELETE' ? 200 : 405).end();
  let body = '';
  q.on('data', (chunk) => { body += chunk; }).on('end', () => {
    const { id, method, params } = JSON.parse(body);
    if (id === undefined) return r.writeHead(202).end();
    const json = (value, headers = {}) => r.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify({ jsonrpc: '2.0', id, ...value }));
    if (method === 'initialize') return json({ result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'bench', version: '1' } } }, { 'mcp-session-id': 'one' });
    if (method === 'tools/list') return json({ result: { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] } });
    if (method === 'tools/call') return json({ result: { content: [{ type: 'text', text: params.arguments.text }] } });
    json({ error: { code: -32601, message: 'Method not found' } });
  });
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
`;

const HELLO = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'bench', version: '1' },
};
const ECHO = { name: 'echo', arguments: { text: 'x'.repeat(1000) } };

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const rss = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
/** User and system time, ms (clock ticks of 10 ms). */
const cpu = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

/** Starts a proxy as a coding agent does. */
function start(args, env) {
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'ignore'] });
  const waiting = new Map();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, error } = JSON.parse(line);
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (error === undefined) resolve?.();
    else reject?.(new Error(`${args.join(' ')}: ${JSON.stringify(error)}`));
  });
  child.once('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${args.join(' ')} ended with ${code}`));
  });
  let last = 0;
  const ask = (method, params) => {
    last += 1;
    const id = last;
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  };
  return {
    pid: child.pid,
    open: async () => {
      await ask('initialize', HELLO);
      child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
    },
    call: () => ask('tools/call', ECHO),
    end: async () => {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

/** The same call without a proxy. */
function straight(url) {
  const agent = new Agent({ keepAlive: true });
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: ECHO });
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  return {
    call: () =>
      new Promise((resolve, reject) => {
        const outgoing = request(url, { agent, method: 'POST', headers }, (answer) =>
          answer.resume().on('end', resolve),
        );
        outgoing.on('error', reject).end(body);
      }),
    end: () => agent.destroy(),
  };
}

/**
 * One start of each program, in this or the reverse order, and calls that alternate between them and a connection
 * without a proxy.
 */
async function turn(programs, isReversed, url, env) {
  const bare = straight(url);
  const sessions = [];
  const order = isReversed ? [...programs.keys()].reverse() : programs.keys();
  for (const index of order) {
    const began = performance.now();
    const session = start(programs[index], env);
    await session.open();
    sessions[index] = { ...session, start: performance.now() - began };
  }
  const times = await alternately([bare, ...sessions]);
  const results = [];
  for (const [index, session] of sessions.entries()) {
    const spent = cpu(session.pid);
    const rate = await crowded(session.call);
    const memory = rss(session.pid);
    const call = times[index + 1];
    results.push({ start: session.start, call, added: call - times[0], cpu: spent, rate, memory });
  }
  bare.end();
  for (const { end } of sessions) await end();
  return results;
}

/** @returns the median time of a call of each, ms. */
async function alternately(all) {
  const times = all.map(() => []);
  for (let i = 0; i < CALLS; i += 1)
    for (const [index, { call }] of all.entries()) {
      const began = performance.now();
      await call();
      times[index].push(performance.now() - began);
    }
  return times.map(median);
}

/** @returns calls a second. */
async function crowded(call) {
  let left = CROWD;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return CROWD / ((performance.now() - began) / 1000);
}

/**
 * @param root the project's folder.
 * @param add takes a row: goal, description, value, target.
 */
export async function benchMcp({ root, add, say }) {
  const remote = installFromNpm({ name: REMOTE, packages: [REMOTE] }, say);
  const home = mkdtempSync(join(tmpdir(), 'codemie-bench-mcp-'));
  const server = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [port] = await once(createInterface({ input: server.stdout }), 'line');
    const url = `http://127.0.0.1:${port}/mcp`;
    const env = {
      PATH: process.env.PATH,
      HOME: home,
      CODEMIE_HOME: join(home, '.codemie'),
      MCP_REMOTE_CONFIG_DIR: join(home, 'mcp-remote'),
    };
    const ours = [join(root, 'bin', 'codemie-mcp-proxy.js'), url];
    const programs = [ours];
    if ('folder' in remote)
      programs.push([join(remote.folder, 'node_modules', 'mcp-remote', 'dist', 'proxy.js'), url]);
    const turns = [];
    for (let i = 0; i < TURNS; i += 1) turns.push(await turn(programs, i % 2 === 1, url, env));
    for (const row of ROWS) add('G14', `MCP proxy: ${row.what}`, measured(row, turns, remote), row.target);
  } finally {
    server.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  }
}

const ROWS = [
  { name: 'start', what: 'from its start to an answered initialize', unit: 'ms', target: '≤ 0.5 ×' },
  { name: 'call', what: 'a call', unit: 'ms', digits: 2, target: '≤ 1 ×' },
  { name: 'added', what: 'what it adds to a call', unit: 'ms', digits: 2, target: '-' },
  { name: 'cpu', what: `CPU for the start and ${CALLS} calls`, unit: 'ms', target: '≤ 0.8 ×' },
  { name: 'rate', what: `calls a second, ${AT_ONCE} at once`, unit: '/s', target: '-' },
  { name: 'memory', what: 'memory after them', unit: 'MB', target: '-' },
];

/** Medians of all turns; the ratio is the median of the turns' ratios. */
function measured({ name, unit, digits = 0 }, turns, remote) {
  const text = (program) =>
    `${median(turns.map((results) => results[program][name])).toFixed(digits)} ${unit}`;
  if ('reason' in remote) return `${text(0)} (mcp-remote: ${remote.reason})`;
  const ratio = median(turns.map(([ours, theirs]) => ours[name] / theirs[name]));
  return `${ratio.toFixed(2)} × mcp-remote (${text(0)} against ${text(1)})`;
}
