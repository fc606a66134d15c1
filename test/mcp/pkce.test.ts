import { describe, expect, it } from 'vitest';
import { canned, serverMetadata } from '../support/canned.ts';
import { type FakeMcp, fakeMcp } from '../support/fake-mcp.ts';
import { mcpHost } from '../support/mcp-host.ts';

/** As Cognito is: OpenID metadata that does not speak of PKCE, and a page that needs it. */
function cognito(methods?: unknown): Promise<FakeMcp> {
  const wells = canned({
    '/.well-known/oauth-authorization-server': { status: 404 },
    '/.well-known/openid-configuration': (origin) => {
      const { code_challenge_methods_supported: _, ...rest } = serverMetadata(origin);
      return {
        json: { ...rest, ...(methods === undefined ? {} : { code_challenge_methods_supported: methods }) },
      };
    },
  });
  return fakeMcp({
    oauth: true,
    intercept: (seen, response) => {
      if (wells(seen, response) === true) return true;
      if (seen.path !== '/authorize' || seen.query.get('code_challenge_method') === 'S256') return false;
      response.writeHead(400).end();
      return true;
    },
  });
}

describe('PKCE that is supported but not announced', () => {
  it('is refused before any browser, in under 5 seconds, with an error that names PKCE and the switch', async () => {
    const server = await cognito();
    const host = mcpHost(server.url);
    const began = performance.now();
    const { error } = await host.initialize();
    expect(performance.now() - began).toBeLessThan(5000);
    expect(error?.data.code).toBe('MCP_PKCE_UNSUPPORTED');
    expect(error?.message).toContain('PKCE');
    expect(error?.data.hint).toContain('--allow-missing-pkce-metadata');
    expect(error?.data.hint).toContain('CODEMIE_MCP_ALLOW_MISSING_PKCE=1');
    expect(host.context.opened).toEqual([]);
    expect(server.at('/register')).toEqual([]);
  });

  it.each([
    ['option', { settings: { 'allow-missing-pkce-metadata': true } as const }],
    ['variable', { env: { CODEMIE_MCP_ALLOW_MISSING_PKCE: '1' } }],
  ])('works with the switch as %s: S256 is sent, and one line on stderr warns', async (_, options) => {
    const server = await cognito();
    const host = mcpHost(server.url, options);
    expect((await host.initialize()).result).toBeDefined();
    expect(server.at('/authorize')[0]?.query.get('code_challenge_method')).toBe('S256');
    const warnings = host.context.out.stderr.split('\n').filter((line) => line.includes('PKCE'));
    expect(warnings).toEqual([expect.stringMatching(/^warning: .*does not announce PKCE/)]);
  });

  it.each([
    ['plain alone', ['plain']],
    ['nothing', []],
    ['a text instead of a list', 'S256'],
  ])('announced with %s is refused even with the switch', async (_, methods) => {
    const server = await cognito(methods);
    const host = mcpHost(server.url, { settings: { 'allow-missing-pkce-metadata': true } });
    const { error } = await host.initialize();
    expect(error?.data.code).toBe('MCP_PKCE_UNSUPPORTED');
    expect(error?.message).toContain('S256');
    expect(error?.data.hint).not.toContain('--allow-missing-pkce-metadata');
    expect(host.context.opened).toEqual([]);
  });
});
