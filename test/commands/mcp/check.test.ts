import { describe, expect, it, onTestFinished } from 'vitest';
import type { Step, StepId } from '../../../src/mcp/check/steps.ts';
import { startSandbox } from '../../../src/sandbox/start.ts';
import { canned, serverMetadata } from '../../support/canned.ts';
import { outcomeOf } from '../../support/commands.ts';
import { temporaryFolder, testContext } from '../../support/context.ts';
import { type FakeMcpOptions, fakeMcp } from '../../support/fake-mcp.ts';
import { hostOn, machineOf } from '../../support/mcp-keep.ts';
import { expectShape } from '../../support/schemas.ts';

async function check(address: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  const context = testContext({ env, limits: { connectMs: 2000 } });
  const { code, stdout } = await outcomeOf(context, 'mcp', 'check', address, '--json', ...args);
  const { ok, steps, url } = expectShape<{ ok: boolean; url: string; steps: Step[] }>('mcp-check', stdout);
  const of = (id: StepId): Step => steps.find((step) => step.id === id) as Step;
  const statuses = steps.map(({ status }) => status).join(' ');
  expect(ok).toBe(code === 0);
  expect(context.opened).toEqual([]);
  return { code, url, of, statuses, stdout };
}

async function checked(options: FakeMcpOptions, args: readonly string[] = []) {
  const server = await fakeMcp({ oauth: true, ...options });
  return { server, ...(await check(server.url, args)) };
}

describe('codemie mcp check', () => {
  it('says that a sign-in is needed, opens no browser and registers nothing', async () => {
    const { server, code, of, statuses } = await checked({ challenge: 'scope="files:read"' });
    expect(code).toBe(4);
    expect(statuses).toBe('ok ok ok ok warn skip');
    expect(of('token').fix).toEqual([`codemie mcp login ${server.url}`]);
    expect(of('registration').detail).toContain('offers registration. It was not tried');
    expect(of('authorize').detail).toContain('scope "files:read"');
    expect(of('authorize').detail).toContain(`resource ${server.url}`);
    expect(server.steps()).toEqual([
      'GET /.well-known/oauth-protected-resource/mcp',
      'GET /.well-known/oauth-authorization-server',
    ]);
  });

  it('opens a session where no sign-in is asked for', async () => {
    const { code, of, statuses } = await checked({ oauth: false });
    expect([code, statuses]).toEqual([0, 'skip skip skip skip skip ok']);
    expect(of('initialize').detail).toBe('fake 1, MCP 2025-11-25');
    expect(of('token').detail).toBe('The server asks for no sign-in.');
  });

  it.each(['http', 'sse'] as const)('does so over %s, too', async (transport) => {
    const { code, of } = await checked({ oauth: false, transport });
    expect([code, of('initialize').status]).toEqual([0, 'ok']);
  });

  it('finds the sign-in of the sandbox', async () => {
    const sandbox = await startSandbox({});
    onTestFinished(() => sandbox.close());
    for (const path of ['/mcp', '/sse']) {
      const { code, of, statuses } = await check(`${new URL(sandbox.apiUrl).origin}${path}`);
      expect([code, statuses]).toEqual([4, 'ok ok ok ok warn skip']);
      expect(of('resource-metadata').detail).toContain(sandbox.issuer);
    }
  });

  it('tells each step in a line, with the next move below it', async () => {
    const server = await fakeMcp({ oauth: true });
    const context = testContext();
    const { code, stdout } = await outcomeOf(context, 'mcp', 'check', server.url);
    expect(code).toBe(4);
    const masked = stdout.replaceAll(server.origin, 'ORIGIN').replaceAll(new URL(server.url).host, 'HOST');
    expect(masked).toBe(
      [
        'ORIGIN/mcp',
        '',
        'ok    Resource metadata  ORIGIN/.well-known/oauth-protected-resource/mcp (found). Sign-in server: ORIGIN.',
        'ok    Sign-in server     ORIGIN/.well-known/oauth-authorization-server (found).',
        'ok    Registration       The server offers registration. It was not tried.',
        'ok    Sign-in page       At HOST, no scope, resource ORIGIN/mcp.',
        'warn  Stored sign-in     No sign-in to this server is stored.',
        '                         fix: codemie mcp login ORIGIN/mcp',
        'skip  Session            Not reached.',
        '',
        'Sign in to use the server.',
        '',
      ].join('\n'),
    );
  });

  it('shows no secret of the address or of a header', async () => {
    const server = await fakeMcp({ oauth: true });
    const { stdout, of, url } = await check(`${server.url}?key=query-secret-1`, [
      '--header',
      'X-Key: header-secret-1',
    ]);
    expect(stdout).not.toContain('secret-1');
    expect(url).toBe(server.url);
    expect(of('token').fix).toEqual([]);
  });
});

