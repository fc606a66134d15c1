import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allKept } from '../../src/mcp/keep/kept.ts';
import { temporaryFolder } from '../support/context.ts';
import { fakeMcp } from '../support/fake-mcp.ts';
import { look, type McpHost, visit } from '../support/mcp-host.ts';
import { hostOn, strictMcp } from '../support/mcp-keep.ts';

const MEMORY = { CODEMIE_MCP_TOKEN_STORE: '' };

/** Every file below a folder, as text. */
function filesBelow(folder: string): ReadonlyMap<string, string> {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  return new Map(
    found.filter((path) => lstatSync(path).isFile()).map((path) => [path, readFileSync(path, 'utf8')]),
  );
}

async function ended(host: McpHost): Promise<void> {
  host.context.endInput();
  await host.ended;
}

async function initialized(host: McpHost): Promise<McpHost> {
  expect((await host.initialize()).result).toBeDefined();
  return host;
}

describe('without persistence', () => {
  it('no file below HOME contains the access or refresh token, and a second run signs in again', async () => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true });
    for (const run of [1, 2]) {
      const host = await initialized(
        hostOn(home, server.url, { env: { ...MEMORY, MCP_PROXY_DEBUG: 'true' } }),
      );
      await ended(host);
      expect(server.at('/register')).toHaveLength(run);
      expect(host.context.opened).toHaveLength(1);
    }
    for (const [path, text] of filesBelow(home)) expect(text, path).not.toMatch(/access-|refresh-/);
    expect(allKept(join(home, '.codemie'))).toEqual([]);
  });
});

describe('with persistence', () => {
  it('the second run needs no browser and no registration, and the store file is 0600', async () => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true });
    for (const browsers of [1, 0]) {
      const host = await initialized(hostOn(home, server.url));
      expect(host.context.opened).toHaveLength(browsers);
      await ended(host);
    }
    expect(server.at('/register')).toHaveLength(1);
    expect(server.at('/token')).toHaveLength(1);
    const holders = [...filesBelow(home)].filter(([, text]) => /access-|refresh-/.test(text));
    expect(holders.map(([path]) => lstatSync(path).mode & 0o777)).toEqual([0o600]);
  });

  it('two processes started together: one browser, one registration, both answered', async () => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true });
    const hosts = [hostOn(home, server.url), hostOn(home, server.url)];
    const replies = await Promise.all(hosts.map((host) => host.initialize()));
    for (const reply of replies) expect(reply.result).toBeDefined();
    expect(hosts.flatMap(({ context }) => context.opened)).toHaveLength(1);
    expect(server.at('/register')).toHaveLength(1);
    expect(server.issued).toHaveLength(1);
  });

  it('eight processes whose token expired make one refresh, at a server that ends a session for two', async () => {
    const home = temporaryFolder();
    const server = await strictMcp();
    const hosts = Array.from({ length: 8 }, () => hostOn(home, server.url));
    for (const host of hosts) await initialized(host);
    for (const round of [1, 2]) {
      server.valid.clear();
      const replies = await Promise.all(hosts.map((host) => host.request('tools/list')));
      for (const reply of replies) expect(reply.result).toBeDefined();
      expect(server.refreshes()).toHaveLength(round);
    }
    expect(server.hasEnded()).toBe(false);
    expect(hosts.flatMap(({ context }) => context.opened)).toHaveLength(1);
  });

  it('a rotated refresh token is used next time, also by the next process', async () => {
    const home = temporaryFolder();
    const server = await strictMcp();
    for (const _ of [1, 2, 3]) {
      const host = await initialized(hostOn(home, server.url));
      server.valid.clear();
      expect((await host.request('tools/list')).result).toBeDefined();
      await ended(host);
    }
    expect(server.refreshes()).toHaveLength(3);
    expect(server.hasEnded()).toBe(false);
    expect(server.at('/authorize')).toHaveLength(1);
  });

  it('who waited while the person said no gets that answer, and no browser of its own', async () => {
    const home = temporaryFolder();
    let page = '';
    const server = await fakeMcp({ oauth: true, callback: { code: undefined, error: 'access_denied' } });
    const onOpen = (address: string): boolean => {
      page = address;
      return true;
    };
    const hosts = [1, 2, 3].map(() => hostOn(home, server.url, { onOpen }));
    const replies = hosts.map((host) => host.initialize());
    await expect.poll(() => page).not.toBe('');
    await visit(page);
    for (const { error } of await Promise.all(replies)) expect(error?.data.code).toBe('MCP_SIGN_IN_DENIED');
    expect(hosts.flatMap(({ context }) => context.opened)).toHaveLength(1);
    const again = hosts[2]?.initialize();
    await expect.poll(() => hosts.flatMap(({ context }) => context.opened)).toHaveLength(2);
    await visit(page);
    expect((await again)?.error?.data.code).toBe('MCP_SIGN_IN_DENIED');
  });

  it('a server that moves to another authorization server: it gets none of the credentials of the first', async () => {
    const home = temporaryFolder();
    const other = await fakeMcp({ oauth: true });
    let isMoved = false;
    const server = await fakeMcp({
      oauth: true,
      intercept: ({ path }, response) => {
        if (!isMoved) return false;
        for (const token of other.issued) server.valid.add(token);
        if (path !== '/.well-known/oauth-protected-resource/mcp') return false;
        const document = { resource: server.url, authorization_servers: [other.origin] };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
        return true;
      },
    });
    await ended(await initialized(hostOn(home, server.url)));
    server.valid.clear();
    isMoved = true;
    await ended(await initialized(hostOn(home, server.url)));
    expect(other.at('/register')).toHaveLength(1);
    expect(other.at('/token').map(({ body }) => new URLSearchParams(body).get('grant_type'))).toEqual([
      'authorization_code',
    ]);
    expect(allKept(join(home, '.codemie'))).toMatchObject([{ issuer: other.origin, isSignedIn: true }]);
  });

  it('the pending flow outlives stdin until a person approves, and the next process uses it', async () => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true });
    const first = hostOn(home, server.url, { onOpen: () => true });
    void first.initialize();
    await expect.poll(() => first.context.opened).toHaveLength(1);
    first.context.endInput();
    const second = hostOn(home, server.url);
    const reply = second.initialize();
    await visit(first.context.opened[0] ?? '');
    await first.ended;
    expect((await reply).result).toBeDefined();
    expect(second.context.opened).toEqual([]);
    expect(server.at('/register')).toHaveLength(1);
    expect((await look(first.context.opened[0] ?? '')).status).toBe(302);
  });
});
