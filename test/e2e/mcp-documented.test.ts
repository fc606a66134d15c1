import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeMcpOptions, fakeMcp, type Seen } from '../support/fake-mcp.ts';
import { visit } from '../support/mcp-host.ts';
import { Machine } from '../support/program.ts';
import { stdioAgent } from '../support/stdio-agent.ts';

const machine = new Machine();
const opened = join(machine.folder, 'opened');
const opener = join(machine.folder, 'opener');
const logFile = join(machine.home, 'logs', 'mcp-proxy.log');

beforeAll(() => {
  // A person who approves at once: notes every page on the way.
  const source = `
    const { appendFileSync } = require('node:fs');
    const go = async (url) => {
      appendFileSync(${JSON.stringify(opened)}, url + '\\n');
      const answer = await fetch(url, { redirect: 'manual' });
      const next = answer.headers.get('location');
      if (next !== null) return go(new URL(next, url).href);
      appendFileSync(${JSON.stringify(opened)}, (await answer.text()).match(/<h1>(.*?)<\\/h1>/)?.[1] + '\\n');
    };
    go(process.argv.at(-1));`;
  writeFileSync(opener, `#!${process.execPath}\n${source}`);
  chmodSync(opener, 0o755);
});
afterAll(() => machine.dispose());

/** A fresh run: what `claude mcp add my-server -- codemie-mcp-proxy URL` starts. */
function proxy(url: string, env: Record<string, string | undefined> = {}): ChildProcess {
  writeFileSync(opened, '');
  return machine.start([url], {
    bin: 'codemie-mcp-proxy.js',
    env: { BROWSER: opener, ...env },
    input: { open: true },
  });
}
const journey = (): readonly string[] => readFileSync(opened, 'utf8').trimEnd().split('\n');
const log = (): string => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');

async function ended(child: ChildProcess): Promise<number | null> {
  child.stdin?.end();
  if (child.exitCode === null) await once(child, 'exit');
  return child.exitCode;
}

const bearer = ({ headers }: Seen): string | undefined => headers.authorization?.replace('Bearer ', '');
const form = ({ body }: Seen): URLSearchParams => new URLSearchParams(body);

/** `.mcp.json` as the documentation shows it. */
const mcpJson = (url: string): string => `{
  "mcpServers": {
    "my-server": {
      "type": "stdio",
      "command": "codemie-mcp-proxy",
      "args": [${JSON.stringify(url)}],
      "env": {
        "MCP_CLIENT_NAME": "Claude Code (my-server)"
      }
    }
  }
}`;

