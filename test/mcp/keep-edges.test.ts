import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { allKept } from '../../src/mcp/keep/kept.ts';
import { outcomeOf } from '../support/commands.ts';
import { temporaryFolder, testContext } from '../support/context.ts';
import { type FakeMcp, type FakeMcpOptions, fakeMcp, type Seen } from '../support/fake-mcp.ts';
import type { McpHost } from '../support/mcp-host.ts';
import { hostOn, machineOf, refreshTokenIn } from '../support/mcp-keep.ts';

async function ended(host: McpHost): Promise<void> {
  host.context.endInput();
  await host.ended;
}

/** A sign-in that is stored, and whose server will refuse its tokens. */
async function signedInBefore(home: string, server: FakeMcp): Promise<void> {
  const host = hostOn(home, server.url);
  expect((await host.initialize()).result).toBeDefined();
  await ended(host);
  server.valid.clear();
}

const portIn = ({ query }: Seen): number => Number(new URL(query.get('redirect_uri') ?? '').port);

/** Refuses every refresh, so that a person is needed. */
const refusesRefresh: FakeMcpOptions['intercept'] = (seen, response) => {
  if (refreshTokenIn(seen) === undefined) return false;
  response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
  return true;
};

describe('the registered port', () => {
  it('is used by the next run, with the same registration', async () => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true, intercept: refusesRefresh });
    await signedInBefore(home, server);
    expect((await hostOn(home, server.url).initialize()).result).toBeDefined();
    const [first, second] = server.at('/authorize').map(portIn);
    expect(second).toBe(first);
    expect(server.at('/register')).toHaveLength(1);
  });

  it('that is taken leads to a new registration', async () => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true, intercept: refusesRefresh });
    await signedInBefore(home, server);
    const port = portIn(server.at('/authorize')[0] as Seen);
    const other = createServer();
    onTestFinished(() => void other.close());
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    expect((await hostOn(home, server.url).initialize()).result).toBeDefined();
    expect(server.at('/register')).toHaveLength(2);
    expect(server.at('/authorize').map(portIn)[1]).not.toBe(port);
  });

  it('that is taken does not matter for a refresh', async () => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true });
    await signedInBefore(home, server);
    const other = createServer();
    onTestFinished(() => void other.close());
    const port = portIn(server.at('/authorize')[0] as Seen);
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    expect((await hostOn(home, server.url).initialize()).result).toBeDefined();
    expect(server.at('/authorize')).toHaveLength(1);
  });
});

describe('stored credentials', () => {
  it('are found again under either spelling of the issuer', async () => {
    const home = temporaryFolder();
    let slash = '';
    const server: FakeMcp = await fakeMcp({
      oauth: true,
      metadata: {
        get issuer(): string {
          return `${server.origin}${slash}`;
        },
      },
    });
    await signedInBefore(home, server);
    slash = '/';
    expect((await hostOn(home, server.url).initialize()).result).toBeDefined();
    expect(server.at('/register')).toHaveLength(1);
    expect(server.at('/authorize')).toHaveLength(1);
  });

  it('of another client than the one that is named are not used', async () => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true });
    await signedInBefore(home, server);
    const host = hostOn(home, server.url, { settings: { 'client-id': 'own-client' } });
    expect((await host.initialize()).result).toBeDefined();
    expect(server.at('/token').filter((seen) => refreshTokenIn(seen) !== undefined)).toEqual([]);
    expect(server.at('/authorize')[1]?.query.get('client_id')).toBe('own-client');
  });

  it('of servers that differ in their query are kept apart', async () => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true });
    for (const query of ['?team=a', '?team=b'])
      expect((await hostOn(home, `${server.url}${query}`).initialize()).result).toBeDefined();
    expect(server.at('/authorize')).toHaveLength(2);
    expect(allKept(join(home, '.codemie')).map(({ server: address }) => address)).toEqual([
      server.url,
      server.url,
    ]);
  });
});

