import { createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Resolve } from '../../src/net/guard/destination.ts';
import { canned } from '../support/canned.ts';
import { type FakeMcp, type FakeMcpOptions, fakeMcp } from '../support/fake-mcp.ts';
import { type FarServers, farServers } from '../support/far-servers.ts';
import { type McpHostOptions, mcpHost, visit } from '../support/mcp-host.ts';
import { noOpenssl } from '../support/tls-server.ts';

const SERVER = 'https://mcp.example';
const LOGIN = 'https://login.example';
const PUBLIC = '93.184.216.34';

/** This machine knows no name: only the proxy does. */
const unknown: Resolve = async (host) => {
  throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
};
const all =
  (addresses: Readonly<Record<string, string>>): Resolve =>
  async (host) => [{ address: addresses[host] ?? PUBLIC, family: 4 }];

describe.skipIf(noOpenssl)('behind the proxy of a company', () => {
  let far: FarServers;
  beforeAll(async () => {
    far = await farServers(['mcp.example', 'login.example']);
  });
  afterAll(() => far.close());
  beforeEach(() => {
    far.status = '200 OK';
  });

  const fake = async (options: Partial<FakeMcpOptions> = {}): Promise<FakeMcp> => {
    const server = await fakeMcp({
      oauth: true,
      challenge: 'bare',
      resource: { resource: `${SERVER}/mcp`, authorization_servers: [LOGIN] },
      metadata: {
        issuer: LOGIN,
        authorization_endpoint: `${LOGIN}/authorize`,
        token_endpoint: `${LOGIN}/token`,
        registration_endpoint: `${LOGIN}/register`,
      },
      callback: { iss: LOGIN },
      ...options,
    });
    far.leadTo(Number(new URL(server.origin).port));
    return server;
  };
  /** The person's browser reaches the page in its own way. */
  const host = (server: FakeMcp, env: Record<string, string | undefined>, more: McpHostOptions = {}) =>
    mcpHost(`${SERVER}/mcp`, {
      env,
      resolve: unknown,
      cert: far.cert,
      onOpen: (page) => visit(page.replace(LOGIN, server.origin)).then(() => true),
      ...more,
    });
  const proxy = (login = ''): string => far.env['HTTPS_PROXY']?.replace('//', `//${login}`) ?? '';

  it.each([
    ['upper case', () => ({ HTTPS_PROXY: proxy() })],
    ['lower case', () => ({ https_proxy: proxy() })],
  ])(
    'every request goes through it, the variable in %s: MCP, discovery, registration and token',
    async (_, env) => {
      const server = await fake();
      const one = host(server, env());
      expect((await one.initialize()).result).toBeDefined();
      expect((await one.request('tools/list')).result).toBeDefined();
      expect(new Set(far.asked)).toEqual(new Set(['mcp.example:443', 'login.example:443']));
      expect(server.steps()).toEqual([
        'GET /.well-known/oauth-protected-resource/mcp',
        'GET /.well-known/oauth-authorization-server',
        'POST /register',
        'GET /authorize',
        'POST /token',
      ]);
      const direct = server.seen.filter(
        ({ path, headers }) => path !== '/authorize' && !/\.example$/.test(headers.host ?? ''),
      );
      expect(direct).toEqual([]);
    },
  );

  it('every refresh, and the stream of a server with SSE, too', async () => {
    const server = await fake({
      transport: 'sse',
      expiresIn: 0,
      intercept: canned({
        '/.well-known/oauth-protected-resource/sse': {
          json: { resource: `${SERVER}/sse`, authorization_servers: [LOGIN] },
        },
      }),
    });
    const one = mcpHost(`${SERVER}/sse`, {
      env: { HTTPS_PROXY: proxy() },
      resolve: unknown,
      cert: far.cert,
      onOpen: (page) => visit(page.replace(LOGIN, server.origin)).then(() => true),
    });
    expect((await one.initialize()).result).toBeDefined();
    expect((await one.request('tools/list')).result).toBeDefined();
    expect(server.at('/token').length).toBeGreaterThan(1);
    expect(server.at('/sse').length).toBeGreaterThan(0);
  });

  it('its user name and password go to it alone, and are never shown', async () => {
    const server = await fake();
    const env = { HTTPS_PROXY: proxy('ada:pass-of-the-proxy@'), MCP_PROXY_DEBUG: 'true' };
    const one = host(server, env);
    expect((await one.initialize()).result).toBeDefined();
    expect(new Set(far.logins)).toEqual(new Set(['ada:pass-of-the-proxy']));
    expect(JSON.stringify(server.seen)).not.toContain('proxy-authorization');
    far.status = '407 Proxy Authentication Required';
    const refused = host(server, env);
    const { error } = await refused.initialize();
    expect(error?.message).toMatch(/The proxy 127\.0\.0\.1:\d+ \(HTTPS_PROXY\) answered HTTP 407/);
    const shown = [one, refused].map((each) => [
      each.log(),
      each.context.out.stderr,
      each.context.out.stdout,
    ]);
    expect(JSON.stringify(shown)).not.toContain('pass-of-the-proxy');
  });

  it.each([
    ['the MCP server', 'mcp.example', /mcp\.example could not be found/],
    ['its sign-in server', 'login.example', /login\.example could not be found/],
    ['all', '*', /mcp\.example could not be found/],
  ])('nothing goes through it that NO_PROXY leaves out: %s', async (_, left, said) => {
    const server = await fake();
    const one = host(server, { HTTPS_PROXY: proxy(), NO_PROXY: left });
    const { error } = await one.initialize();
    expect(error?.message).toMatch(said);
    expect(error?.message).not.toContain('HTTPS_PROXY');
    expect(far.asked.filter((asked) => left === '*' || asked.startsWith(left))).toEqual([]);
  });

  it('a server on this computer is never asked through it', async () => {
    const server = await fakeMcp({ oauth: true });
    far.leadTo(9);
    const one = mcpHost(server.url, { env: { HTTP_PROXY: proxy(), HTTPS_PROXY: proxy(), NO_PROXY: '' } });
    expect((await one.initialize()).result).toBeDefined();
    expect(far.asked).toEqual([]);
  });

  describe('an error says which part of the way failed', () => {
    const closedPort = async (): Promise<number> => {
      const server = createServer();
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
      const { port } = server.address() as { port: number };
      await new Promise((done) => server.close(done));
      return port;
    };
    const failing = async (env: Record<string, string>, more: McpHostOptions = {}) => {
      const server = await fake();
      const { error } = await host(server, env, more).initialize();
      return error;
    };

    it('the name of the proxy', async () => {
      const error = await failing({ HTTPS_PROXY: 'http://proxy.invalid:3128' });
      expect(error?.message).toMatch(/The proxy proxy\.invalid:3128 \(HTTPS_PROXY\) could not be found/);
    });

    it('the connection to it', async () => {
      const error = await failing({ HTTPS_PROXY: `http://127.0.0.1:${await closedPort()}` });
      expect(error?.message).toMatch(/The proxy 127\.0\.0\.1:\d+ \(HTTPS_PROXY\) refused the connection/);
    });

    it.each(['403 Forbidden', '502 Bad Gateway'])(
      'its answer %s, with the host it was asked for',
      async (status) => {
        far.status = status;
        const error = await failing({ HTTPS_PROXY: proxy() });
        expect(error?.message).toMatch(
          new RegExp(
            `The proxy .* answered HTTP ${status.slice(0, 3)} when asked to connect to mcp\\.example:443`,
          ),
        );
      },
    );

    it('the certificate, with the host, its issuer, the proxy and the way out', async () => {
      const server = await fake();
      const one = mcpHost(`${SERVER}/mcp`, { env: { HTTPS_PROXY: proxy() }, resolve: unknown });
      const { error } = await one.initialize();
      expect(error?.message).toMatch(/mcp\.example has a certificate that isn't trusted .*through the proxy/);
      expect(error?.message).toContain('issued by "x"');
      expect(error?.data.hint).toContain('ca-file');
      expect(server.seen).toEqual([]);
    });

    it.each([
      [
        'discovery',
        '/.well-known/oauth-authorization-server',
        /oauth-authorization-server gave no answer: .*login\.example .*through the proxy/,
      ],
      ['registration', '/register', /The registration at login\.example gave no answer: .*through the proxy/],
      ['token', '/token', /The token endpoint of login\.example gave no answer: .*through the proxy/],
    ])('the step %s', async (_, path, said) => {
      const server = await fake({
        intercept: (seen, response) => {
          if (seen.path !== path) return false;
          response.destroy();
          return true;
        },
      });
      const { error } = await host(server, { HTTPS_PROXY: proxy() }).initialize();
      expect(error?.message).toMatch(said);
    });
  });

  it('the destination guard judges the name of the target, and not the address of the proxy', async () => {
    const server = await fake();
    const env = { HTTPS_PROXY: proxy() };
    expect((await host(server, env, { resolve: all({}) }).initialize()).result).toBeDefined();
    far.leadTo(Number(new URL(server.origin).port));
    const inside = host(server, env, { resolve: all({ 'login.example': '10.1.2.3' }) });
    expect((await inside.initialize()).error?.data.code).toBe('MCP_DESTINATION_REFUSED');
    expect(far.asked.filter((asked) => asked.startsWith('login.example'))).toEqual([]);
  });
});