describe('the OAuth flow of the documentation', () => {
  it.each([
    ['/sse', 'sse'],
    ['/mcp', 'http'],
  ] as const)('takes its seven steps at a server whose URL ends in %s', async (ending, transport) => {
    const server = await fakeMcp({ oauth: true, transport });
    expect(server.url.endsWith(ending)).toBe(true);
    const { args, env } = JSON.parse(mcpJson(server.url)).mcpServers['my-server'];
    const child = proxy(args[0], env);
    const agent = stdioAgent(child);
    const reply = await agent.initialize();
    const { seen } = server;
    const step = (wanted: (one: Seen) => boolean): number => seen.findIndex(wanted);
    const at = (path: string): Seen => seen.find((one) => one.path === path) as Seen;

    // 1. 401 Unauthorized: the remote server rejects the initial request.
    expect(seen[0]).toMatchObject({ method: 'POST', path: ending });
    expect(bearer(seen[0] as Seen)).toBeUndefined();

    // 2. Metadata discovery: fetch resource metadata and authorization server metadata.
    const metadata = ['oauth-protected-resource/mcp', 'oauth-authorization-server'];
    const [resource = -1, authorizationServer = -1] = metadata.map((name) =>
      step(({ path }) => path === `/.well-known/${name}`),
    );

    // 3. Dynamic Client Registration: register a client with client_name from MCP_CLIENT_NAME.
    const registered = JSON.parse(at('/register').body);
    expect(registered.client_name).toBe('Claude Code (my-server)');

    // 4. Browser authorization: open the user's browser to the authorization endpoint.
    const [page = '', callback = '', done = '', shown] = journey();
    expect(page.startsWith(`${server.origin}/authorize?`)).toBe(true);
    expect(server.at('/authorize')).toHaveLength(1);

    // 5. Callback: receive the authorization code via an ephemeral localhost HTTP server.
    expect(callback).toMatch(/^http:\/\/localhost:\d+\/callback\?code=/);
    expect(registered.redirect_uris).toEqual([callback.split('?')[0]]);
    expect(new URL(done).port).toBe(new URL(callback).port);
    expect(shown).toBe('You are signed in');
    await expect(fetch(callback)).rejects.toThrow();

    // 6. Token exchange: exchange the code for access/refresh tokens.
    expect(server.at('/token')).toHaveLength(1);
    expect(form(at('/token')).get('grant_type')).toBe('authorization_code');
    expect(form(at('/token')).get('code')).toBe(new URL(callback).searchParams.get('code'));

    // 7. Retry: replay the original request with the Bearer token.
    const replayed = step((one) => one.path === ending && bearer(one) === server.issued[0]);
    expect(seen[replayed]?.body).toBe(seen[0]?.body);
    expect(reply.result?.serverInfo?.name).toBe('fake');
    expect(agent.lines).toHaveLength(1);

    const [register, authorize, token] = ['/register', '/authorize', '/token'].map((path) =>
      step((one) => one.path === path),
    );
    const order = [0, resource, authorizationServer, register, authorize, token, replayed];
    expect(order.map(Number)).toEqual(order.map(Number).toSorted((a, b) => a - b));

    agent.notify('notifications/initialized');
    expect((await agent.request('tools/list')).result?.tools?.map(({ name }) => name)).toEqual(['echo']);
    expect(await ended(child)).toBe(0);
  });

  it('keeps all tokens and client state in memory only: re-authorization is required each session', async () => {
    const server = await fakeMcp({ oauth: true });
    for (const _ of [1, 2]) {
      const child = proxy(server.url, { MCP_PROXY_DEBUG: 'true' });
      expect((await stdioAgent(child).initialize()).result).toBeDefined();
      expect(await ended(child)).toBe(0);
    }
    expect(server.at('/register')).toHaveLength(2);
    expect(server.at('/authorize')).toHaveLength(2);
    const secrets = [...server.issued, ...server.refreshable];
    expect(secrets).toHaveLength(4);
    for (const [file, text] of machine.files())
      for (const secret of secrets) expect(text.includes(secret), file).toBe(false);
  });
});

describe('the configuration of the documentation', () => {
  it.each([
    ['MCP_CLIENT_NAME', 'Claude Code (my-server)', 'Claude Code (my-server)'],
    ['MCP_CLIENT_NAME', undefined, 'CodeMie CLI'],
    ['MCP_CLIENT_NAME', '', 'CodeMie CLI'],
  ])('%s=%s registers as %s', async (variable, value, expected) => {
    const server = await fakeMcp({ oauth: true });
    const child = proxy(server.url, { [variable]: value });
    await stdioAgent(child).initialize();
    await ended(child);
    expect(JSON.parse(server.at('/register')[0]?.body ?? '{}').client_name).toBe(expected);
  });

  it('MCP_PROXY_DEBUG=true writes each request to ~/.codemie/logs/mcp-proxy.log, and nothing does without it', async () => {
    const server = await fakeMcp({ oauth: true });
    const run = async (env: Record<string, string | undefined>): Promise<string> => {
      const before = log();
      const child = proxy(server.url, { CODEMIE_HOME: undefined, ...env });
      await stdioAgent(child).initialize();
      await ended(child);
      return log().slice(before.length);
    };
    expect(logFile).toBe(join(machine.folder, '.codemie', 'logs', 'mcp-proxy.log'));
    expect(await run({})).toBe('');
    const text = await run({ MCP_PROXY_DEBUG: 'true' });
    for (const path of ['/mcp', '/.well-known/oauth-authorization-server', '/register', '/token'])
      expect(text).toContain(`"url":"${server.origin}${path}"`);
  });

  it('CODEMIE_PROXY_PORT is the port of the gateway, and not that of the callback', async () => {
    const server = await fakeMcp({ oauth: true });
    const child = proxy(server.url, { CODEMIE_PROXY_PORT: '45871' });
    await stdioAgent(child).initialize();
    await ended(child);
    expect(new URL(journey()[1] ?? '').port).not.toBe('45871');
  });
});

