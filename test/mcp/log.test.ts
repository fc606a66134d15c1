import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMcpLog, logPath } from '../../src/mcp/log.ts';
import { temporaryFolder } from '../support/context.ts';
import { type FakeMcpOptions, fakeMcp } from '../support/fake-mcp.ts';
import { type McpHostOptions, mcpHost } from '../support/mcp-host.ts';

/** A whole sign-in, with a secret in everything that can hold one. */
async function flow(env: Record<string, string>, fake: FakeMcpOptions = {}, more: McpHostOptions = {}) {
  const server = await fakeMcp({
    oauth: true,
    expiresIn: 0,
    intercept: (_, response) => {
      response.setHeader('set-cookie', 'lb=cookie-value-1; Path=/');
      return false;
    },
    ...fake,
  });
  const host = mcpHost(`${server.url}?key=query-secret-1`, {
    ...more,
    env: {
      CODEMIE_MCP_CLIENT_ID: 'by-hand',
      CODEMIE_MCP_CLIENT_SECRET: 'client-secret-1',
      CODEMIE_MCP_HEADERS: 'X-Key: header-secret-1',
      ...env,
    },
  });
  await host.initialize();
  await host.request('tools/list');
  await host.request('tools/call', { name: 'echo', arguments: { text: 'argument-secret-1' } });
  host.context.endInput();
  await host.ended;
  return { server, host, text: host.log() };
}

describe('the log', () => {
  it('has method, address and status of each request with MCP_PROXY_DEBUG=true, is 0600, and holds no secret', async () => {
    const { server, host, text } = await flow({ MCP_PROXY_DEBUG: 'true' });
    expect(statSync(logPath(host.context.home)).mode & 0o777).toBe(0o600);
    expect(statSync(join(host.context.home, 'logs')).mode & 0o777).toBe(0o700);
    expect(text).toContain(`"method":"POST","url":"${server.url}","status":401`);
    expect(text).toContain(`"method":"POST","url":"${server.url}","status":200`);
    expect(text).toContain(`${server.origin}/token`);
    const forms = server.at('/token').map(({ body }) => new URLSearchParams(body));
    expect(forms.map((form) => form.get('grant_type'))).toContain('refresh_token');
    const secrets = [
      server.at('/authorize')[0]?.query.get('state'),
      server.at('/authorize')[0]?.query.get('code_challenge'),
      forms[0]?.get('code'),
      forms[0]?.get('code_verifier'),
      ...forms.slice(1).map((form) => form.get('refresh_token')),
      ...server.issued,
      ...server.refreshable,
      ...['client-secret-1', btoa('by-hand:client-secret-1'), 'cookie-value-1'],
      ...['query-secret-1', 'header-secret-1', 'argument-secret-1'],
    ];
    expect(secrets.length).toBeGreaterThan(12);
    for (const secret of secrets) {
      expect(secret).toBeTruthy();
      expect(text).not.toContain(secret);
      expect(host.context.out.stderr.replace(/^http.*$/gm, '')).not.toContain(secret);
    }
  });

  it('holds no secret of a server that repeats what it was sent in its errors', async () => {
    const { server, host, text } = await flow(
      { MCP_PROXY_DEBUG: 'true' },
      {
        intercept: ({ path, body }, response) => {
          if (path !== '/token') return false;
          const answer = { error: 'invalid_request', error_description: body };
          response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
          return true;
        },
      },
    );
    const form = new URLSearchParams(server.at('/token')[0]?.body);
    for (const name of ['code', 'code_verifier']) {
      expect(form.get(name)).toBeTruthy();
      expect(text).not.toContain(form.get(name));
      expect(host.context.out.stdout).not.toContain(form.get(name));
    }
  });

  it('is not there when nothing goes wrong and nobody asked for it', async () => {
    const { host } = await flow({});
    expect(existsSync(logPath(host.context.home))).toBe(false);
  });

  it('has every error, without MCP_PROXY_DEBUG, too: the step, the code and the reason', async () => {
    const { text } = await flow({}, { metadata: { code_challenge_methods_supported: undefined } });
    expect(text).toMatch(/error sign-in .*"code":"MCP_PKCE_UNSUPPORTED","reason":"/);
    expect(text).not.toContain('"method"');
  });

  it('is set aside once when it grows', async () => {
    const host = mcpHost('http://127.0.0.1:9/mcp');
    await host.initialize();
    writeFileSync(logPath(host.context.home), 'x'.repeat(1_100_000));
    await host.initialize();
    expect(host.log()).toContain('MCP_UNREACHABLE');
    expect(statSync(join(host.context.home, 'logs', 'mcp-proxy.log.1')).size).toBe(1_100_000);
  });
});

const EVIL = 'x\u001b[2J\u001b]0;title\u0007\u009b31m\u202egnp.exe\u200b\r\nSECOND LINE';
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

describe('text of a server', () => {
  it('is one clean line of the log, whoever wrote it there', () => {
    const home = temporaryFolder();
    createMcpLog({ home, isDebug: true, now: () => 0 }).note('library', { text: EVIL });
    const text = readFileSync(logPath(home), 'utf8');
    expect(text.trimEnd()).not.toMatch(UNSAFE);
  });

  it.each<[string, FakeMcpOptions]>([
    [
      'a refused registration',
      { intercept: refusing('/register', 403, { error: EVIL, error_description: EVIL }) },
    ],
    ['a refused code', { intercept: refusing('/token', 400, { error: EVIL, error_description: EVIL }) }],
    ['an error in the browser', { callback: { code: undefined, error: EVIL, error_description: EVIL } }],
    ['another issuer', { metadata: { issuer: `https://h.example/${EVIL}` } }],
    ['another resource', { resource: { resource: `https://h.example/${EVIL}` } }],
    ['a sign-in page', { metadata: { authorization_endpoint: `https://h.example/${EVIL}` } }],
    ['a scope', { challenge: `scope="a${EVIL.replace(/[^\u0020-\u00ff]/g, '')}"` }],
  ])('moves no cursor and reorders nothing in stderr, the log and the answer: %s', async (_, fake) => {
    const server = await fakeMcp({ oauth: true, ...fake });
    const host = mcpHost(server.url, {
      env: { MCP_PROXY_DEBUG: 'true' },
      settings: { timeout: '300ms' },
      onOpen: (page) => page.startsWith(server.origin),
    });
    const { error } = await host.initialize();
    const answer = `${error?.message}${error?.data?.hint}`;
    for (const text of [host.context.out.stderr, host.log(), answer]) {
      expect(text.replaceAll('\n', '')).not.toMatch(UNSAFE);
      expect(text).not.toMatch(/^SECOND LINE/m);
    }
  });
});

function refusing(path: string, status: number, body: unknown): NonNullable<FakeMcpOptions['intercept']> {
  return (one, response) => {
    if (one.path !== path) return false;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    return true;
  };
}
