import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeMcp } from '../support/fake-mcp.ts';
import { type Agent, agentOf } from '../support/mcp-agent.ts';
import { visit } from '../support/mcp-host.ts';
import { strictMcp } from '../support/mcp-keep.ts';
import { Machine } from '../support/program.ts';

let machine: Machine;
beforeEach(() => {
  machine = new Machine({ CODEMIE_MCP_TOKEN_STORE: 'file' });
});
afterEach(() => machine.dispose());

/** A person who does not come to the browser by themselves: the test opens the page. */
const SLOW_PERSON = { BROWSER: '/bin/true' };

function proxy(address: string, env: Record<string, string> = {}): Agent {
  return agentOf(machine.start([address], { bin: 'codemie-mcp-proxy.js', env, input: { open: true } }));
}

/** @returns the page that a proxy asks its person to open. */
async function pageOf({ said }: Agent): Promise<string> {
  const find = (): string => /^http\S+\/authorize\S+$/m.exec(said())?.[0] ?? '';
  await expect.poll(find, { timeout: 15_000 }).not.toBe('');
  return find();
}

const redirectOf = (page: string): string | null => new URL(page).searchParams.get('redirect_uri');

describe('several copies of the built proxy on one machine', () => {
  it('eight at once: one browser, one registration, one sign-in; later one refresh', async () => {
    const server = await strictMcp();
    const agents = Array.from({ length: 8 }, () => proxy(server.url));
    for (const reply of await Promise.all(agents.map(({ initialize }) => initialize())))
      expect(reply.result?.serverInfo?.name).toBe('fake');
    expect(server.at('/authorize')).toHaveLength(1);
    expect(server.at('/register')).toHaveLength(1);
    expect(server.issued).toHaveLength(1);
    server.valid.clear();
    for (const reply of await Promise.all(agents.map(({ request }) => request('tools/list'))))
      expect(reply.result?.tools).toHaveLength(1);
    expect(server.refreshes()).toHaveLength(1);
    expect(server.hasEnded()).toBe(false);
    for (const { child } of agents) child.stdin?.end();
    for (const { ended } of agents) expect(await ended()).toBe(0);
    for (const [path, text] of machine.files()) expect(text, path).not.toMatch(/access-|refresh-\w{8}/);
  }, 120_000);

  it('the agent gives up and starts again: the sign-in of the first copy goes on and serves the second', async () => {
    const server = await fakeMcp({ oauth: true });
    const first = proxy(server.url, SLOW_PERSON);
    first.initialize().catch(() => undefined);
    const page = await pageOf(first);
    first.child.stdin?.end();
    const second = proxy(server.url, SLOW_PERSON);
    const answer = second.initialize();
    await expect.poll(second.said, { timeout: 15_000 }).toContain('Another codemie process is signing in');
    const approved = performance.now();
    await visit(page);
    expect((await answer).result).toBeDefined();
    expect(performance.now() - approved).toBeLessThan(5000);
    expect(await first.ended()).toBe(0);
    expect(server.at('/register')).toHaveLength(1);
    expect(second.said()).not.toContain('/authorize');
  }, 60_000);

  it('the agent kills the first copy: the second takes its registration and port at once', async () => {
    const server = await fakeMcp({ oauth: true });
    const first = proxy(server.url, SLOW_PERSON);
    first.initialize().catch(() => undefined);
    const before = await pageOf(first);
    first.child.kill('SIGKILL');
    await first.ended();
    const second = proxy(server.url, SLOW_PERSON);
    const answer = second.initialize();
    const page = await pageOf(second);
    expect(redirectOf(page)).toBe(redirectOf(before));
    expect(second.said()).not.toContain('Another codemie process');
    // The tab of the killed copy leads to a state that nobody knows.
    expect(await visit(before)).toBe(400);
    expect(await visit(page)).toBe(200);
    expect((await answer).result).toBeDefined();
    expect(server.at('/register')).toHaveLength(1);
  }, 60_000);

  it('a copy that waits for another one exits within two seconds of the end of stdin', async () => {
    const server = await fakeMcp({ oauth: true });
    const first = proxy(server.url, SLOW_PERSON);
    first.initialize().catch(() => undefined);
    await pageOf(first);
    const second = proxy(server.url);
    second.initialize().catch(() => undefined);
    await expect.poll(second.said, { timeout: 15_000 }).toContain('Another codemie process is signing in');
    const closed = performance.now();
    second.child.stdin?.end();
    expect(await second.ended()).toBe(0);
    expect(performance.now() - closed).toBeLessThan(2000);
    first.child.kill('SIGTERM');
    expect(await first.ended()).toBe(143);
  }, 60_000);

  it('killed at any moment of a refresh, it leaves a sign-in that is whole or asks for a new one', async () => {
    machine.env['CODEMIE_MCP_TOKEN_STORE'] = 'plaintext-file';
    const server = await fakeMcp({ oauth: true });
    for (let round = 0; round < 8; round += 1) {
      const agent = proxy(server.url);
      expect((await agent.initialize()).result).toBeDefined();
      server.valid.clear();
      agent.request('tools/list').catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, (round * 7919) % 60));
      agent.child.kill('SIGKILL');
      await agent.ended();
      const folder = join(machine.home, 'credentials');
      for (const name of readdirSync(folder).filter((one) => one.endsWith('.json')))
        expect(JSON.parse(readFileSync(join(folder, name), 'utf8'))).toMatchObject({ version: 1 });
    }
    const last = proxy(server.url);
    expect((await last.initialize()).result).toBeDefined();
    expect(server.at('/register')).toHaveLength(1);
    const list = await machine.run(['mcp', 'list', '--json']);
    expect(JSON.parse(list.stdout).signIns).toMatchObject([{ server: server.url, signedIn: true }]);
  }, 120_000);
});

describe('codemie mcp login in a terminal', () => {
  it('signs in ahead; the proxy of an agent without persistence needs no browser; logout ends it', async () => {
    machine.env['CODEMIE_MCP_TOKEN_STORE'] = undefined;
    const { mcpUrl } = await machine.sandbox('--auto-approve', 'ada');
    const login = await machine.run(['mcp', 'login', mcpUrl, '--store', 'encrypted-file']);
    expect(login.code, login.stderr).toBe(0);
    expect(login.stdout).toBe('');
    const agent = proxy(mcpUrl, SLOW_PERSON);
    expect((await agent.initialize()).result?.serverInfo?.name).toBe('codemie-sandbox');
    expect(agent.said()).not.toContain('Sign in to');
    agent.child.stdin?.end();
    expect(await agent.ended()).toBe(0);
    const logout = await machine.run(['mcp', 'logout', mcpUrl, '--json']);
    expect(JSON.parse(logout.stdout)).toMatchObject({ removed: [mcpUrl], revoked: 'yes' });
    for (const [path, text] of machine.files()) expect(text, path).not.toMatch(/eyJ/);
  }, 60_000);
});