/** No folder. */
function aFile(): string {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  return file;
}

describe('a store that does not work', () => {
  it('answers each request with an error that names the way out, and opens no browser', async () => {
    const server = await fakeMcp({ oauth: true });
    const env = { CODEMIE_MCP_TOKEN_STORE: '', CODEMIE_PASSPHRASE: '' };
    const host = hostOn(temporaryFolder(), server.url, { env, settings: { persist: true } });
    const { error } = await host.initialize();
    expect(error?.data.code).toBe('MCP_STORE_FAILED');
    expect(error?.data.hint).toContain('CODEMIE_MCP_TOKEN_STORE');
    expect(host.context.opened).toEqual([]);
  });

  it('is asked for a passphrase before the browser opens', async () => {
    const server = await fakeMcp({ oauth: true });
    const env = { CODEMIE_MCP_TOKEN_STORE: 'file', CODEMIE_PASSPHRASE: '' };
    const host = hostOn(temporaryFolder(), server.url, { env });
    const { error } = await host.initialize();
    expect(error?.data.code).toBe('MCP_STORE_FAILED');
    expect(error?.message).toContain('the passphrase of the encrypted file is missing');
    expect(error?.data.hint).toContain('CODEMIE_PASSPHRASE');
    expect(error?.data.hint).toContain(`codemie mcp login ${server.url} --store keychain`);
    expect(host.context.opened).toEqual([]);
  });

  it('without its passphrase, as in codemie-claude: in memory mode a browser, and a warning with the way out', async () => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true });
    const first = hostOn(home, server.url, { env: { CODEMIE_MCP_TOKEN_STORE: 'file' } });
    expect((await first.initialize()).result).toBeDefined();
    await ended(first);
    const env = { CODEMIE_MCP_TOKEN_STORE: '', CODEMIE_PASSPHRASE: '' };
    const host = hostOn(home, server.url, { env });
    expect((await host.initialize()).result).toBeDefined();
    expect(host.context.opened).toHaveLength(1);
    const { stderr } = host.context.out;
    expect(stderr).toContain('the passphrase of the encrypted file is missing');
    expect(stderr).toContain(`codemie mcp login ${server.url} --store keychain`);
  });

  it('without its passphrase is a finding of codemie mcp check, which then does not say that nothing is stored', async () => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true });
    const first = hostOn(home, server.url, { env: { CODEMIE_MCP_TOKEN_STORE: 'file' } });
    expect((await first.initialize()).result).toBeDefined();
    await ended(first);
    const env = { ...machineOf(home), CODEMIE_MCP_TOKEN_STORE: '', CODEMIE_PASSPHRASE: '' };
    const { code, stdout } = await outcomeOf(testContext({ env }), 'mcp', 'check', server.url);
    expect(code).toBe(8);
    expect(stdout).toContain('FAIL  Stored sign-in     The stored sign-in to 127.0.0.1');
    expect(stdout).toContain('the passphrase of the encrypted file is missing');
  });

  it('with a folder that cannot be read, memory mode goes on without it', async () => {
    const server = await fakeMcp({ oauth: true });
    const env = { CODEMIE_MCP_TOKEN_STORE: '', CODEMIE_HOME: aFile() };
    const host = hostOn(temporaryFolder(), server.url, { env });
    expect((await host.initialize()).result).toBeDefined();
  });

  it('with a folder that cannot be read is no fault of the network', async () => {
    const server = await fakeMcp({ oauth: true });
    const env = { CODEMIE_MCP_TOKEN_STORE: 'file', CODEMIE_HOME: aFile() };
    const { error } = await hostOn(temporaryFolder(), server.url, { env }).initialize();
    expect(error?.data.code).toBe('MCP_STORE_FAILED');
    expect(error?.message.match(/could not be used/g)).toHaveLength(1);
  });

  it('costs a proxy in memory mode a sign-in, and a warning', async () => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true });
    await signedInBefore(home, server);
    const [kept] = allKept(join(home, '.codemie'));
    const folder = join(home, '.codemie', 'credentials');
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), 'not what was written');
    const host = hostOn(home, server.url, { env: { CODEMIE_MCP_TOKEN_STORE: '' } });
    expect((await host.initialize()).result).toBeDefined();
    expect(host.context.opened).toHaveLength(1);
    expect(host.context.out.stderr.match(/warning: The stored sign-in to 127/g)).toHaveLength(1);
    expect(kept?.isSignedIn).toBe(true);
    expect(host.log()).toContain('MCP_STORE_FAILED');
  });
});

