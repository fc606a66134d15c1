import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keptId, noteKept } from '../../../src/mcp/keep/kept.ts';
import { outcomeOf } from '../../support/commands.ts';
import { type TestContext, testContext } from '../../support/context.ts';
import { fakeAgents } from '../../support/fake-agents.ts';
import { expectShape } from '../../support/schemas.ts';

const URL_ = 'https://mcp.example.com/mcp';

interface Result {
  readonly status: string;
  readonly detail: string;
  readonly fix: readonly string[];
}

function machine(files: Readonly<Record<string, string>> = {}, path = fakeAgents()): TestContext {
  const context = testContext({ env: { PATH: path } });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(context.cwd, name)), { recursive: true });
    writeFileSync(join(context.cwd, name), text);
  }
  return context;
}

async function found(context: TestContext): Promise<Result> {
  const { code, stdout } = await outcomeOf(context, 'doctor', '--only', 'mcp', '--json', '--offline');
  expect(code).toBe(0);
  const [check] = expectShape<{ checks: Result[] }>('doctor', stdout).checks;
  if (check === undefined) throw new Error(stdout);
  return check;
}

const file = (...args: string[]): string =>
  JSON.stringify({ mcpServers: { mine: { command: 'codemie-mcp-proxy', args } } });

describe('the servers of every agent', () => {
  it('are found after codemie mcp add', async () => {
    const context = machine();
    for (const host of ['claude', 'codex', 'opencode', 'gemini', 'file'])
      await outcomeOf(context, 'mcp', 'add', `on-${host}`, URL_, '--host', host);
    const { status, detail } = await found(context);
    expect(status).toBe('ok');
    expect(detail).toMatch(/^5 servers: /);
    for (const place of [
      'on-claude (Claude Code)',
      'on-codex (Codex)',
      'on-opencode (OpenCode)',
      'on-gemini (Gemini CLI)',
      'on-file (Claude Code, project)',
    ])
      expect(detail).toContain(`${place}: signs in when it starts`);
  });

  it('are found when the agent reaches them through the gateway', async () => {
    const context = machine();
    Object.assign(context.env, { CODEMIE_PROXY_PORT: '4180' });
    for (const host of ['claude', 'codex', 'opencode', 'gemini'])
      await outcomeOf(context, 'mcp', 'add', 'mine', URL_, '--host', host, '--through-gateway');
    const { status, detail } = await found(context);
    expect([status, detail]).toEqual(['ok', expect.stringMatching(/^4 servers: /)]);
    expect(detail).toContain('mine (Codex): through the gateway');
  });

  it.each([
    ['codemie mcp proxy', { command: 'codemie', args: ['mcp', 'proxy', URL_] }],
    ['Node and the script', { command: process.execPath, args: ['SCRIPT', URL_] }],
    ['npx', { command: 'npx', args: ['-y', 'codemie-mcp-proxy', URL_] }],
    ['options first', { command: 'codemie-mcp-proxy', args: ['--transport', 'sse', URL_] }],
  ])('are found when started by %s', async (_, { command, args }) => {
    const folder = fakeAgents();
    for (const name of ['codemie', 'npx', 'codemie-mcp-proxy.js'])
      writeFileSync(join(folder, name), '', { mode: 0o755 });
    const words = args.map((word) => (word === 'SCRIPT' ? join(folder, 'codemie-mcp-proxy.js') : word));
    const text = JSON.stringify({ mcpServers: { mine: { command, args: words } } });
    expect(await found(machine({ '.mcp.json': text }, folder))).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('mine (Claude Code, project)'),
    });
  });

  it('are found where Claude Code keeps those of one person in one folder', async () => {
    const context = machine();
    const { mcpServers } = JSON.parse(file(URL_));
    const settings = { projects: { [context.cwd]: { mcpServers }, '/other': { mcpServers: { not: {} } } } };
    writeFileSync(join(context.cwd, '.claude.json'), JSON.stringify(settings));
    expect((await found(context)).detail).toContain('mine (Claude Code, local)');
    Object.assign(context.env, { PATH: '/nowhere' });
    expect((await found(context)).fix).toEqual(['claude mcp remove mine --scope local']);
  });

  it('are found in a subfolder of the repository that Claude Code keeps them for, however it is spelled', async () => {
    const context = machine();
    const { mcpServers } = JSON.parse(file(URL_));
    const [cwd, link] = [join(context.cwd, 'repository', 'src'), join(context.cwd, 'link')];
    for (const folder of [join(cwd, '..', '.git'), cwd]) mkdirSync(folder, { recursive: true });
    symlinkSync(dirname(cwd), link);
    const settings = { projects: { [context.cwd]: {}, [link]: { mcpServers } } };
    writeFileSync(join(context.userHome, '.claude.json'), JSON.stringify(settings));
    expect((await found({ ...context, cwd })).detail).toContain('mine (Claude Code, local)');
  });
});

