import { describe, expect, it } from 'vitest';
import { type FakeMcpOptions, fakeMcp } from '../support/fake-mcp.ts';
import { mcpHost } from '../support/mcp-host.ts';

const WORDS = 'Call 555-0100 to finish';

/** @param promised whether the metadata says that each answer names its issuer. */
async function signIn(promised: boolean | undefined, callback: FakeMcpOptions['callback']) {
  const server = await fakeMcp({
    oauth: true,
    metadata: { authorization_response_iss_parameter_supported: promised },
    ...(callback && { callback }),
  });
  const host = mcpHost(server.url);
  return { server, host, reply: await host.initialize() };
}

describe('the issuer in the answer of a sign-in (RFC 9207)', () => {
  it.each([
    ['promised and right', true, {}],
    ['not promised and right', undefined, {}],
    ['not promised and missing', false, { iss: undefined }],
    ['neither promised nor denied, and missing', undefined, { iss: undefined }],
  ])('%s: the code is exchanged', async (_, promised, callback) => {
    const { server, reply } = await signIn(promised, callback);
    expect(reply.result).toBeDefined();
    expect(server.at('/token')).toHaveLength(1);
  });

  const slash = (origin: string): Record<string, unknown> => ({
    iss: `${origin}/`,
    error_description: WORDS,
  });
  const upper = (origin: string): Record<string, unknown> => ({ iss: origin.replace('http', 'HTTP') });
  it.each([
    ['promised and wrong', true, { iss: 'https://evil.example', error_description: WORDS }],
    ['promised and missing', true, { iss: undefined, error_description: WORDS }],
    ['promised and empty', true, { iss: '', error_description: WORDS }],
    ['not promised and wrong', undefined, { iss: 'https://evil.example', error_description: WORDS }],
    ['with a slash more', undefined, slash],
    ['in another spelling', true, upper],
  ])(
    '%s: there is no token request, and the error repeats none of the callback',
    async (_, promised, callback) => {
      const { server, host, reply } = await signIn(promised, callback);
      expect(server.at('/token')).toEqual([]);
      expect(reply.error?.data.code).toBe('MCP_SIGN_IN_FAILED');
      expect(reply.error?.message).toContain(`did not come from ${server.origin}.`);
      for (const text of [JSON.stringify(reply), host.log(), host.context.out.stderr]) {
        expect(text).not.toContain('555-0100');
        expect(text).not.toContain('evil.example');
      }
    },
  );

  it('wrong in an error: neither its code nor its description is repeated', async () => {
    const { reply } = await signIn(true, {
      code: undefined,
      error: 'call_555',
      error_description: WORDS,
      iss: 'https://evil.example',
    });
    expect(reply.error?.data.code).toBe('MCP_SIGN_IN_FAILED');
    expect(JSON.stringify(reply)).not.toContain('555');
  });

  it('right in an error: its code is told, cleaned, and its description is not', async () => {
    const { reply } = await signIn(true, {
      code: undefined,
      error: 'server_error\u001b[31m',
      error_description: WORDS,
    });
    expect(reply.error?.message).toContain('(server_error [31m)');
    expect(JSON.stringify(reply)).not.toContain('555');
  });
});