it('codemie config reset removes the sign-ins to MCP servers', async () => {
  const home = temporaryFolder();
  const server = await fakeMcp({ oauth: true });
  await signedInBefore(home, server);
  const context = testContext({ env: machineOf(home) });
  const { stderr } = await outcomeOf(context, 'config', 'reset', '--yes');
  expect(stderr).toContain(`Removed the sign-ins to ${server.url}.`);
  expect(allKept(join(home, '.codemie'))).toEqual([]);
});

it('the scopes that a sign-in grew to are asked for again by the next process', async () => {
  const home = temporaryFolder();
  const server = await fakeMcp({ oauth: true, intercept: refusesRefresh, challenge: 'scope="read"' });
  const first = hostOn(home, server.url, { settings: { 'oauth-scope': 'read write' } });
  expect((await first.initialize()).result).toBeDefined();
  await ended(first);
  server.valid.clear();
  expect((await hostOn(home, server.url).initialize()).result).toBeDefined();
  expect(server.at('/authorize').map(({ query }) => query.get('scope'))).toEqual([
    'read write',
    'read write',
  ]);
});

it('a token that lives less than a minute is not refreshed for each request', async () => {
  const home = temporaryFolder();
  const server = await fakeMcp({ oauth: true, expiresIn: 20 });
  const hosts = [hostOn(home, server.url), hostOn(home, server.url)];
  for (const host of hosts) {
    expect((await host.initialize()).result).toBeDefined();
    expect((await host.request('tools/list')).result).toBeDefined();
  }
  expect(server.at('/token')).toHaveLength(1);
});

it('a registration that nobody completed is no reason for a proxy in memory mode to store tokens', async () => {
  const home = temporaryFolder();
  const server = await fakeMcp({ oauth: true });
  const given = hostOn(home, server.url, { onOpen: () => true, settings: { timeout: '100ms' } });
  expect((await given.initialize()).error?.data.code).toBe('MCP_SIGN_IN_TIMED_OUT');
  await ended(given);
  expect(allKept(join(home, '.codemie'))).toMatchObject([{ isSignedIn: false }]);
  const host = hostOn(home, server.url, { env: { CODEMIE_MCP_TOKEN_STORE: '' } });
  expect((await host.initialize()).result).toBeDefined();
  expect(allKept(join(home, '.codemie'))).toMatchObject([{ isSignedIn: false }]);
  const folder = join(home, '.codemie', 'credentials');
  for (const name of readdirSync(folder))
    expect(readFileSync(join(folder, name), 'utf8')).not.toMatch(/access-|refresh-\w{8}/);
});

it('a damaged note of a sign-in counts as none', async () => {
  const home = temporaryFolder();
  const server = await fakeMcp({ oauth: true });
  await signedInBefore(home, server);
  const folder = join(home, '.codemie', 'mcp');
  const [name = ''] = readdirSync(folder);
  expect(readFileSync(join(folder, name), 'utf8')).not.toMatch(/access-|refresh-\w{8}|registered-client/);
  writeFileSync(join(folder, name), '{"id":');
  expect(allKept(join(home, '.codemie'))).toEqual([]);
  expect((await hostOn(home, server.url).initialize()).result).toBeDefined();
  expect(server.at('/authorize')).toHaveLength(1);
});