describe('the troubleshooting table of the documentation', () => {
  const answering =
    (path: string, status: number, body: string): NonNullable<FakeMcpOptions['intercept']> =>
    (one, response) => {
      if (one.path !== path) return false;
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      return true;
    };

  it('browser does not open, because open or xdg-open is not available: the URL from the log works by hand', async () => {
    const server = await fakeMcp({ oauth: true });
    const before = log().length;
    const child = proxy(server.url, {
      BROWSER: undefined,
      DISPLAY: undefined,
      WAYLAND_DISPLAY: undefined,
      PATH: '/nowhere',
    });
    const reply = stdioAgent(child).initialize();
    const address = (): string => /Open this address to sign in: (\S+)/.exec(log().slice(before))?.[1] ?? '';
    await expect.poll(address, { timeout: 20_000 }).not.toBe('');
    await visit(address());
    expect((await reply).result).toBeDefined();
    expect(await ended(child)).toBe(0);
  });

  it('OAuth timeout, because nobody completed the authorization: re-trigger the connection and be faster', async () => {
    const server = await fakeMcp({ oauth: true });
    const child = proxy(server.url, { BROWSER: 'true', CODEMIE_MCP_TIMEOUT: '1s' });
    const agent = stdioAgent(child);
    let said = '';
    child.stderr?.on('data', (chunk) => {
      said += chunk;
    });
    const { error } = await agent.initialize();
    expect(error?.message).toContain('timed out');
    expect(error?.data).toMatchObject({ code: 'MCP_SIGN_IN_TIMED_OUT' });
    const again = agent.initialize();
    const pages = (): readonly string[] => said.split('\n').filter((line) => line.startsWith(server.origin));
    await expect.poll(pages, { timeout: 20_000 }).toHaveLength(2);
    await visit(pages()[1] ?? '');
    expect((await again).result).toBeDefined();
    expect(await ended(child)).toBe(0);
  });

  it('401 persists after auth, because the server rejects the token: the error says so and names the log', async () => {
    const server = await fakeMcp({ oauth: true, intercept: answering('/mcp', 401, '{}'), resource: 'none' });
    const before = log().length;
    const child = proxy(server.url);
    const { error } = await stdioAgent(child).initialize();
    expect(error?.data.code).toBe('MCP_UNAUTHORIZED');
    expect(error?.data.hint).toContain('mcp-proxy.log');
    await ended(child);
    expect(log().slice(before)).toMatch(/error \S+ .*"code":"MCP_UNAUTHORIZED"/);
  });

  it.each([
    [
      '400',
      400,
      '{"error":"invalid_grant","error_description":"the code is old"}',
      'invalid_grant: the code is old',
    ],
    ['500', 500, 'oops', 'status 500'],
  ])(
    '401 persists after auth, because the token exchange answers %s: the log has the error',
    async (_, status, body, said) => {
      const server = await fakeMcp({ oauth: true, intercept: answering('/token', status, body) });
      const before = log().length;
      const child = proxy(server.url);
      const { error } = await stdioAgent(child).initialize();
      expect(error?.message).toContain(said);
      expect(await ended(child)).toBe(0);
      expect(log().slice(before)).toContain(said);
    },
  );

  it('connection refused, because the remote server is unreachable: the error names it, and what to verify', async () => {
    const server = await fakeMcp();
    const gone = new URL(server.url);
    gone.port = '9';
    const child = proxy(gone.href);
    const { error } = await stdioAgent(child).initialize();
    expect(error?.message).toContain('127.0.0.1:9');
    expect(error?.message).toContain('refused');
    expect(error?.data.code).toBe('MCP_UNREACHABLE');
    expect(error?.data.hint).toMatch(/address.*network/);
    expect(await ended(child)).toBe(0);
  });
});
