import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Resolve } from '../../src/net/guard/destination.ts';
import { type FakeMcp, type FakeMcpOptions, fakeMcp } from '../support/fake-mcp.ts';
import { type FarServers, farServers } from '../support/far-servers.ts';
import { mcpHost, visit } from '../support/mcp-host.ts';
import { noOpenssl } from '../support/tls-server.ts';

const PUBLIC = '93.184.216.34';
/** What names stand for. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'mcp.example': [PUBLIC],
  'login.example': [PUBLIC],
  'fcm.googleapis.com': ['142.250.1.1'],
  'fd.io': ['23.185.0.3'],
  'fc00.example': [PUBLIC],
  'mixed.example': [PUBLIC, '127.0.0.1'],
  'mcp.corp': ['10.1.2.3'],
  'login.corp': ['10.4.5.6'],
};
const FAR = [
  'mcp.example',
  'login.example',
  'fcm.googleapis.com',
  'fd.io',
  'fc00.example',
  'mcp.corp',
  'login.corp',
];

const resolve: Resolve = async (host) => {
  const addresses = NAMES[host];
  if (addresses === undefined) throw Object.assign(new Error(`no ${host}`), { code: 'ENOTFOUND' });
  return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
};

describe.skipIf(noOpenssl)('where a server may lead', () => {
  let far: FarServers;
  beforeAll(async () => {
    far = await farServers(FAR);
  });
  afterAll(() => far.close());

  /** A listener that a server would like to have contacted. */
  const target = async () => {
    let connections = 0;
    const server: Server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((done) => server.listen(0, () => done()));
    onTestFinished(() => void server.close());
    return { port: (server.address() as { port: number }).port, connections: () => connections };
  };

  interface Places {
    readonly server?: string;
    readonly login?: string;
    readonly resourceMetadata?: string;
    readonly token?: string;
    readonly registration?: string;
  }
  /** One sign-in at a server of the internet. The person approves. */
  const signIn = async (places: Places, more: Partial<FakeMcpOptions> = {}) => {
    const { server = 'https://mcp.example', login = 'https://login.example' } = places;
    const fake: FakeMcp = await fakeMcp({
      oauth: true,
      challenge: 'bare',
      resource: { resource: `${server}/mcp`, authorization_servers: [login] },
      metadata: {
        issuer: login,
        authorization_endpoint: `${login}/authorize`,
        token_endpoint: places.token ?? `${login}/token`,
        registration_endpoint: places.registration ?? `${login}/register`,
      },
      callback: { iss: login },
      ...more,
      intercept: (one, response) => {
        if (more.intercept?.(one, response) === true) return true;
        const { resourceMetadata } = places;
        if (one.path !== '/mcp' || resourceMetadata === undefined) return false;
        response
          .writeHead(401, { 'www-authenticate': `Bearer resource_metadata="${resourceMetadata}"` })
          .end();
        return true;
      },
    });
    far.leadTo(Number(new URL(fake.origin).port));
    const host = mcpHost(`${server}/mcp`, {
      env: far.env,
      cert: far.cert,
      resolve,
      onOpen: async (page) => {
        await visit(`${fake.origin}/authorize${new URL(page).search}`);
        return true;
      },
    });
    return { fake, host, reply: await host.initialize() };
  };
  const asked = (): readonly string[] => [...new Set(far.asked)];

  it('to another server of the internet: the sign-in works', async () => {
    const { reply } = await signIn({});
    expect(reply.error).toBeUndefined();
    expect(asked()).toEqual(['mcp.example:443', 'login.example:443']);
  });

  it.each(['fcm.googleapis.com', 'fd.io', 'fc00.example'])(
    'a name that only looks like a private address is none: %s',
    async (name) => {
      const { reply } = await signIn({ login: `https://${name}` });
      expect(reply.error).toBeUndefined();
      expect(asked()).toContain(`${name}:443`);
    },
  );

  const HOSTS = [
    ...['127.0.0.1', 'localhost', '10.0.0.1', '169.254.169.254', '100.64.0.1', '0177.0.0.1', '2130706433'],
    ...[
      '[::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[64:ff9b::7f00:1]',
      'mixed.example',
      'metadata.google.internal',
    ],
  ];
  const KINDS = [
    ['resource metadata', 'resourceMetadata', '/prm'],
    ['sign-in server', 'login', ''],
    ['token endpoint', 'token', '/token'],
    ['registration endpoint', 'registration', '/register'],
  ] as const;

  it.each(HOSTS.flatMap((host) => KINDS.map(([what, kind, path]) => [host, what, kind, path] as const)))(
    'not to %s as its %s: no connection is made, and the request is answered with an error',
    async (name, _, kind, path) => {
      const { port, connections } = await target();
      const { reply, host } = await signIn({ [kind]: `https://${name}:${port}${path}` });
      expect(reply.error?.data.code).toBe('MCP_DESTINATION_REFUSED');
      expect(connections()).toBe(0);
      expect(asked().filter((one) => !/^(mcp|login)\.example:443$/.test(one))).toEqual([]);
      if (kind !== 'token') expect(host.context.opened).toEqual([]);
    },
  );

  const PATHS = [
    '/mcp',
    '/.well-known/oauth-protected-resource/mcp',
    '/.well-known/oauth-authorization-server',
    '/register',
    '/token',
  ];
  it.each(PATHS.flatMap((path) => [302, 307].map((status) => [path, status] as const)))(
    'not by a redirect of %s with %d',
    async (path, status) => {
      const { port, connections } = await target();
      const { reply } = await signIn(
        {},
        {
          intercept: (one, response) => {
            if (one.path !== path) return false;
            response.writeHead(status, { location: `http://127.0.0.1:${port}/` }).end();
            return true;
          },
        },
      );
      expect(reply.error).toBeDefined();
      expect(connections()).toBe(0);
    },
  );

  describe('when it is a private one', () => {
    const server = 'https://mcp.corp';

    it('to a sign-in server that is as private', async () => {
      const { reply } = await signIn({ server, login: 'https://login.corp' });
      expect(reply.error).toBeUndefined();
      expect(asked()).toEqual(['mcp.corp:443', 'login.corp:443']);
    });

    it('to one on the internet', async () => {
      expect((await signIn({ server })).reply.error).toBeUndefined();
    });

    it.each(['127.0.0.1', '[::1]', 'localhost', '169.254.169.254', '[fe80::1]', 'mixed.example'])(
      'never to %s',
      async (name) => {
        const { port, connections } = await target();
        const { reply } = await signIn({ server, login: `https://${name}:${port}` });
        expect(reply.error?.data.code).toBe('MCP_DESTINATION_REFUSED');
        expect(connections()).toBe(0);
      },
    );
  });

  it('on this computer: to another port of it, and not to a link-local address', async () => {
    const login = await fakeMcp();
    const places = await fakeMcp({
      oauth: true,
      resource: { authorization_servers: [login.origin] },
    });
    await mcpHost(places.url).initialize();
    expect(login.seen.map(({ path }) => path)).toContain('/.well-known/oauth-authorization-server');
    const linked = await fakeMcp({
      oauth: true,
      resource: { authorization_servers: ['http://169.254.169.254'] },
    });
    const { error } = await mcpHost(linked.url).initialize();
    expect(error?.data.code).toBe('MCP_DESTINATION_REFUSED');
    expect(error?.message).toContain('169.254.169.254');
  });
});
