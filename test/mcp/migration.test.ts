import { describe, expect, it } from 'vitest';
import { fakeMcp } from '../support/fake-mcp.ts';
import { type McpHostOptions, mcpHost } from '../support/mcp-host.ts';

/** A server whose metadata names another authorization server from `move` on. Both accept the tokens of the newer one. */
async function moving(options: McpHostOptions = {}, metadata = {}) {
  const next = await fakeMcp({ oauth: true, metadata });
  let at: string | undefined;
  const server = await fakeMcp({
    oauth: true,
    metadata,
    resource: (origin) => ({ authorization_servers: [at ?? origin] }),
    intercept: ({ path, headers }, response) => {
      const [, token = ''] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? [];
      if (path === '/mcp' && next.valid.has(token)) server.valid.add(token);
      response.on('error', () => undefined);
      return false;
    },
  });
  const host = mcpHost(server.url, options);
  await host.initialize();
  at = next.origin;
  server.valid.clear();
  return { server, next, host };
}

describe('a server that moves to another authorization server', () => {
  it('is looked up again after a 401 to a token, and costs one registration and one sign-in there', async () => {
    const { server, next, host } = await moving();
    expect((await host.request('tools/list')).result).toBeDefined();
    expect(next.steps()).toContain('GET /.well-known/oauth-authorization-server');
    expect(next.steps().filter((step) => !step.includes('.well-known'))).toEqual([
      'POST /register',
      'GET /authorize',
      'POST /token',
    ]);
    expect(server.at('/register')).toHaveLength(1);
    expect(host.context.opened).toHaveLength(2);
  });

  it('gets no credential of the first one: neither its client, nor its tokens', async () => {
    const { server, next, host } = await moving();
    await host.request('tools/list');
    const sent = JSON.stringify(next.seen);
    for (const token of server.issued) expect(sent).not.toContain(token);
    expect(sent).not.toContain('refresh_token=');
    expect(server.at('/token')).toHaveLength(1);
  });

  it('is an error with a client registered by hand, whose secret goes to no other server', async () => {
    const { next, host } = await moving({
      env: { CODEMIE_MCP_CLIENT_ID: 'by-hand', CODEMIE_MCP_CLIENT_SECRET: 'secret-of-the-client' },
    });
    const { error } = await host.request('tools/list');
    expect(error?.message).toContain(`now signs in at ${next.origin}`);
    expect(error?.data.hint).toContain('--client-id');
    expect(next.steps().filter((step) => !step.includes('.well-known'))).toEqual([]);
    expect(JSON.stringify(next.seen)).not.toContain('secret-of-the-client');
    expect(host.context.opened).toHaveLength(1);
  });

  it('keeps a client ID metadata document, which is good at any of them', async () => {
    const url = 'https://client.example/metadata.json';
    const { next, host } = await moving(
      { settings: { 'client-metadata-url': url } },
      { client_id_metadata_document_supported: true },
    );
    expect((await host.request('tools/list')).result).toBeDefined();
    expect(next.at('/authorize')[0]?.query.get('client_id')).toBe(url);
    expect(next.at('/register')).toEqual([]);
  });
});
