import { describe, expect, it } from 'vitest';
import { CONNECTION_OPTIONS } from '../../../src/commands/mcp/connection-options.ts';
import type { McpSettings } from '../../../src/mcp/settings.ts';
import { proxySettings as settings } from '../../support/mcp-options.ts';

const URL_ = 'https://mcp.example.com/mcp';

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

interface Row {
  readonly args: readonly string[];
  /** Variables that give the same setting. */
  readonly env?: Record<string, string>;
  readonly gives: Partial<Record<keyof McpSettings, unknown>>;
  /** Arguments and variables that are refused, each with what the error names. */
  readonly bad?: readonly (readonly [readonly string[] | Record<string, string>, string])[];
}

/** By the option's name: `.mcp.json` has only arguments and variables, so each option is both. */
const TABLE: Readonly<Record<string, Row>> = {
  transport: {
    args: ['--transport', 'sse'],
    env: { CODEMIE_MCP_TRANSPORT: 'sse' },
    gives: { transport: 'sse' },
    bad: [
      [['--transport', 'tcp'], '--transport'],
      [{ CODEMIE_MCP_TRANSPORT: 'tcp' }, 'CODEMIE_MCP_TRANSPORT'],
    ],
  },
  header: {
    args: ['--header', 'X-Team: a b'],
    env: { CODEMIE_MCP_HEADERS: 'X-Team: a b' },
    gives: { headers: { 'x-team': 'a b' } },
    bad: [
      [['--header', 'X-Team'], '--header'],
      [{ CODEMIE_MCP_HEADERS: 'X-Team' }, 'CODEMIE_MCP_HEADERS'],
    ],
  },
  'client-id': {
    args: ['--client-id', 'id'],
    env: { CODEMIE_MCP_CLIENT_ID: 'id' },
    gives: { client: { id: 'id' } },
  },
  'client-metadata-url': {
    args: ['--client-metadata-url', 'https://a.example/c.json'],
    env: { CODEMIE_MCP_CLIENT_METADATA_URL: 'https://a.example/c.json' },
    gives: { clientMetadataUrl: 'https://a.example/c.json' },
    bad: [
      [['--client-metadata-url', 'c.json'], '--client-metadata-url'],
      [{ CODEMIE_MCP_CLIENT_METADATA_URL: 'file:///c.json' }, 'CODEMIE_MCP_CLIENT_METADATA_URL'],
      [{ CODEMIE_MCP_CLIENT_METADATA_URL: 'http://a.example/c' }, 'CODEMIE_MCP_CLIENT_METADATA_URL'],
      [{ CODEMIE_MCP_CLIENT_METADATA_URL: 'https://a.example' }, 'CODEMIE_MCP_CLIENT_METADATA_URL'],
    ],
  },
  'oauth-scope': {
    args: ['--oauth-scope', 'api://x/.default offline_access'],
    env: { CODEMIE_MCP_OAUTH_SCOPE: 'api://x/.default offline_access' },
    gives: { scope: 'api://x/.default offline_access' },
  },
  'no-resource': {
    args: ['--no-resource'],
    env: { CODEMIE_MCP_NO_RESOURCE: '1' },
    gives: { sendResource: false },
    bad: [[{ CODEMIE_MCP_NO_RESOURCE: 'maybe' }, 'CODEMIE_MCP_NO_RESOURCE']],
  },
  'allow-missing-pkce-metadata': {
    args: ['--allow-missing-pkce-metadata'],
    env: { CODEMIE_MCP_ALLOW_MISSING_PKCE: 'true' },
    gives: { allowMissingPkce: true },
    bad: [[{ CODEMIE_MCP_ALLOW_MISSING_PKCE: '2' }, 'CODEMIE_MCP_ALLOW_MISSING_PKCE']],
  },
  'callback-host': {
    args: ['--callback-host', '127.0.0.1'],
    env: { CODEMIE_MCP_CALLBACK: '127.0.0.1' },
    gives: { callback: { host: '127.0.0.1', port: 0, path: '/callback' } },
    bad: [
      [['--callback-host', 'example.com'], '--callback-host'],
      [{ CODEMIE_MCP_CALLBACK: 'example.com:1/' }, 'CODEMIE_MCP_CALLBACK'],
    ],
  },
  'callback-port': {
    args: ['--callback-port', '33418'],
    env: { CODEMIE_MCP_CALLBACK: 'localhost:33418' },
    gives: { callback: { host: 'localhost', port: 33_418, path: '/callback' } },
    bad: [
      [['--callback-port', '70000'], '--callback-port'],
      [{ CODEMIE_MCP_CALLBACK: 'localhost:70000' }, 'CODEMIE_MCP_CALLBACK'],
    ],
  },
  'callback-path': {
    args: ['--callback-path', '/cb'],
    env: { CODEMIE_MCP_CALLBACK: 'localhost/cb' },
    gives: { callback: { host: 'localhost', port: 0, path: '/cb' } },
    bad: [
      [['--callback-path', 'cb'], '--callback-path'],
      [{ CODEMIE_MCP_CALLBACK: 'localhost:1cb' }, 'CODEMIE_MCP_CALLBACK'],
    ],
  },
  persist: {
    args: ['--persist'],
    env: { CODEMIE_MCP_TOKEN_STORE: 'keychain' },
    gives: { tokenStore: 'keychain' },
    bad: [[{ CODEMIE_MCP_TOKEN_STORE: 'memory' }, 'CODEMIE_MCP_TOKEN_STORE']],
  },
  'no-browser': { args: ['--no-browser'], gives: { openBrowser: false } },
  timeout: {
    args: ['--timeout', '5m'],
    env: { CODEMIE_MCP_TIMEOUT: '5m' },
    gives: { timeoutMs: 300_000 },
    bad: [
      [['--timeout', 'soon'], '--timeout'],
      [{ CODEMIE_MCP_TIMEOUT: 'soon' }, 'CODEMIE_MCP_TIMEOUT'],
      [{ CODEMIE_MCP_TIMEOUT: '0s' }, 'CODEMIE_MCP_TIMEOUT'],
      // A timer with a longer delay would fire at once.
      [{ CODEMIE_MCP_TIMEOUT: '25d' }, 'CODEMIE_MCP_TIMEOUT'],
    ],
  },
  'start-limit': {
    args: ['--start-limit', '10s'],
    env: { CODEMIE_MCP_START_LIMIT: '10s' },
    gives: { startLimitMs: 10_000 },
    bad: [
      [['--start-limit', 'later'], '--start-limit'],
      [{ CODEMIE_MCP_START_LIMIT: 'later' }, 'CODEMIE_MCP_START_LIMIT'],
    ],
  },
};

