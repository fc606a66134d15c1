import { describe, expect, it } from 'vitest';
import { challengeIn } from '../../src/mcp/auth/challenge.ts';
import { canned } from '../support/canned.ts';
import { fakeMcp } from '../support/fake-mcp.ts';
import { mcpHost } from '../support/mcp-host.ts';

const SERVER = new URL('https://mcp.example/mcp');
const read = (...lines: readonly string[]) => {
  const headers = new Headers();
  for (const line of lines) headers.append('www-authenticate', line);
  const { resourceMetadataUrl, ...rest } = challengeIn(headers, SERVER);
  return { url: resourceMetadataUrl?.href, ...rest };
};
const URL_ = 'https://mcp.example/.well-known/oauth-protected-resource';

describe('a challenge as gateways write it', () => {
  it.each([
    ['in its plain form', [`Bearer resource_metadata="${URL_}", scope="a b"`]],
    ['in lower case', [`bearer Resource_Metadata="${URL_}", SCOPE="a b"`]],
    ['in upper case', [`BEARER resource_metadata="${URL_}",scope="a b"`]],
    ['with spaces around the signs', [`Bearer resource_metadata = "${URL_}" , scope = "a b"`]],
    ['after Basic in one header', [`Basic realm="x, y", Bearer resource_metadata="${URL_}", scope="a b"`]],
    [
      'before Basic in one header',
      [`Bearer resource_metadata="${URL_}", scope="a b", Basic realm="scope=c"`],
    ],
    ['in a header of its own', ['Negotiate', `Bearer resource_metadata="${URL_}", scope="a b"`]],
    ['after a token', [`Negotiate YWJj==, Bearer resource_metadata="${URL_}", scope="a b"`]],
    ['with semicolons', [`Bearer resource_metadata="${URL_}"; scope="a b"`]],
    ['with escaped signs', [`Bearer realm="a \\" scope=\\"c", resource_metadata="${URL_}", scope="a b"`]],
    [
      'with a relative address',
      ['Bearer resource_metadata="/.well-known/oauth-protected-resource", scope="a b"'],
    ],
    ['twice', [`Bearer resource_metadata="${URL_}", scope="a b"`, 'Bearer scope="c"']],
    ['with DPoP', [`DPoP algs="ES256", resource_metadata="${URL_}", scope="a b"`]],
  ])('is read %s', (_, lines) => {
    expect(read(...lines)).toMatchObject({ url: URL_, scope: 'a b' });
  });

  it('is read without quotes', () => {
    expect(read(`Bearer error=invalid_token, resource_metadata=${URL_}?a=b, scope=files:read`)).toEqual({
      url: `${URL_}?a=b`,
      scope: 'files:read',
      error: 'invalid_token',
    });
  });

  it.each([
    ['no header', []],
    ['Basic alone', [`Basic realm="x", scope="a", resource_metadata="${URL_}"`]],
    ['Bearer alone', ['Bearer']],
    ['an address that is none', ['Bearer resource_metadata="http://["']],
    ['an empty scope', ['Bearer scope=""']],
    ['a scope that another value speaks of', ['Bearer error_description="needs scope=a, Bearer scope=b"']],
    ['a quote that is never closed', ['Bearer realm="x, scope=a']],
  ])('says nothing: %s', (_, lines) => {
    expect(read(...lines)).toEqual({ url: undefined });
  });

  it('beside Basic leads to the sign-in it names', async () => {
    const server = await fakeMcp({
      oauth: true,
      intercept: canned({
        '/mcp': (origin, before) =>
          before === 0
            ? {
                status: 401,
                headers: {
                  'www-authenticate': `Basic realm="gateway", bearer resource_metadata=${origin}/meta, scope="files:read"`,
                },
              }
            : undefined,
        '/meta': (origin) => ({ json: { resource: `${origin}/mcp`, authorization_servers: [origin] } }),
      }),
    });
    expect((await mcpHost(server.url).initialize()).result).toBeDefined();
    expect(server.steps()[0]).toBe('GET /meta');
    expect(server.at('/authorize')[0]?.query.get('scope')).toBe('files:read');
  });
});