describe('codemie mcp check and a stored sign-in', () => {
  const signedIn = async (options: FakeMcpOptions = {}) => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true, ...options });
    const host = hostOn(home, server.url);
    expect((await host.initialize()).result).toBeDefined();
    host.context.endInput();
    await host.ended;
    return { server, env: machineOf(home) };
  };

  it('opens a session with it', async () => {
    const { server, env } = await signedIn();
    const { code, of, statuses, stdout } = await check(server.url, [], env);
    expect([code, statuses]).toEqual([0, 'ok ok ok ok ok ok']);
    expect(of('initialize').detail).toContain('fake 1');
    expect(stdout).not.toContain(server.issued[0]);
  });

  it('refreshes it, and keeps what came', async () => {
    const { server, env } = await signedIn();
    server.valid.clear();
    expect((await check(server.url, [], env)).code).toBe(0);
    expect((await check(server.url, [], env)).code).toBe(0);
    expect(server.at('/token')).toHaveLength(2);
    expect(server.at('/register')).toHaveLength(1);
  });

  it('says that it has ended, and how to sign in again, without a browser', async () => {
    const ended = { isOver: false };
    const { server, env } = await signedIn({
      intercept: ({ path }, response) => {
        if (path !== '/token' || !ended.isOver) return false;
        response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
        return true;
      },
    });
    server.valid.clear();
    ended.isOver = true;
    const { code, of, statuses } = await check(server.url, ['--oauth-scope', 'a b'], env);
    expect([code, statuses]).toEqual([4, 'ok ok ok ok fail skip']);
    expect(of('token').fix).toEqual([`codemie mcp login ${server.url} --oauth-scope 'a b'`]);
  });
});

describe('codemie mcp check warns before a sign-in', () => {
  const ENTRA = 'https://login.microsoftonline.com/common/oauth2/v2.0/authorize';

  it('that PKCE is not announced, and names the switch', async () => {
    const { code, of, server } = await checked({ metadata: { code_challenge_methods_supported: undefined } });
    expect(code).toBe(1);
    expect(of('server-metadata')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('PKCE'),
      fix: [`codemie mcp login ${server.url} --allow-missing-pkce-metadata`],
    });
  });

  it('that PKCE is not announced although the switch is on', async () => {
    const { code, of } = await checked({ metadata: { code_challenge_methods_supported: undefined } }, [
      '--allow-missing-pkce-metadata',
    ]);
    expect([code, of('server-metadata').status]).toEqual([4, 'warn']);
  });

  it('that PKCE is announced without S256, which no switch allows', async () => {
    const { code, of } = await checked({ metadata: { code_challenge_methods_supported: ['plain'] } }, [
      '--allow-missing-pkce-metadata',
    ]);
    expect([code, of('server-metadata').status, of('server-metadata').fix]).toEqual([1, 'fail', []]);
  });

  it.each([
    [[], 'warn'],
    [['--no-resource'], 'warn'],
    [['--no-resource', '--oauth-scope', 'api://x/.default'], 'ok'],
  ])(
    'that Microsoft Entra refuses the resource parameter and needs a scope: with %s it is %s',
    async (args, status) => {
      const { of } = await checked({ metadata: { authorization_endpoint: ENTRA } }, args);
      expect(of('authorize').status).toBe(status);
      if (status === 'warn') expect(of('authorize').detail).toMatch(/--no-resource and --oauth-scope/);
    },
  );

  it('that there is no registration, and names --client-id', async () => {
    const { code, of } = await checked({ metadata: { registration_endpoint: undefined } });
    expect(code).toBe(1);
    expect(of('registration')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('--client-id'),
    });
  });

  it.each([
    [['--client-id', 'by-hand'], {}, 'The client you named is used.'],
    [
      ['--client-metadata-url', 'https://a.example/c.json'],
      { client_id_metadata_document_supported: true },
      'Your client ID metadata document is used.',
    ],
  ])('of nothing where %s stands in for registration', async (args, more, detail) => {
    const { code, of } = await checked({ metadata: { registration_endpoint: undefined, ...more } }, args);
    expect([code, of('registration').status, of('registration').detail]).toEqual([4, 'ok', detail]);
  });

  it.each(['authorization_endpoint', 'token_endpoint', 'registration_endpoint'])(
    'that %s is plain http on another machine',
    async (name) => {
      const { code, of } = await checked({ metadata: { [name]: 'http://as.example/x' } });
      expect(code).toBe(1);
      expect(of('authorize')).toMatchObject({ status: 'fail', detail: expect.stringContaining(name) });
    },
  );

  it('that the server publishes no metadata of its own, with each address and verdict', async () => {
    const { code, of, server } = await checked({ resource: 'none', challenge: 'bare' });
    expect([code, of('resource-metadata').status]).toEqual([4, 'warn']);
    expect(of('resource-metadata').detail).toContain(
      `${server.origin}/.well-known/oauth-protected-resource/mcp (answered 404)`,
    );
  });
});

