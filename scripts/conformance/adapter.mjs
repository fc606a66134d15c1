// The client under test of the official MCP conformance suite: a coding agent that talks to the suite's server through
// our built proxy. The suite calls it with the server's address. It ends with 0 only if every request was answered with
// a result and standard output held nothing but JSON-RPC messages.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const address = process.argv.at(-1);
const scenario = process.env.MCP_CONFORMANCE_SCENARIO ?? '';
const given = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');
/** Below the suite's own limit, which would end only the shell between it and us. */
const LIMIT_MS = 50_000;
/** The suite's name for a document that its authorization servers know. */
const CLIENT_METADATA_URL = 'https://conformance-test.local/client-metadata.json';

const home = mkdtempSync(join(tmpdir(), 'codemie-conformance-'));
const proxy = spawn(
  process.env.CONFORMANCE_NODE ?? process.execPath,
  [join(root, 'bin', 'codemie-mcp-proxy.js'), address],
  {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      HOME: home,
      CODEMIE_HOME: join(home, '.codemie'),
      TMPDIR: home,
      BROWSER: join(root, 'scripts', 'scripted-browser.mjs'),
      SCRIPTED_BROWSER_DELAY: process.env.OPENER_DELAY ?? '0',
      CODEMIE_MCP_CLIENT_METADATA_URL: CLIENT_METADATA_URL,
      ...(given.client_id === undefined ? {} : { CODEMIE_MCP_CLIENT_ID: given.client_id }),
      ...(given.client_secret === undefined ? {} : { CODEMIE_MCP_CLIENT_SECRET: given.client_secret }),
    },
  },
);
const faults = [];
const waiting = new Map();
let last = 0;

function send(message) {
  proxy.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

function request(method, params = {}) {
  last += 1;
  const id = last;
  send({ id, method, params });
  return new Promise((resolve, reject) => waiting.set(id, { method, resolve, reject }));
}

/** A person who accepts what a form suggests. */
function accepted({ requestedSchema }) {
  const fields = Object.entries(requestedSchema?.properties ?? {});
  const content = fields.flatMap(([name, field]) => ('default' in field ? [[name, field.default]] : []));
  return { action: 'accept', content: Object.fromEntries(content) };
}

const ANSWERS = {
  'elicitation/create': accepted,
  'sampling/createMessage': () => ({
    role: 'assistant',
    model: 'none',
    content: { type: 'text', text: 'a sample' },
  }),
  'roots/list': () => ({ roots: [] }),
  ping: () => ({}),
};

function take(line) {
  const message = JSON.parse(line);
  if (message.method !== undefined && message.id !== undefined) {
    const answer = ANSWERS[message.method];
    if (answer === undefined) faults.push(`the host was asked ${message.method}`);
    else send({ id: message.id, result: answer(message.params ?? {}) });
  } else if (message.id !== undefined) {
    const { method, resolve, reject } = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) resolve(message.result);
    else reject(new Error(`${method}: ${JSON.stringify(message.error)}`));
  }
}

/** Arguments that fit most of the suite's tools; scenarios that check arguments say which. */
const call = ({ name }) => ({ name, arguments: { a: 2, b: 3 } });

function callsFor(tools) {
  if (given.toolCalls !== undefined) return given.toolCalls;
  if (scenario === 'json-schema-ref-no-deref') return [];
  const isEach = scenario.startsWith('http-') || scenario.startsWith('sep-2322');
  return (isEach ? tools : tools.slice(0, 1)).map(call);
}

async function converse() {
  await request('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: { elicitation: {}, sampling: {}, roots: {} },
    clientInfo: { name: 'conformance-host', version: '1' },
  });
  send({ method: 'notifications/initialized' });
  const { tools } = await request('tools/list');
  for (const params of callsFor(tools)) await request('tools/call', params);
}

const reader = createInterface({ input: proxy.stdout });
reader.on('line', (line) => {
  try {
    take(line);
  } catch (error) {
    faults.push(`not a message: ${line.slice(0, 200)} (${error.message})`);
  }
});
const ended = once(proxy, 'exit');
const outOfTime = setTimeout(() => {
  faults.push(
    `no end after ${LIMIT_MS / 1000} s; unanswered: ${[...waiting.values()].map(({ method }) => method)}`,
  );
  proxy.kill('SIGKILL');
}, LIMIT_MS);
try {
  await Promise.race([
    converse(),
    ended.then(([code, signal]) => Promise.reject(new Error(`the proxy ended with ${code ?? signal}`))),
  ]);
} catch (error) {
  faults.push(error.message);
}
proxy.stdin.end();
const [code, signal] = await ended;
clearTimeout(outOfTime);
if (code !== 0) faults.push(`the proxy ended with ${code ?? signal}`);
rmSync(home, { recursive: true, force: true });
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
