import { describe, expect, it, onTestFinished } from 'vitest';
import { guardAround, type Resolve } from '../../../src/net/guard/destination.ts';
import { LIMITS } from '../../../src/net/limits.ts';
import { createStreamingFetch } from '../../../src/net/stream/fetch.ts';
import { fakePlatform } from '../../support/platform.ts';
import { noOpenssl, tlsServer } from '../../support/tls-server.ts';
import { tunnelProxy } from '../../support/tunnel-proxy.ts';

const to =
  (address: string): Resolve =>
  async () => [{ address, family: address.includes(':') ? 6 : 4 }];

/** A `fetch` whose person named `named`. */
function guarded(named: string, resolve: Resolve, env: Record<string, string> = {}): typeof fetch {
  const owner = new AbortController();
  onTestFinished(() => owner.abort());
  return createStreamingFetch({
    env,
    ca: () => undefined,
    limits: LIMITS,
    userAgent: 'test/1',
    signal: owner.signal,
    guard: guardAround(new URL(named), resolve),
  });
}

const refused = { code: 'DESTINATION_REFUSED' };
const PUBLIC = '93.184.216.34';

describe('a server on the internet leads to no address nearer to the person', () => {
  it.each([
    '127.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '100.64.0.1',
    '0177.0.0.1',
    '2130706433',
    'localhost',
  ])('%s', async (host) => {
    const fetch = guarded('https://mcp.example/mcp', to(PUBLIC));
    await expect(fetch(`http://${host}:9/`)).rejects.toMatchObject(refused);
  });

  it('a name that stands for an address on this computer gets no connection', async () => {
    let connections = 0;
    const platform = await fakePlatform((_request, response) => {
      connections += 1;
      response.end();
    });
    const { port } = new URL(platform.origin);
    const resolve: Resolve = async (host) => [
      ...(host === 'mcp.example' ? [] : [{ address: '127.0.0.1', family: 4 }]),
      { address: PUBLIC, family: 4 },
    ];
    const fetch = guarded('https://mcp.example/mcp', resolve);
    await expect(fetch(`http://inside.example:${port}/`)).rejects.toMatchObject(refused);
    expect(connections).toBe(0);
  });

  it('nor when it stands for a public one at first', async () => {
    const answers = [PUBLIC, '127.0.0.1'];
    const resolve: Resolve = async (host) => [
      { address: host === 'mcp.example' ? PUBLIC : (answers.shift() ?? '127.0.0.1'), family: 4 },
    ];
    const guard = guardAround(new URL('https://mcp.example/mcp'), resolve);
    const url = new URL('http://turning.example:9/');
    expect(await guard.check(url)).toEqual([{ address: PUBLIC, family: 4 }]);
    await expect(guard.check(url)).rejects.toMatchObject(refused);
  });

  it('nor through a company proxy', async () => {
    const platform = await fakePlatform((_request, response) => response.end());
    const env = { HTTP_PROXY: await tunnelProxy(Number(new URL(platform.origin).port)) };
    const fetch = guarded('http://mcp.example/mcp', to(PUBLIC), env);
    await expect(fetch('http://10.0.0.1/')).rejects.toMatchObject(refused);
    await expect(fetch('http://metadata.google.internal/')).rejects.toMatchObject(refused);
    expect((await fetch('http://mcp.example/mcp')).status).toBe(200);
  });
});

describe('what a person named is connected to at the address that was judged', () => {
  it('by name, though no name server knows it', async () => {
    const platform = await fakePlatform((request, response) => response.end(request.headers.host));
    const { port } = new URL(platform.origin);
    const fetch = guarded(`http://mcp.example:${port}/`, to('127.0.0.1'));
    expect(await (await fetch(`http://mcp.example:${port}/`)).text()).toBe(`mcp.example:${port}`);
  });

  it('a name is looked up once for each connection, and judged again for the next one', async () => {
    const platform = await fakePlatform((_request, response) =>
      response.writeHead(200, { connection: 'close' }).end('here'),
    );
    const { port } = new URL(platform.origin);
    const answers = ['127.0.0.1', '169.254.169.254'];
    let lookups = 0;
    const resolve: Resolve = async (host) => {
      if (host === 'mcp.example') return [{ address: '127.0.0.1', family: 4 }];
      lookups += 1;
      return [{ address: answers[lookups - 1] ?? '', family: 4 }];
    };
    const fetch = guarded(`http://mcp.example:${port}/`, resolve);
    expect(await (await fetch(`http://turning.example:${port}/`)).text()).toBe('here');
    expect(lookups).toBe(1);
    await expect(fetch(`http://turning.example:${port}/`)).rejects.toMatchObject(refused);
    expect(lookups).toBe(2);
  });

  it('as localhost', async () => {
    const platform = await fakePlatform((_request, response) => response.end('here'));
    const { port } = new URL(platform.origin);
    const fetch = guarded(`http://localhost:${port}/`, to(PUBLIC));
    expect(await (await fetch(`http://localhost:${port}/`)).text()).toBe('here');
  });
});

describe('a redirect', () => {
  it('to an address on this computer is judged like any other request', async () => {
    const inside = await fakePlatform((_request, response) => response.end());
    const platform = await fakePlatform((_request, response) =>
      response.writeHead(302, { location: inside.origin.replace('127.0.0.1', '[::ffff:127.0.0.1]') }).end(),
    );
    const { port } = new URL(platform.origin);
    const env = { HTTP_PROXY: await tunnelProxy(Number(port)) };
    const fetch = guarded('http://mcp.example/mcp', to(PUBLIC), env);
    const response = await fetch('http://mcp.example/mcp', { redirect: 'follow' });
    expect(response.status).toBe(302);
    await expect(fetch(response.headers.get('location') ?? '')).rejects.toMatchObject(refused);
  });
});

it.skipIf(noOpenssl !== undefined)(
  'the look at a certificate that is not trusted is a connection to a judged address, too',
  async () => {
    const { url, requests } = await tlsServer();
    // No name server knows it: only the guard leads there.
    const named = `https://mcp.invalid:${new URL(url).port}/`;
    const error: unknown = await guarded(named, to('127.0.0.1'))(named).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'TLS_UNTRUSTED' });
    expect(String(error)).toContain('it was issued by "x"');
    expect(requests()).toBe(0);
  },
);
