import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ownProgram } from '../../../src/system/process/own-program.ts';
import { startCommand } from '../../../src/system/process/start-command.ts';
import { outcomeOf } from '../../support/commands.ts';
import { temporaryFolder, testContext } from '../../support/context.ts';
import { fakeAgents } from '../../support/fake-agents.ts';

const URL_ = 'https://mcp.example.com/mcp';
const SECRET = 'secret-of-mine-1234567';

const user = (env: Record<string, string> = {}) => testContext({ env: { PATH: fakeAgents(), ...env } });
const written = ({ cwd }: { cwd: string }, name = '.mcp.json') =>
  JSON.parse(readFileSync(join(cwd, name), 'utf8')) as {
    mcpServers: Record<string, { command: string; args: string[]; env: Record<string, string> }>;
  };

describe('no secret stands in a command line or in the settings of an agent', () => {
  it.each([
    ['a bearer token', `Authorization: Bearer ${SECRET}`],
    ['an API key', `X-Api-Key=${SECRET}`],
    ['a cookie', `Cookie: session=${SECRET}`],
    ['a token under a harmless name', 'X-Team: ghp_0123456789abcdefghijABCDEFGHIJ012345'],
  ])('%s in --header is refused with the form that names a variable', async (_, header) => {
    const context = user();
    const { code, stderr } = await outcomeOf(context, 'mcp', 'add', 'my-server', URL_, '--header', header);
    expect(code).toBe(2);
    expect(stderr).toContain(`\${VARIABLE}`);
    expect(stderr).toContain('--header-file');
    expect(stderr).not.toMatch(/secret-of-mine|ghp_/);
    expect(existsSync(join(context.cwd, '.claude.json'))).toBe(false);
  });

  it('a variable is stored by its name, in the environment of the server and not in its arguments', async () => {
    const context = user({ TOKEN: SECRET });
    const headers = ['--header', `Authorization:Bearer \${TOKEN}`, '--header', 'X-Team=a b'];
    await outcomeOf(context, 'mcp', 'add', 'my-server', URL_, '--host', 'file', ...headers);
    expect(written(context).mcpServers['my-server']).toMatchObject({
      args: [URL_],
      env: { CODEMIE_MCP_HEADERS: `Authorization: Bearer \${TOKEN}\nX-Team: a b` },
    });
    expect(readFileSync(join(context.cwd, '.mcp.json'), 'utf8')).not.toContain(SECRET);
  });

  it('the variable need not be set in the terminal', async () => {
    const context = user();
    const header = ['--header', `Authorization: Bearer \${NOT_SET_HERE}`];
    const secret = ['--client-id', 'id', '--client-secret-env', 'NOT_SET_EITHER'];
    const { code } = await outcomeOf(
      context,
      'mcp',
      'add',
      'my',
      URL_,
      '--host',
      'file',
      ...header,
      ...secret,
    );
    expect(code).toBe(0);
  });

  it('the variables of the command’s own environment are not stored', async () => {
    const context = user({ CODEMIE_MCP_HEADERS: `X: ${SECRET}`, CODEMIE_MCP_OAUTH_SCOPE: 'mine' });
    await outcomeOf(context, 'mcp', 'add', 'my-server', URL_, '--host', 'file');
    expect(written(context).mcpServers['my-server']).toMatchObject({
      args: [URL_],
      env: { MCP_CLIENT_NAME: 'Claude Code (my-server)' },
    });
  });

  it('Gemini CLI keeps variables with secret names from a server, so they are passed by name', async () => {
    const context = user();
    const file = join(temporaryFolder(), 'headers');
    writeFileSync(file, `X-Key: \${FILE_TOKEN}\n`);
    const options = ['--client-id', 'id', '--header-file', file, '--header', `X-Other: \${TOKEN}`];
    await outcomeOf(context, 'mcp', 'add', 'my-server', URL_, '--host', 'gemini', ...options);
    expect(written(context, '.gemini/settings.json').mcpServers['my-server']?.env).toMatchObject({
      CODEMIE_MCP_CLIENT_SECRET: `\${CODEMIE_MCP_CLIENT_SECRET}`,
      FILE_TOKEN: `\${FILE_TOKEN}`,
      TOKEN: `\${TOKEN}`,
    });
  });

  it('Codex is told the names of those variables', async () => {
    const context = user();
    const options = ['--client-id', 'id', '--client-secret-env', 'MINE', '--header', `X-Other: \${TOKEN}`];
    await outcomeOf(context, 'mcp', 'add', 'my-server', URL_, '--host', 'codex', ...options);
    expect(readFileSync(join(context.cwd, '.codex/config.toml'), 'utf8')).toMatch(
      /env_vars = \["MINE", "TOKEN", /,
    );
  });

  it('an address with a key in it is stored with a warning', async () => {
    const { code, stderr } = await outcomeOf(user(), 'mcp', 'add', 'my', `${URL_}?api_key=${SECRET}`);
    expect([code, stderr]).toEqual([0, expect.stringContaining('looks like a secret')]);
    expect(stderr).not.toContain(SECRET);
  });
});

describe('files are stored by their full path', () => {
  it.each([['--header-file'], ['--ca-file']])('%s', async (flag) => {
    const context = user();
    const folder = mkdtempSync(join(context.cwd, 'with space-'));
    writeFileSync(join(folder, 'file'), 'X-Team: a\n');
    const relative = join(folder.slice(context.cwd.length + 1), 'file');
    // A test context resolves relative paths from its own folder; the command is run from there.
    const here = process.cwd();
    process.chdir(context.cwd);
    try {
      await outcomeOf(context, 'mcp', 'add', 'my-server', URL_, '--host', 'file', flag, relative);
    } finally {
      process.chdir(here);
    }
    expect(written(context).mcpServers['my-server']?.args).toEqual([URL_, flag, join(folder, 'file')]);
  });
});

describe('the command that an agent starts', () => {
  const WINDOWS = {
    node: 'C:\\Program Files\\nodejs\\node.exe',
    script: 'C:\\Users\\Ada Lovelace\\npm\\node_modules\\codemie\\bin\\codemie.js',
    realPath: (path: string) => path,
  };

  it('on Windows needs no shell, also for folders with spaces', () => {
    const words = ownProgram(
      'codemie-mcp-proxy',
      { env: { PATH: fakeAgents() }, platform: 'win32' },
      WINDOWS,
    );
    expect(words).toEqual([
      'C:\\Program Files\\nodejs\\node.exe',
      'C:\\Users\\Ada Lovelace\\npm\\node_modules\\codemie\\bin\\codemie-mcp-proxy.js',
    ]);
    const [program, ...args] = words;
    expect(startCommand(program, args, { platform: 'win32' })).toEqual({ program, args });
  });

  it('is stored by codemie mcp add on Windows as Node.js and the script', async () => {
    const context = testContext({ env: { PATH: fakeAgents() }, override: { platform: 'win32' } });
    const { code } = await outcomeOf(context, 'mcp', 'add', 'my-server', URL_, '--host', 'file');
    expect(code).toBe(0);
    const { command, args } = written(context).mcpServers['my-server'] ?? {};
    expect(command).toBe(process.execPath);
    expect(args).toEqual([expect.stringMatching(/[\\]codemie-mcp-proxy\.js$/), URL_]);
  });

  it('elsewhere is the bare name, which works on every machine', () => {
    const machine = { env: { PATH: fakeAgents() }, platform: 'linux' } as const;
    expect(ownProgram('codemie-mcp-proxy', machine, WINDOWS)).toEqual(['codemie-mcp-proxy']);
  });

  it('is a full path where PATH does not have it, and the person is told in a shared folder', async () => {
    const machine = { env: { PATH: '/nowhere' }, platform: 'linux' } as const;
    const own = {
      node: '/usr/bin/node',
      script: '/opt/codemie/bin/codemie.js',
      realPath: (path: string) => path,
    };
    expect(ownProgram('codemie-mcp-proxy', machine, own)).toEqual([
      '/usr/bin/node',
      '/opt/codemie/bin/codemie-mcp-proxy.js',
    ]);
    const context = testContext({ env: { PATH: fakeAgents(['claude']) } });
    const { stderr } = await outcomeOf(context, 'mcp', 'add', 'my-server', URL_, '--host', 'file');
    expect(stderr).toContain('paths of this computer');
  });
});
