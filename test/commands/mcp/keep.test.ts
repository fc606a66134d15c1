import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEntries } from '../../../src/audit/log.ts';
import { outcomeOf } from '../../support/commands.ts';
import { type TestContextOptions, temporaryFolder, testContext } from '../../support/context.ts';
import { type FakeMcp, fakeMcp, type Seen } from '../../support/fake-mcp.ts';
import { look, visit } from '../../support/mcp-host.ts';
import { hostOn, machineOf } from '../../support/mcp-keep.ts';
import { expectShape } from '../../support/schemas.ts';

/** A person at the command line of that machine; the browser agrees to everything. */
function person(home: string, options: TestContextOptions = {}) {
  const onOpen = (page: string): Promise<boolean> => visit(page).then(() => true);
  return testContext({ onOpen, ...options, env: { ...machineOf(home), ...options.env } });
}

const IN_MEMORY = { CODEMIE_MCP_TOKEN_STORE: '' };

/** A server with a revocation endpoint, and what was revoked there. */
async function revocable(status = 200) {
  const revoked: URLSearchParams[] = [];
  const server: FakeMcp = await fakeMcp({
    oauth: true,
    metadata: {
      get revocation_endpoint(): string {
        return `${server.origin}/revoke`;
      },
    },
    intercept: (seen: Seen, response) => {
      if (seen.path === '/revoke') {
        revoked.push(new URLSearchParams(seen.body));
        response.writeHead(status).end();
        return true;
      }
      return false;
    },
  });
  return { server, revoked };
}