describe('nothing to say', () => {
  it.each([
    ['no settings', {}],
    ['other servers', { '.mcp.json': '{"mcpServers": {"other": {"command": "npx", "args": ["x"]}}}' }],
    ['other settings of Codex', { '.codex/config.toml': 'model = not valid TOML' }],
    [
      'entries of another kind',
      { '.mcp.json': '{"mcpServers": {"a": null, "b": [], "c": "codemie-mcp-proxy"}}' },
    ],
    ['no servers at all', { '.mcp.json': '{"mcpServers": 1}' }],
  ])('%s', async (_, files) => {
    expect(await found(machine(files))).toMatchObject({ status: 'skip' });
  });

  it('settings of a Codex that is not installed any more', async () => {
    const context = machine(
      { '.codex/config.toml': '[mcp_servers.a]\ncommand = "codemie-mcp-proxy"\n' },
      '/nowhere',
    );
    expect(await found(context)).toMatchObject({ status: 'skip' });
  });
});

describe('a server whose entry cannot work', () => {
  it.each([
    [
      'a program that is not on PATH',
      { command: 'codemie-mcp-proxy', args: [URL_] },
      'codemie-mcp-proxy, which',
    ],
    [
      'a program that is gone',
      { command: '/gone/codemie-mcp-proxy', args: [URL_] },
      '/gone/codemie-mcp-proxy',
    ],
    [
      'a script that is gone',
      { command: process.execPath, args: ['/gone/codemie-mcp-proxy.js', URL_] },
      '/gone/',
    ],
  ])('%s', async (_, entry, told) => {
    const text = JSON.stringify({ mcpServers: { mine: entry } });
    const { status, detail, fix } = await found(machine({ '.gemini/settings.json': text }, '/nowhere'));
    expect([status, detail]).toEqual(['warn', expect.stringContaining(told)]);
    expect(fix).toEqual(['codemie mcp remove mine --host gemini --scope user']);
  });

  it.each([
    ['no address', file()],
    ['a word', file('mcp.example.com')],
    ['http to another machine', file('http://mcp.example.com/mcp')],
  ])('%s instead of an address', async (_, text) => {
    expect(await found(machine({ '.mcp.json': text }))).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('has no valid address'),
    });
  });

  it('an address with a variable, which the agent fills in, is left alone', async () => {
    expect(await found(machine({ '.mcp.json': file(`\${MCP_URL}`) }))).toMatchObject({ status: 'ok' });
  });
});

describe('settings that cannot be read are named, and the others are still examined', () => {
  it.each([
    ['.mcp.json', '{"mcpServers": {', 'ends too early'],
    ['.claude.json', '{\n"mcpServers": nonsense\n}', 'line 2'],
    ['.gemini/settings.json', '[1', 'ends too early'],
    ['opencode.json', '{"mcp": {}} x', 'line 1'],
    ['.codex/config.toml', '[mcp_servers.codemie]\nx = a secret', 'line 2'],
  ])('%s', async (name, text, reason) => {
    const other = name === '.mcp.json' ? {} : { '.mcp.json': file(URL_) };
    const context = machine({ ...other, [name]: text });
    const { status, detail } = await found(context);
    expect(status).toBe('warn');
    expect(detail).toContain(join(context.cwd, name));
    expect(detail).toContain(reason);
    if (name !== '.mcp.json')
      expect(detail).toContain('mine (Claude Code, project): signs in when it starts');
    expect(detail).not.toMatch(/nonsense|a secret/);
  });

  it('a file that you may not read', async () => {
    if (process.getuid?.() === 0) {
      // Nothing is closed to root; a folder cannot be read as a file either.
      const context = machine();
      mkdirSync(join(context.cwd, '.mcp.json'));
      expect(await found(context)).toMatchObject({
        status: 'warn',
        detail: expect.stringContaining('.mcp.json'),
      });
      return;
    }
    const context = machine({ '.mcp.json': file(URL_) });
    chmodSync(join(context.cwd, '.mcp.json'), 0);
    expect(await found(context)).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('.mcp.json'),
    });
  });
});

describe('how a server is signed in', () => {
  it('a sign-in that is stored', async () => {
    const context = machine({ '.mcp.json': file(URL_) });
    const id = keptId(new URL(URL_));
    const kept = {
      server: URL_,
      store: 'keychain',
      isSignedIn: true,
      scopes: [],
      isRefreshable: true,
    } as const;
    noteKept(context.home, { id, ...kept });
    expect((await found(context)).detail).toContain('mine (Claude Code, project): sign-in stored');
    noteKept(context.home, { id, ...kept, isSignedIn: false });
    expect((await found(context)).detail).toContain('signs in when it starts');
  });

  it('a token of its own, which is never shown', async () => {
    const env = { CODEMIE_MCP_HEADERS: 'X: 1\nAuthorization: Bearer secret-of-mine-123' };
    const entry = { command: 'codemie-mcp-proxy', args: [`${URL_}?api_key=secret-of-mine-456`], env };
    const { status, detail } = await found(
      machine({ '.mcp.json': JSON.stringify({ mcpServers: { mine: entry } }) }),
    );
    expect([status, detail]).toEqual(['ok', expect.stringContaining('uses its own Authorization')]);
    expect(detail).not.toContain('secret-of-mine');
  });

  it('asks no server', async () => {
    const context = machine({ '.mcp.json': file(URL_) });
    const http = () => Promise.reject(new Error('no network'));
    expect(await found({ ...context, http, fetch: http } as TestContext)).toMatchObject({ status: 'ok' });
  });
});