describe('codemie mcp check and a server that cannot be used', () => {
  it('lists each address with its verdict where no sign-in server is found, and no page', async () => {
    const page = { html: '<h1>An app</h1>' };
    const { code, of, statuses, stdout, server } = await checked({
      intercept: canned({
        '/.well-known/oauth-authorization-server': page,
        '/.well-known/openid-configuration': page,
      }),
    });
    expect([code, statuses]).toEqual([1, 'ok fail skip skip skip skip']);
    expect(of('server-metadata').detail).toContain(
      `${server.origin}/.well-known/openid-configuration (answered 200 but no JSON document)`,
    );
    expect(stdout).not.toContain('<');
  });

  it('exits with 5 where nobody answers', async () => {
    const { code, of, statuses } = await check('http://127.0.0.1:9/mcp');
    expect([code, statuses]).toEqual([5, 'skip skip skip skip skip fail']);
    expect(of('initialize').detail).toContain('127.0.0.1:9 refused the connection');
  });

  it('exits with 6 where the sign-in leads to an address that is not allowed', async () => {
    for (const address of ['https://169.254.169.254', 'http://10.0.0.1']) {
      const { code, statuses } = await checked({ resource: { authorization_servers: [address] } });
      expect([code, statuses]).toEqual([6, 'ok fail skip skip skip skip']);
    }
  });

  it('exits with 1 where something else answers', async () => {
    const { code, of } = await checked({
      oauth: false,
      intercept: canned({ '/mcp': { status: 404, html: '<p>' } }),
    });
    expect([code, of('initialize').status]).toEqual([1, 'fail']);
  });

  it('exits with 4 where a header of your own is not accepted, and looks for no sign-in', async () => {
    const server = await fakeMcp({ oauth: true });
    const { code, statuses } = await check(server.url, ['--header', 'Authorization: Bearer own-token-1']);
    expect([code, statuses]).toEqual([4, 'skip skip skip skip skip fail']);
    expect(server.steps()).toEqual([]);
  });

  it('names the address of a sign-in server that is down', async () => {
    const { code, of } = await checked({
      intercept: canned({ '/.well-known/oauth-authorization-server': { status: 503 } }),
    });
    expect([code, of('server-metadata').status]).toEqual([1, 'fail']);
    expect(of('server-metadata').detail).toContain('oauth-authorization-server answered with status 503');
  });

  it('finds metadata after the path of the issuer, as the sign-in does', async () => {
    const { code, of } = await checked({
      resource: (origin) => ({ authorization_servers: [`${origin}/a`] }),
      intercept: canned({
        '/a/.well-known/openid-configuration': (origin) => ({ json: serverMetadata(origin, `${origin}/a`) }),
      }),
    });
    expect(code).toBe(4);
    expect(of('server-metadata').detail).toContain('/a/.well-known/openid-configuration (found)');
  });
});