describe('codemie mcp login', () => {
  it('signs in ahead, and a proxy in memory mode uses what was stored for its server', async () => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true, challenge: 'scope="read write"', expiresIn: 3600 });
    const context = person(home);
    const { code, stdout } = await outcomeOf(context, 'mcp', 'login', server.url, '--json');
    expect(code).toBe(0);
    expect(expectShape('mcp-login', stdout)).toMatchObject({
      status: 'signed-in',
      server: server.url,
      issuer: server.origin,
      store: 'plaintext-file',
      refreshable: true,
    });
    expect(stdout).not.toMatch(/access-|refresh-/);
    const host = hostOn(home, server.url, { env: IN_MEMORY });
    expect((await host.initialize()).result).toBeDefined();
    expect(host.context.opened).toEqual([]);
    expect(server.at('/register')).toHaveLength(1);
  });

  it('what a proxy in memory mode refreshes is stored where the sign-in was', async () => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true });
    await outcomeOf(person(home), 'mcp', 'login', server.url);
    const used: (string | null)[] = [];
    for (const _ of [1, 2]) {
      server.valid.clear();
      const host = hostOn(home, server.url, { env: IN_MEMORY });
      expect((await host.initialize()).result).toBeDefined();
      used.push(new URLSearchParams(server.at('/token').at(-1)?.body).get('refresh_token'));
      host.context.endInput();
      await host.ended;
    }
    expect(new Set(used).size).toBe(2);
    expect(server.at('/authorize')).toHaveLength(1);
  });

  it('with --no-browser prints the URL on a line of stderr, and takes the address that the browser ended at', async () => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true });
    const context = person(home);
    const outcome = outcomeOf(context, 'mcp', 'login', server.url, '--no-browser');
    const line = (): string =>
      context.out.stderr.split('\n').find((one) => one.startsWith(`${server.origin}/authorize`)) ?? '';
    await expect.poll(line).not.toBe('');
    const { location = '' } = await look(line());
    context.type(`${new URL(location).searchParams.get('code')}\n`);
    await expect.poll(() => context.out.stderr).toContain('Paste the full address');
    context.type(`${location}\n`);
    const { code, stderr } = await outcome;
    expect(code).toBe(0);
    expect(stderr).toContain(`Signed in to ${server.url}. The sign-in is stored in an unencrypted file.`);
    expect(context.opened).toEqual([]);
  });

  it('leaves the sign-in that is stored alone until the new one is complete', async () => {
    const home = temporaryFolder();
    let isDenied = false;
    const server = await fakeMcp({
      oauth: true,
      intercept: ({ path, query }, response) => {
        if (path !== '/authorize' || !isDenied) return false;
        const back = new URL(query.get('redirect_uri') ?? '');
        back.search = new URLSearchParams({
          error: 'access_denied',
          state: query.get('state') ?? '',
          iss: server.origin,
        }).toString();
        response.writeHead(302, { location: back.href }).end();
        return true;
      },
    });
    await outcomeOf(person(home), 'mcp', 'login', server.url);
    isDenied = true;
    const { code, stderr } = await outcomeOf(person(home), 'mcp', 'login', server.url);
    expect(code).toBe(6);
    expect(stderr).toContain(`codemie mcp login ${server.url}`);
    const host = hostOn(home, server.url, { env: IN_MEMORY });
    expect((await host.initialize()).result).toBeDefined();
    expect(host.context.opened).toEqual([]);
  });

  it('moves the sign-in when another store is named', async () => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true });
    await outcomeOf(person(home), 'mcp', 'login', server.url);
    expect(
      (await outcomeOf(person(home), 'mcp', 'login', server.url, '--store', 'encrypted-file')).code,
    ).toBe(0);
    const names = readdirSync(join(home, '.codemie', 'credentials'));
    expect(names.map((name) => name.split('.')[1])).toEqual(['enc']);
    const { stdout } = await outcomeOf(person(home), 'mcp', 'list', '--json');
    expect(expectShape('mcp-list', stdout)['signIns']).toMatchObject([
      { store: 'encrypted-file', signedIn: true },
    ]);
  });

  it('says when a server asks for no sign-in', async () => {
    const server = await fakeMcp();
    const context = person(temporaryFolder());
    const { code, stdout } = await outcomeOf(context, 'mcp', 'login', server.url, '--json');
    expect([code, expectShape('mcp-login', stdout)['status']]).toEqual([0, 'not-needed']);
    expect((await outcomeOf(context, 'mcp', 'list')).stdout).toContain('codemie mcp login');
  });

  it('a store that does not work is told before the browser opens', async () => {
    const server = await fakeMcp({ oauth: true });
    const context = person(temporaryFolder());
    const { code, stderr } = await outcomeOf(context, 'mcp', 'login', server.url, '--store', 'keychain');
    expect(code).toBe(8);
    expect(stderr).toContain(`codemie mcp login ${server.url} --store encrypted-file`);
    expect(stderr).not.toContain('profile login');
    expect(context.opened).toEqual([]);
    expect(server.seen).toEqual([]);
  });

  it.each([
    ['an Authorization header of your own', ['--header', 'Authorization: Bearer x'], 2],
    ['a server that is not there', [], 5],
  ])('%s: says so', async (_, args, code) => {
    const context = person(temporaryFolder());
    const outcome = await outcomeOf(context, 'mcp', 'login', 'http://127.0.0.1:9/mcp', ...args);
    expect(outcome.code).toBe(code);
    expect(outcome.stdout).toBe('');
  });
});

describe('a sign-in ahead that nobody completes', () => {
  it('ends with 7, and names the command that tries again', async () => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true });
    const context = person(home, { onOpen: () => true });
    const { code, stderr } = await outcomeOf(context, 'mcp', 'login', server.url, '--timeout', '200ms');
    expect(code).toBe(7);
    expect(stderr).toContain(`codemie mcp login ${server.url}\n`);
    expect(stderr).toContain('--no-resource');
    expect(stderr).not.toContain('Reconnect');
    expect((await outcomeOf(context, 'mcp', 'list', '--json')).stdout).toContain('"signIns":[]');
  });

  it('is taken over from the process that it waited for', async () => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true });
    const host = hostOn(home, server.url, { onOpen: () => true });
    void host.initialize();
    await expect.poll(() => host.context.opened).toHaveLength(1);
    const context = person(home);
    const outcome = outcomeOf(context, 'mcp', 'login', server.url);
    await expect
      .poll(() => context.out.stderr, { timeout: 5000 })
      .toContain('Another codemie process is signing in');
    await visit(host.context.opened[0] ?? '');
    expect((await outcome).code).toBe(0);
    expect(context.opened).toEqual([]);
    expect(server.at('/authorize')).toHaveLength(1);
  });
});