describe('each option as argument and as environment variable', () => {
  const rows = Object.entries(TABLE);

  it.each(rows)('--%s and its variable give the same setting', async (_, { args, env, gives }) => {
    expect(await settings([URL_, ...args])).toMatchObject(gives);
    if (env !== undefined) expect(await settings([URL_], env)).toEqual(await settings([URL_, ...args]));
  });

  it('an argument wins over the variable', async () => {
    const env = Object.assign({}, ...rows.map(([, row]) => row.env ?? {}));
    const args = ['--transport', 'http', '--client-id', 'mine', '--timeout', '1m', '--callback-port', '7777'];
    expect(await settings([URL_, ...args], env)).toMatchObject({
      transport: 'http',
      client: { id: 'mine' },
      timeoutMs: 60_000,
      callback: { port: 7777 },
      scope: 'api://x/.default offline_access',
    });
  });

  const wrong = rows.flatMap(([, { bad = [] }]) => bad);
  it.each(wrong)('%j is refused with the name %s', async (given, name) => {
    const asked = Array.isArray(given)
      ? settings([URL_, ...given])
      : settings([URL_], given as Record<string, string>);
    await expect(asked).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining(name) });
  });

  it('the table has every option', () => {
    const tested = new Set([...Object.keys(TABLE), 'header-file', 'client-secret-env']);
    expect(CONNECTION_OPTIONS.map(({ name }) => name).filter((name) => !tested.has(name))).toEqual([]);
  });

  it('a variable that is empty counts as not set', async () => {
    const env = Object.fromEntries(
      rows.flatMap(([, row]) => Object.keys(row.env ?? {})).map((name) => [name, '']),
    );
    expect(await settings([URL_], env)).toEqual(await settings([URL_]));
  });

  it('off disables the start limit, by argument and by variable', async () => {
    expect(await settings([URL_, '--start-limit', 'off'])).not.toHaveProperty('startLimitMs');
    expect(await settings([URL_], { CODEMIE_MCP_START_LIMIT: 'off' })).not.toHaveProperty('startLimitMs');
  });

  it('the name of the client comes from MCP_CLIENT_NAME', async () => {
    expect(await settings([URL_], { MCP_CLIENT_NAME: 'Mine' })).toMatchObject({ clientName: 'Mine' });
  });
});

describe('the client secret', () => {
  it('comes only from the environment', async () => {
    const args = [URL_, '--client-id', 'id', '--client-secret-env', 'MINE'];
    const named = await settings(args, { MINE: 'secret-of-mine' });
    expect(named.client?.secret?.reveal()).toBe('secret-of-mine');
    const usual = await settings([URL_], {
      CODEMIE_MCP_CLIENT_ID: 'id',
      CODEMIE_MCP_CLIENT_SECRET: 'secret-of-env',
    });
    expect(usual.client?.secret?.reveal()).toBe('secret-of-env');
  });

  it.each([
    ['a variable that is not set', ['--client-id', 'id', '--client-secret-env', 'MINE'], {}, 'MINE'],
    [
      'a variable that a host did not replace',
      ['--client-id', 'id', '--client-secret-env', 'MINE'],
      { MINE: `\${MINE}` },
      'MINE',
    ],
    ['no client', ['--client-secret-env', 'MINE'], { MINE: 'secret-of-mine' }, '--client-secret-env'],
  ])('is refused with %s', async (_, args, env, name) => {
    const asked = settings([URL_, ...args], env);
    await expect(asked).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining(name) });
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
});
