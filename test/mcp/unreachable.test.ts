import type { ServerResponse } from 'node:http';
import { Server } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { fakeMcp } from '../support/fake-mcp.ts';
import { type McpHostOptions, mcpHost } from '../support/mcp-host.ts';
import { noOpenssl, tlsServer } from '../support/tls-server.ts';

/** @returns the error that answers `initialize`, with what holds for each of them. */
async function failureAt(url: string, options: McpHostOptions = {}) {
  const host = mcpHost(url, options);
  const began = performance.now();
  const { error } = await host.initialize();
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(error?.message).toContain(new URL(url).host);
  expect(error?.message.length).toBeLessThan(400);
  expect(error?.data.hint).toBeTruthy();
  expect(JSON.stringify(error)).not.toMatch(/\n|\bat .+:\d+:\d+|<html|node:|\.ts\b/);
  expect(host.lines()).toHaveLength(1);
  return error;
}

const page = `<html>${'Sorry. '.repeat(2000)}`;

const answering = (write: (response: ServerResponse) => void) =>
  fakeMcp({
    intercept: (_, response) => {
      write(response);
      return true;
    },
  });

describe('a server that cannot be reached: initialize is answered within ten seconds, and names host and cause', () => {
  it('connection refused', async () => {
    const error = await failureAt('http://127.0.0.1:9/mcp');
    expect(error?.data.code).toBe('MCP_UNREACHABLE');
    expect(error?.message).toContain('refused the connection');
  });

  it('DNS failure', async () => {
    const resolve = async (): Promise<never> => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND mcp.invalid'), { code: 'ENOTFOUND' });
    };
    const error = await failureAt('https://mcp.invalid/mcp', { resolve });
    expect(error?.data.code).toBe('MCP_UNREACHABLE');
    expect(error?.message).toContain('could not be found');
  });

  it.skipIf(noOpenssl !== undefined)('TLS failure', async () => {
    const error = await failureAt((await tlsServer()).url);
    expect(error?.data.code).toBe('MCP_UNREACHABLE');
    expect(error?.message).toContain("certificate that isn't trusted");
  });

  it('connection reset', async () => {
    const server = await answering((response) => response.destroy());
    expect((await failureAt(server.url))?.data.code).toBe('MCP_UNREACHABLE');
  });
});

describe('an answer that is none: initialize is answered within ten seconds, and names host and cause', () => {
  it.each([
    ['HTTP 500', 500, 'MCP_SERVER_ERROR', 'status 500'],
    ['HTTP 403', 403, 'MCP_NOT_MCP', 'status 403'],
    ['HTTP 404', 404, 'MCP_NOT_MCP', 'status 404'],
  ])('%s with a page', async (_, status, code, cause) => {
    const server = await answering((response) =>
      response.writeHead(status, { 'content-type': 'text/html' }).end(page),
    );
    const error = await failureAt(server.url);
    expect(error?.data.code).toBe(code);
    expect(error?.message).toContain(cause);
  });

  it('HTTP 500 with a page that never ends', async () => {
    const server = await answering((response) => response.writeHead(500).write('<html>'));
    expect((await failureAt(server.url))?.message).toContain('status 500');
  });

  it.each([
    ['HTML body', 'text/html', page],
    ['wrong content type', 'text/plain', '{"jsonrpc":"2.0"}'],
    ['no JSON in spite of its content type', 'application/json', page],
    ['JSON that is no JSON-RPC', 'application/json', '{"ok":true}'],
  ])('%s', async (_, type, body) => {
    const server = await answering((response) => response.writeHead(200, { 'content-type': type }).end(body));
    const error = await failureAt(server.url);
    expect(error?.data.code).toBe('MCP_NOT_MCP');
    expect(error?.message).toMatch(
      /answered with (text\/(html|plain)|something else) instead of an MCP message/,
    );
  });

  it('a page that never ends', async () => {
    const server = await answering((response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).write('<html>'),
    );
    expect(await failureAt(server.url)).toBeDefined();
  });
});

describe('a server without a sign-in', () => {
  it('opens no browser and no TCP listener, and after two hours idle still answers', async () => {
    let now = Date.now();
    const clock = { now: () => now, sleep: () => new Promise<void>(() => undefined) };
    const server = await fakeMcp();
    const listens = vi.spyOn(Server.prototype, 'listen');
    onTestFinished(() => listens.mockRestore());
    const host = mcpHost(server.url, { override: { clock } });
    await host.initialize();
    host.notify('notifications/initialized');
    const call = () => host.request('tools/call', { name: 'echo', arguments: {} });
    for (const idle of [0, 130_000, 2 * 3_600_000]) {
      now += idle;
      expect((await host.request('ping')).result).toEqual({});
      expect((await host.request('tools/list')).result).toBeDefined();
      expect((await call()).result).toBeDefined();
    }
    expect(listens).not.toHaveBeenCalled();
    expect(host.context.opened).toEqual([]);
    expect(server.seen.filter(({ body }) => body.includes('"initialize"'))).toHaveLength(1);
  });
});
