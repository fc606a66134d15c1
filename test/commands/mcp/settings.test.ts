import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mcpSettings } from '../../../src/commands/mcp/settings.ts';
import { MCP_COMMANDS } from '../../../src/commands/mcp/table.ts';
import { parseProgram } from '../../../src/commands/program.ts';
import type { McpSettings } from '../../../src/mcp/settings.ts';
import { temporaryFolder, testContext } from '../../support/context.ts';

const URL_ = 'https://mcp.example.com/mcp';

async function settings(args: readonly string[], env: Record<string, string> = {}): Promise<McpSettings> {
  const { terminal } = testContext();
  const chosen = await parseProgram(MCP_COMMANDS, ['mcp', 'proxy', ...args], terminal);
  if (chosen === undefined) throw new Error('nothing chosen');
  return mcpSettings(chosen.input.args[0] ?? '', chosen.input.options, env);
}

describe('defaults', () => {
  it('match the reference', async () => {
    expect(await settings([URL_])).toMatchObject({
      transport: 'auto',
      headers: {},
      clientName: 'CodeMie CLI',
      sendResource: true,
      allowMissingPkce: false,
      callback: { host: 'localhost', port: 0, path: '/callback' },
      openBrowser: true,
      timeoutMs: 120_000,
      startLimitMs: 28_000,
    });
  });
});

describe('each option as argument and as environment variable', () => {
  it.each<[readonly string[], Record<string, string>, Partial<Record<keyof McpSettings, unknown>>]>([
    [['--transport', 'sse'], { CODEMIE_MCP_TRANSPORT: 'sse' }, { transport: 'sse' }],
    [['--client-id', 'id'], { CODEMIE_MCP_CLIENT_ID: 'id' }, { client: { id: 'id' } }],
    [['--oauth-scope', 'a b'], { CODEMIE_MCP_OAUTH_SCOPE: 'a b' }, { scope: 'a b' }],
    [['--no-resource'], { CODEMIE_MCP_NO_RESOURCE: '1' }, { sendResource: false }],
    [['--allow-missing-pkce-metadata'], { CODEMIE_MCP_ALLOW_MISSING_PKCE: '1' }, { allowMissingPkce: true }],
    [['--timeout', '5m'], { CODEMIE_MCP_TIMEOUT: '5m' }, { timeoutMs: 300_000 }],
    [['--start-limit', '10s'], { CODEMIE_MCP_START_LIMIT: '10s' }, { startLimitMs: 10_000 }],
    [
      ['--callback-host', '127.0.0.1', '--callback-port', '33418', '--callback-path', '/cb'],
      { CODEMIE_MCP_CALLBACK: '127.0.0.1:33418/cb' },
      { callback: { host: '127.0.0.1', port: 33_418, path: '/cb' } },
    ],
    [
      ['--client-metadata-url', 'https://a.example/c.json'],
      { CODEMIE_MCP_CLIENT_METADATA_URL: 'https://a.example/c.json' },
      { clientMetadataUrl: 'https://a.example/c.json' },
    ],
  ])('%j', async (args, env, expected) => {
    expect(await settings([URL_, ...args])).toMatchObject(expected);
    expect(await settings([URL_], env)).toMatchObject(expected);
  });

  it('off disables the start limit', async () => {
    expect(await settings([URL_, '--start-limit', 'off'])).not.toHaveProperty('startLimitMs');
  });

  it('the client secret comes only from the environment', async () => {
    const named = await settings([URL_, '--client-id', 'id', '--client-secret-env', 'MINE'], {
      MINE: 'secret-of-mine',
    });
    expect(named.client?.secret?.reveal()).toBe('secret-of-mine');
    const usual = await settings([URL_], {
      CODEMIE_MCP_CLIENT_ID: 'id',
      CODEMIE_MCP_CLIENT_SECRET: 'secret-of-env',
    });
    expect(usual.client?.secret?.reveal()).toBe('secret-of-env');
  });
});

describe('headers', () => {
  it.each(['X-Key: V:secret value', 'X-Key:V:secret value', 'X-Key=V:secret value'])('%s', async (line) => {
    expect((await settings([URL_, '--header', line])).headers).toEqual({ 'x-key': 'V:secret value' });
  });

  it('several headers, also from a file, with variables', async () => {
    const file = join(temporaryFolder(), 'headers');
    writeFileSync(file, `X-File: \${TOKEN}\r\n\nX-Team: from file\n`);
    const { headers } = await settings(
      [URL_, '--header-file', file, '--header', 'X-Team: a b', '--header', 'Authorization: Bearer t'],
      { TOKEN: 'token-of-mine', CODEMIE_MCP_HEADERS: 'X-Team: env\nX-Env: e' },
    );
    expect(headers).toEqual({
      'x-file': 'token-of-mine',
      'x-team': 'a b',
      'x-env': 'e',
      authorization: 'Bearer t',
    });
  });

  it.each([
    ['a value alone', 'only-a-secret-value'],
    ['a variable that is not set', `X: \${NOT_SET}`],
  ])('%s is an error that repeats no value', async (_, line) => {
    const failure: unknown = await settings([URL_, '--header', line]).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'USAGE' });
    expect(String(failure)).not.toContain('only-a-secret-value');
  });
});

describe('an invalid URL', () => {
  it.each([
    ['mcp.example.com', 'URL_INVALID'],
    ['ftp://mcp.example.com', 'URL_INVALID'],
    ['https://user:password@mcp.example.com', 'URL_INVALID'],
    ['http://mcp.example.com', 'URL_INSECURE'],
  ])('%s', async (address, code) => {
    await expect(settings([address])).rejects.toMatchObject({ code });
  });

  it.each([
    ['--callback-port', '70000'],
    ['--callback-path', 'callback'],
    ['--timeout', 'soon'],
  ])('%s %s', async (flag, value) => {
    await expect(settings([URL_, flag, value])).rejects.toMatchObject({ code: 'USAGE' });
  });
});
