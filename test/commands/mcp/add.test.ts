import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MCP_HOSTS } from '../../../src/agents/mcp/table.ts';
import { MCP_COMMANDS } from '../../../src/commands/mcp/table.ts';
import { mcpUser } from '../../support/mcp-user.ts';
import { expectShape } from '../../support/schemas.ts';

const URL_ = 'https://mcp.example.com/mcp';

const PLACES = [
  ['claude', 'user', '.claude.json'],
  ['claude', 'project', '.mcp.json'],
  ['codex', 'user', '.codex/config.toml'],
  ['opencode', 'user', '.config/opencode/opencode.json'],
  ['opencode', 'project', 'opencode.json'],
  ['gemini', 'user', '.gemini/settings.json'],
  ['file', 'project', '.mcp.json'],
] as const;

it('every agent that codemie knows can be chosen', () => {
  const add = MCP_COMMANDS.find(({ path }) => path[1] === 'add');
  const choices = add?.options.find(({ name }) => name === 'host')?.choices;
  expect(choices).toEqual(MCP_HOSTS.map(({ name }) => name));
});

describe('the documented form', () => {
  it('--host file writes .mcp.json', async () => {
    const ada = mcpUser();
    expect(await ada.mcp('add', 'my-server', URL_, '--host', 'file')).toMatchObject({ code: 0 });
    expect(JSON.parse(ada.read('.mcp.json'))).toEqual({
      mcpServers: {
        'my-server': {
          type: 'stdio',
          command: 'codemie-mcp-proxy',
          args: [URL_],
          env: { MCP_CLIENT_NAME: 'Claude Code (my-server)' },
        },
      },
    });
  });

  it('Claude Code gets the same for all projects, by its own command', async () => {
    const ada = mcpUser();
    await ada.mcp('add', 'my-server', URL_);
    expect(JSON.parse(ada.read('.claude.json')).mcpServers['my-server']).toEqual({
      type: 'stdio',
      command: 'codemie-mcp-proxy',
      args: [URL_],
      env: { MCP_CLIENT_NAME: 'Claude Code (my-server)' },
    });
  });

  it('Codex gets the variables that it would keep from a server, and waits as long as the proxy', async () => {
    const ada = mcpUser();
    await ada.mcp('add', 'my-server', URL_, '--host', 'codex', '--start-limit', '58s');
    const text = ada.read('.codex/config.toml');
    expect(text).toMatch(/^\[mcp_servers\.my-server\]\ncommand = "codemie-mcp-proxy"\nargs = \["https:/);
    expect(text).toMatch(/env_vars = \[.*"CODEMIE_HOME".*"DISPLAY".*"HTTPS_PROXY", "https_proxy"/);
    expect(text).toContain('startup_timeout_sec = 60\n');
    expect(text).toMatch(/\n\n\[mcp_servers\.my-server\.env\]\nMCP_CLIENT_NAME = "Codex \(my-server\)"\n$/);
  });

  it('OpenCode and Gemini CLI get their own form', async () => {
    const ada = mcpUser();
    await ada.mcp('add', 'my-server', URL_, '--host', 'opencode');
    await ada.mcp('add', 'my-server', URL_, '--host', 'gemini');
    expect(JSON.parse(ada.read('.config/opencode/opencode.json')).mcp['my-server']).toEqual({
      type: 'local',
      command: ['codemie-mcp-proxy', URL_],
      environment: { MCP_CLIENT_NAME: 'OpenCode (my-server)' },
      timeout: 30_000,
    });
    expect(JSON.parse(ada.read('.gemini/settings.json')).mcpServers['my-server']).toEqual({
      command: 'codemie-mcp-proxy',
      args: [URL_],
      env: { MCP_CLIENT_NAME: 'Gemini CLI (my-server)' },
    });
  });
});

describe.each(PLACES)('%s, %s', (host, scope, file) => {
  const place = ['--host', host, '--scope', scope];

  it('is added with the options it was given, is not added twice, and is removed', async () => {
    const ada = mcpUser();
    const options = ['--oauth-scope', 'api://x/.default offline_access', '--no-resource', '--timeout', '5m'];
    const added = expectShape<{ file: string; changed: boolean; command: string[] }>(
      'mcp-add',
      (await ada.mcp('add', 'my-server', URL_, ...place, ...options, '--json')).stdout,
    );
    expect(added).toMatchObject({ file: ada.path(file), changed: true });
    expect(added.command).toEqual(['codemie-mcp-proxy', URL_, ...options]);
    for (const option of options) expect(ada.read(file)).toContain(option);
    const once = ada.read(file);
    const again = await ada.mcp('add', 'my-server', URL_, ...place, ...options, '--json');
    expect(expectShape('mcp-add', again.stdout)).toMatchObject({ changed: false });
    expect(ada.read(file)).toBe(once);
    const removed = await ada.mcp('remove', 'my-server', ...place, '--json');
    expect(expectShape('mcp-remove', removed.stdout)).toMatchObject({
      name: 'my-server',
      file: ada.path(file),
    });
    expect(existsSync(ada.path(file)) ? ada.read(file) : '').not.toContain('my-server');
  });

  it('another server of that name is not touched, and the error says how to go on', async () => {
    const ada = mcpUser();
    await ada.mcp('add', 'my-server', URL_, ...place);
    const before = ada.read(file);
    const { code, stderr } = await ada.mcp('add', 'my-server', 'https://other.example/mcp', ...place);
    expect([code, stderr]).toEqual([2, expect.stringContaining('codemie mcp remove my-server --host')]);
    expect(ada.read(file)).toBe(before);
  });

  it('a name that every object has is a name', async () => {
    const ada = mcpUser();
    expect(await ada.mcp('add', 'constructor', URL_, ...place)).toMatchObject({ code: 0 });
    expect(await ada.mcp('remove', 'constructor', ...place)).toMatchObject({ code: 0 });
    expect(await ada.mcp('remove', 'toString', ...place)).toMatchObject({ code: 9 });
  });

  it('one that is not there cannot be removed', async () => {
    const { code, stderr } = await mcpUser().mcp('remove', 'my-server', ...place);
    expect([code, stderr]).toEqual([9, expect.stringContaining('There is no server "my-server"')]);
  });

  it('a file that cannot be parsed is refused and stays as it is', async () => {
    const ada = mcpUser();
    const text = '{\n"a = = nonsense-with-a-secret\n';
    ada.write(file, host === 'codex' ? 'model = = nonsense-with-a-secret\n' : text);
    const before = ada.read(file);
    const { code, stderr } = await ada.mcp('add', 'my-server', URL_, ...place);
    expect([code, stderr]).toEqual([9, expect.stringMatching(/config\.toml: line 1|json: line 2/)]);
    expect(stderr).not.toContain('nonsense');
    expect(ada.read(file)).toBe(before);
  });
});

describe('what else is in a file stays as it is', () => {
  const JSONC =
    '{\n\t// mine\n\t"model": "a/b", // keep\n\t"mcp": {\n\t\t"other": {"type": "local"}, // keep, too\n\t},\n}\n';
  const TOML =
    '# mine\nmodel = "x"   # keep\n\n[mcp_servers.other]\ncommand = "foo" # keep, too\n\n[projects."/x"]\ntrust_level = "trusted"\n';
  const SETTINGS =
    '{\n    "ui": {"theme": "x"}, // keep\n    "mcpServers": {\n        "other": {}\n    }\n}\n';

  it.each([
    ['opencode', '.config/opencode/opencode.jsonc', JSONC],
    ['codex', '.codex/config.toml', TOML],
    ['codex', '.codex/config.toml', 'model = "no line end"'],
    ['gemini', '.gemini/settings.json', SETTINGS],
    ['file', '.mcp.json', '{"mcpServers": {"other": {"command": "x"}}}'],
  ])('%s: %s', async (host, file, text) => {
    const ada = mcpUser();
    ada.write(file, text);
    chmodSync(ada.path(file), 0o640);
    expect(await ada.mcp('add', 'my-server', URL_, '--host', host)).toMatchObject({ code: 0 });
    const added = ada.read(file);
    for (const line of text.split('\n').filter((one) => /keep|mine|trusted|theme|other/.test(one)))
      expect(added).toContain(line.replace(/\}\}?$/, ''));
    expect(statSync(ada.path(file)).mode & 0o777).toBe(0o640);
    expect(await ada.mcp('remove', 'my-server', '--host', host)).toMatchObject({ code: 0 });
    // A file without a line end gets one, and a last brace a line of its own.
    const plain = (all: string): string => all.replace(/\s*}}\n?$|\n$/, '');
    expect(plain(ada.read(file))).toBe(plain(text));
  });

  it('a file that only our server was in is gone afterwards', async () => {
    const ada = mcpUser();
    await ada.mcp('add', 'my-server', URL_, '--host', 'file');
    await ada.mcp('remove', 'my-server', '--host', 'file');
    expect(existsSync(ada.path('.mcp.json'))).toBe(false);
  });

  it('a new file of the folder can be read by others, one of your own only by you', async () => {
    const ada = mcpUser();
    for (const host of ['file', 'gemini', 'codex', 'opencode'])
      await ada.mcp('add', 'my-server', URL_, '--host', host);
    const mode = (file: string): number => statSync(ada.path(file)).mode & 0o777;
    expect(mode('.mcp.json')).toBe(0o666 & ~process.umask());
    expect(mode('.gemini/settings.json')).toBe(0o600);
    expect(mode('.codex/config.toml')).toBe(0o600);
    expect(mode('.config/opencode/opencode.json')).toBe(0o600);
  });

  it('a link to a file stays a link', async () => {
    const ada = mcpUser();
    ada.write('dotfiles/opencode.json', '{}');
    mkdirSync(ada.path('.config/opencode'), { recursive: true });
    symlinkSync(ada.path('dotfiles/opencode.json'), ada.path('.config/opencode/opencode.json'));
    await ada.mcp('add', 'my-server', URL_, '--host', 'opencode');
    expect(ada.read('dotfiles/opencode.json')).toContain('my-server');
  });

  it('tables that Codex wrote after ours stay, with the comment in front of them', async () => {
    const ada = mcpUser();
    ada.write('.codex/config.toml', '[a]\nx = 1\n');
    await ada.mcp('add', 'my-server', URL_, '--host', 'codex');
    writeFileSync(ada.path('.codex/config.toml'), `${ada.read('.codex/config.toml')}\n# b\n[b]\ny = 2\n`);
    await ada.mcp('remove', 'my-server', '--host', 'codex');
    expect(ada.read('.codex/config.toml')).toBe('[a]\nx = 1\n\n# b\n[b]\ny = 2\n');
  });

  it('a file of Codex that cannot be added to is restored, and the error names Codex’s own commands', async () => {
    const ada = mcpUser();
    const text = '[mcp_servers.other]\ncommand = "x"\n';
    ada.write('.codex/config.toml', text);
    Object.assign(ada.context.env, { CODEX_REFUSES: 'my-server' });
    const { code, stderr } = await ada.mcp('add', 'my-server', URL_, '--host', 'codex');
    expect([code, stderr]).toEqual([9, expect.stringContaining('codex mcp add')]);
    expect(ada.read('.codex/config.toml')).toBe(text);
  });

  it('a server that starts another program is not removed', async () => {
    const ada = mcpUser();
    const text = '{"mcpServers": {"my-server": {"command": "other-program", "args": ["codemie"]}}}';
    ada.write('.mcp.json', text);
    const { code, stderr } = await ada.mcp('remove', 'my-server', '--host', 'file');
    expect([code, stderr]).toEqual([9, expect.stringContaining('does not start codemie-mcp-proxy')]);
    expect(ada.read('.mcp.json')).toBe(text);
  });
});

