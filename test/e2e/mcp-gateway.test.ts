import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { appended, ask, discover } from '../support/mcp-gateway.ts';
import { lineOf, Machine } from '../support/program.ts';

let machine: Machine;
let sandbox: Awaited<ReturnType<Machine['sandbox']>>;
beforeEach(async () => {
  machine = new Machine();
  sandbox = await machine.sandbox('--auto-approve', 'ada');
  await machine.signIn(sandbox.url);
});
afterEach(() => machine.dispose());

async function startGateway(env: Record<string, string>): Promise<() => Promise<void>> {
  const child = machine.start(['gateway', 'start'], { env });
  const ended = machine.collect(child);
  await lineOf(child, /Gateway to \S+ is running/);
  return async () => {
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  };
}

it('E5 CODEMIE_PROXY_PORT=N: listens on N, rewritten URLs carry N, and they survive a restart', async () => {
  const port = await freePort();
  const env = { CODEMIE_PROXY_PORT: String(port), CODEMIE_MCP_ALLOW_HOSTS: new URL(sandbox.mcpUrl).host };
  const address = `http://127.0.0.1:${port}/mcp_auth?original=${encodeURIComponent(sandbox.mcpUrl)}`;
  let stop = await startGateway(env);
  const { resource, issuer, server } = await discover(address);
  expect(resource['resource']).toBe(address);
  for (const url of [issuer, server['token_endpoint'], server['registration_endpoint']])
    expect(String(url).startsWith(`http://127.0.0.1:${port}/mcp_relay/`)).toBe(true);
  await stop();
  stop = await startGateway(env);
  const again = (await ask(appended(issuer))).json;
  expect(again).toEqual(server);
  await stop();
});

it('E5 a launched agent gets the URLs of the same port, and its gateway serves MCP without a key', async () => {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}/mcp_auth?original=${encodeURIComponent(sandbox.mcpUrl)}`;
  const agent = `fetch(${JSON.stringify(address)}, { method: 'POST', body: '{}' }).then((answer) =>
    console.log(answer.status, answer.headers.get('www-authenticate')));`;
  const { stdout, stderr } = await machine.run(['--model', 'claude-sonnet-4-6', '--task', 'x'], {
    bin: 'codemie-claude.js',
    env: {
      PATH: machine.agent(agent),
      CODEMIE_PROXY_PORT: String(port),
      CODEMIE_MCP_ALLOW_HOSTS: new URL(sandbox.mcpUrl).host,
    },
  });
  expect(stdout, stderr).toMatch(
    new RegExp(`^401 Bearer resource_metadata="http://127.0.0.1:${port}/mcp_relay/`),
  );
});

it('E5 N busy: clear failure, never a silent other port', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', () => resolve()));
  const { port } = other.address() as AddressInfo;
  try {
    const env = { CODEMIE_PROXY_PORT: String(port), PATH: machine.agent('console.log("started")') };
    for (const [bin, args] of [
      ['codemie.js', ['gateway', 'start']],
      ['codemie-claude.js', ['--task', 'x']],
    ] as const) {
      const { code, stdout, stderr } = await machine.run(args, { bin, env });
      expect([code, stdout], bin).toEqual([1, '']);
      expect(stderr).toContain(`Port ${port} (CODEMIE_PROXY_PORT) is already in use. [GATEWAY_PORT]`);
    }
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
});

it.each(['abc', '0', '70000', '-1', '80.5'])(
  'E5 CODEMIE_PROXY_PORT=%s: error naming the variable',
  async (value) => {
    const env = { CODEMIE_PROXY_PORT: value, PATH: machine.agent('console.log("started")') };
    for (const [bin, args] of [
      ['codemie.js', ['gateway', 'start']],
      ['codemie-claude.js', ['--task', 'x']],
    ] as const) {
      const { code, stdout, stderr } = await machine.run(args, { bin, env });
      expect([code, stdout], bin).toEqual([2, '']);
      expect(stderr).toContain(`CODEMIE_PROXY_PORT must be a port from 1 to 65535, not "${value}".`);
    }
  },
);
