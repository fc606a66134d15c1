import { describe, expect, it } from 'vitest';
import { discover, type Looked } from '../../src/mcp/auth/discover.ts';
import { smallAnswers } from '../../src/mcp/auth/small-answers.ts';
import { CodemieError } from '../../src/system/errors.ts';
import { canned, serverMetadata } from '../support/canned.ts';
import { type FakeMcpOptions, fakeMcp } from '../support/fake-mcp.ts';
import { mcpHost } from '../support/mcp-host.ts';

const PAGE = { html: '<!doctype html><title>An app</title>' };
const RESOURCE = '/.well-known/oauth-protected-resource';
const SERVER = '/.well-known/oauth-authorization-server';
const OPENID = '/.well-known/openid-configuration';

/** A sign-in at a fake. */
async function signIn(options: FakeMcpOptions) {
  const server = await fakeMcp({ oauth: true, ...options });
  const host = mcpHost(server.url);
  const reply = await host.initialize();
  return { server, host, reply, looked: server.steps().filter((step) => step.includes('.well-known')) };
}

describe('discovery documents that are not documents', () => {
  it('a page with status 200 at both addresses below the root is passed over for the one after the path', async () => {
    const { reply, looked } = await signIn({
      resource: (origin) => ({ authorization_servers: [`${origin}/api/auth`] }),
      callback: (origin) => ({ iss: `${origin}/api/auth` }),
      intercept: canned({
        [`${SERVER}/api/auth`]: PAGE,
        [`${OPENID}/api/auth`]: PAGE,
        [`/api/auth${OPENID}`]: (origin) => ({ json: serverMetadata(origin, `${origin}/api/auth`) }),
      }),
    });
    expect(reply.result).toBeDefined();
    expect(looked).toEqual([
      `GET ${RESOURCE}/mcp`,
      `GET ${SERVER}/api/auth`,
      `GET ${OPENID}/api/auth`,
      `GET /api/auth${OPENID}`,
    ]);
  });

  it('401 with Basic below the path, and 403 elsewhere, mean that the document is not there', async () => {
    const { reply, looked } = await signIn({
      challenge: 'bare',
      intercept: canned({
        [`${RESOURCE}/mcp`]: { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
        [RESOURCE]: (origin) => ({ json: { resource: `${origin}/mcp`, authorization_servers: [origin] } }),
        [OPENID]: (origin) => ({ json: serverMetadata(origin) }),
        '*': { status: 403 },
      }),
    });
    expect(reply.result).toBeDefined();
    expect(looked).toEqual([`GET ${RESOURCE}/mcp`, `GET ${RESOURCE}`, `GET ${SERVER}`, `GET ${OPENID}`]);
  });

  it("a page with status 200 instead of the resource's metadata is passed over for the one at the root", async () => {
    const { reply, looked } = await signIn({
      challenge: 'bare',
      intercept: canned({
        [`${RESOURCE}/mcp`]: PAGE,
        [RESOURCE]: (origin) => ({ json: { resource: `${origin}/mcp`, authorization_servers: [origin] } }),
      }),
    });
    expect(reply.result).toBeDefined();
    expect(looked.slice(0, 2)).toEqual([`GET ${RESOURCE}/mcp`, `GET ${RESOURCE}`]);
  });

  it.each([
    ['a list', { json: [] }],
    ['null', { json: null }],
    ['an object without the required members', { json: { error: 'not found' } }],
    ['an object with half of them', { json: { issuer: 'x', token_endpoint: 'https://x/token' } }],
    ['404', { status: 404 }],
    ['410', { status: 410, json: {} }],
    ['a redirect to another origin', { status: 302, headers: { location: 'https://elsewhere.example/' } }],
  ])('%s counts as "not here", and the next address is asked', async (_, answer) => {
    const { reply, looked } = await signIn({
      intercept: canned({ [SERVER]: answer, [OPENID]: (origin) => ({ json: serverMetadata(origin) }) }),
    });
    expect(reply.result).toBeDefined();
    expect(looked.slice(-2)).toEqual([`GET ${SERVER}`, `GET ${OPENID}`]);
  });

  it.each([500, 502, 503, 429])('%d is asked once more', async (status) => {
    const { reply, server } = await signIn({
      intercept: canned({ [SERVER]: (_, before) => (before === 0 ? { status, ...PAGE } : undefined) }),
    });
    expect(reply.result).toBeDefined();
    expect(server.at(SERVER)).toHaveLength(2);
  });

  it('503 twice is an error that names the address, and nothing else is asked', async () => {
    const { reply, host, server } = await signIn({
      intercept: canned({ [SERVER]: { status: 503, ...PAGE } }),
    });
    expect(reply.error?.message).toBe(`${server.origin}${SERVER} answered with status 503.`);
    expect(reply.error?.data.code).toBe('MCP_DISCOVERY_FAILED');
    expect(server.steps().slice(1)).toEqual([`GET ${SERVER}`, `GET ${SERVER}`]);
    expect(host.context.opened).toEqual([]);
  });

  it('where nothing is found, the error lists each address with its verdict, and no page', async () => {
    const { reply, host, server } = await signIn({
      challenge: 'bare',
      intercept: canned({ [`${RESOURCE}/mcp`]: PAGE, [SERVER]: PAGE, '*': { status: 404 } }),
    });
    for (const verdict of [
      `${server.origin}${RESOURCE}/mcp (answered 200 but no JSON document)`,
      `${server.origin}${RESOURCE} (answered 404)`,
      `${server.origin}${SERVER} (answered 200 but no JSON document)`,
      `${server.origin}${OPENID} (answered 404)`,
    ])
      expect(reply.error?.message).toContain(verdict);
    expect(JSON.stringify(reply) + host.log()).not.toContain('<');
    expect(host.context.opened).toEqual([]);
  });

  it.each(['urn:example:as', 'javascript:alert(1)', 'as.example'])(
    'metadata that names %s as its sign-in server counts as "not here": the origin stands in for it',
    async (named) => {
      const { reply } = await signIn({ resource: { authorization_servers: [named] } });
      expect(reply.result).toBeDefined();
    },
  );

  it('members that are null or of another form are left out, not taken as a failure', async () => {
    const { reply, server } = await signIn({
      metadata: { service_documentation: 7, scopes_supported: null, revocation_endpoint: null },
      resource: { scopes_supported: ['a', 7], jwks_uri: null },
    });
    expect(reply.result).toBeDefined();
    expect(server.at('/authorize')[0]?.query.get('scope')).toBe('a');
  });
});

describe('an address that gives no answer', () => {
  const settings = { url: new URL('https://mcp.example/mcp'), sendResource: true };
  const looking = async (answer: (signal: AbortSignal) => Promise<Response>, limitMs?: number) => {
    const asked: string[] = [];
    const looked: Looked[] = [];
    const fetch = (url: string | URL, init?: RequestInit): Promise<Response> => {
      asked.push(String(url));
      return answer(init?.signal as AbortSignal);
    };
    const found = discover(
      { settings, ask: smallAnswers(fetch, limitMs), note: (one) => looked.push(one) },
      undefined,
    );
    const error = await found.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return { asked, looked, error };
  };
  const FIRST = 'https://mcp.example/.well-known/oauth-protected-resource/mcp';

  it('is asked once more when it did not answer in time, and the error names it', async () => {
    const never = (signal: AbortSignal): Promise<Response> =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const { asked, error } = await looking(never, 20);
    expect(asked).toEqual([FIRST, FIRST]);
    expect(error).toMatchObject({ code: 'MCP_UNREACHABLE' });
    expect(String(error)).toContain(`${FIRST} did not answer in time.`);
  });

  it('is asked once more when its certificate is not trusted, and the error keeps the way out', async () => {
    const { asked, error } = await looking(async () => {
      throw new CodemieError({
        code: 'TLS_UNTRUSTED',
        message: "https://mcp.example has a certificate that isn't trusted.",
        hint: 'add its CA',
      });
    });
    expect(asked).toEqual([FIRST, FIRST]);
    expect(error).toMatchObject({ hint: 'add its CA' });
    expect(String(error)).toMatch(/oauth-protected-resource\/mcp gave no answer: .*certificate/);
  });

  it('is not asked again when this program refuses to go there', async () => {
    const { asked, error } = await looking(async () => {
      throw new CodemieError({ code: 'DESTINATION_REFUSED', message: 'private' });
    });
    expect(asked).toEqual([FIRST]);
    expect(error).toMatchObject({ code: 'DESTINATION_REFUSED' });
  });

  it('is not asked at all over plain http on another machine', async () => {
    const { asked, error } = await looking(async () =>
      Response.json({ resource: 'https://mcp.example/mcp', authorization_servers: ['http://as.example'] }),
    );
    expect(asked).toEqual([FIRST]);
    expect(String(error)).toContain("http://as.example isn't secure");
  });
});