describe('where agents keep their settings', () => {
  it.each([
    ['claude', { CLAUDE_CONFIG_DIR: 'elsewhere' }, 'elsewhere/.claude.json'],
    ['codex', { CODEX_HOME: 'elsewhere' }, 'elsewhere/config.toml'],
    ['gemini', { GEMINI_CLI_HOME: 'elsewhere' }, 'elsewhere/.gemini/settings.json'],
    ['opencode', { XDG_CONFIG_HOME: 'elsewhere' }, 'elsewhere/opencode/opencode.json'],
  ])('%s: %j', async (host, env, file) => {
    const ada = mcpUser();
    const [name = '', folder = ''] = Object.entries(env)[0] ?? [];
    mkdirSync(ada.path(folder));
    Object.assign(ada.context.env, { [name]: ada.path(folder) });
    await ada.mcp('add', 'my-server', URL_, '--host', host);
    expect(ada.read(file)).toContain('my-server');
  });
});

describe('an agent that is missing or fails', () => {
  it.each(['claude', 'codex', 'opencode', 'gemini'])(
    '%s is not installed: the error names the command that installs it, and --host file',
    async (host) => {
      const { code, stderr } = await mcpUser({ PATH: '/nowhere' }).mcp(
        'add',
        'my-server',
        URL_,
        '--host',
        host,
      );
      expect(code).toBe(1);
      expect(stderr).toContain(`codemie install ${host}`);
      expect(stderr).toContain('--host file');
    },
  );

  it('its own words are repeated', async () => {
    const { code, stderr } = await mcpUser({ FAIL: '1' }).mcp('add', 'my-server', URL_);
    expect([code, stderr]).toEqual([1, expect.stringContaining('it is broken')]);
  });
});

describe('bad arguments', () => {
  it.each([
    ['a name with a space', ['my server', URL_], 'letters, digits'],
    ['a name like an option', ['--', '-s', URL_], 'letters, digits'],
    ['no address', ['my-server'], 'url'],
    ['a bad address', ['my-server', 'mcp.example.com'], 'not the address'],
    ['a bad option', ['my-server', URL_, '--timeout', 'soon'], '--timeout'],
    ['an unknown host', ['my-server', URL_, '--host', 'emacs'], '--host'],
    [
      'a scope that the host does not have',
      ['my-server', URL_, '--host', 'codex', '--scope', 'project'],
      'scope',
    ],
    ['a header without a value', ['my-server', URL_, '--header', 'X'], '--header'],
  ])('%s: exit 2', async (_, args, told) => {
    const ada = mcpUser();
    const { code, stderr } = await ada.mcp('add', ...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(told)]);
    expect(existsSync(ada.path('.claude.json'))).toBe(false);
  });
});