describe('codemie mcp logout', () => {
  it('removes tokens and registration, and revokes the tokens at the server', async () => {
    const home = temporaryFolder();
    const { server, revoked } = await revocable();
    await outcomeOf(person(home), 'mcp', 'login', server.url);
    const { code, stdout } = await outcomeOf(person(home), 'mcp', 'logout', server.url, '--json');
    expect(code).toBe(0);
    expect(expectShape('mcp-logout', stdout)).toMatchObject({ removed: [server.url], revoked: 'yes' });
    expect(revoked.map((form) => [form.get('token_type_hint'), form.get('client_id')])).toEqual([
      ['refresh_token', 'registered-client'],
      ['access_token', 'registered-client'],
    ]);
    expect(revoked[1]?.get('token')).toBe(server.issued[0]);
    expect(readdirSync(join(home, '.codemie', 'credentials'))).toEqual([]);
    const host = hostOn(home, server.url, { env: IN_MEMORY });
    await host.initialize();
    expect(host.context.opened).toHaveLength(1);
    const again = await outcomeOf(person(home), 'mcp', 'logout', server.url);
    expect([again.code, again.stderr]).toEqual([
      0,
      `No sign-in is stored for ${server.url}. See what is stored: codemie mcp list\n`,
    ]);
  });

  it.each([
    ['refuses', 500, 'could not end the tokens'],
    ['has no revocation endpoint', undefined, 'offers no way to end tokens'],
  ])('removes them also where the server %s', async (_, status, said) => {
    const home = temporaryFolder();
    const server = status === undefined ? await fakeMcp({ oauth: true }) : (await revocable(status)).server;
    await outcomeOf(person(home), 'mcp', 'login', server.url);
    const { code, stderr } = await outcomeOf(person(home), 'mcp', 'logout', server.url);
    expect([code, stderr]).toEqual([0, expect.stringContaining(said)]);
    expect((await outcomeOf(person(home), 'mcp', 'list', '--json')).stdout).toContain('"signIns":[]');
  });

  it('a proxy that runs signs in again instead of storing the old sign-in once more', async () => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true });
    const host = hostOn(home, server.url);
    await host.initialize();
    await outcomeOf(person(home), 'mcp', 'logout', server.url);
    server.valid.clear();
    expect((await host.request('tools/list')).result).toBeDefined();
    expect(host.context.opened).toHaveLength(2);
  });
});

describe('codemie mcp list', () => {
  it('shows server, issuer, store, scopes and expiry, and no secret', async () => {
    const home = temporaryFolder();
    const server = await fakeMcp({ oauth: true, expiresIn: 3600, challenge: 'scope="read write"' });
    const address = `${server.url}?key=query-secret-1`;
    await outcomeOf(person(home), 'mcp', 'login', address);
    const listed = await outcomeOf(person(home), 'mcp', 'list', '--json');
    expect(expectShape('mcp-list', listed.stdout)['signIns']).toMatchObject([
      {
        server: server.url,
        issuer: server.origin,
        store: 'plaintext-file',
        signedIn: true,
        scopes: ['read', 'write'],
      },
    ]);
    const text = await outcomeOf(person(home), 'mcp', 'list');
    expect(text.stdout).toContain(`${server.url}  signed in`);
    for (const { stdout } of [listed, text])
      expect(stdout).not.toMatch(/access-|refresh-|query-secret|registered-client/);
    // The address as it is listed is enough to sign out.
    await outcomeOf(person(home), 'mcp', 'logout', server.url);
    expect((await outcomeOf(person(home), 'mcp', 'list', '--json')).stdout).toContain('"signIns":[]');
  });
});

it('the audit log has the sign-in, the refresh and the sign-out of a stored sign-in', async () => {
  const home = temporaryFolder();
  const server = await fakeMcp({ oauth: true });
  await outcomeOf(person(home), 'mcp', 'login', server.url);
  server.valid.clear();
  await hostOn(home, server.url).initialize();
  await outcomeOf(person(home), 'mcp', 'logout', server.url);
  const entries = readEntries(join(home, '.codemie', 'audit'));
  expect(entries.map(({ event }) => event)).toEqual(['mcp-sign-in', 'refresh', 'mcp-sign-out']);
  expect(JSON.stringify(entries)).not.toMatch(/access-|refresh-\w{8}/);
});
