import { describe, expect, it } from 'vitest';
import { type Launch, SETTINGS_FILE } from '../../src/agents/adapters/adapter.ts';
import { claude } from '../../src/agents/adapters/claude.ts';
import { agentEnvironment } from '../../src/agents/agent-environment.ts';
import { configReport } from '../../src/commands/agents/print-config.ts';
import { fixedAccess } from '../../src/credentials/fixed-access.ts';
import { Secret } from '../../src/system/secret.ts';
import { isSecretName } from '../../src/system/secret-names.ts';
import { jwtCredential } from '../support/platform.ts';

const KEY = 'codemie-key-of-this-run';
const ORIGIN = 'https://codemie.example';

/** The report of `--print-config`, as text and as an object. */
function report(launch: Partial<Launch>, own: Record<string, string> = {}) {
  const whole: Launch = { argv: [], env: {}, unattended: true, ...launch };
  const { env } = agentEnvironment({
    env: own,
    platform: 'linux',
    adapter: claude,
    feed: whole.env,
    secrets: [],
  });
  const started = {
    adapter: claude,
    program: '/bin/claude',
    launch: whole,
    env,
    removed: ['CODEMIE_JWT_TOKEN'],
  };
  const text = configReport(started, fixedAccess(ORIGIN, jwtCredential(ORIGIN)), new Secret(KEY));
  return { text, value: JSON.parse(text) };
}

describe('--print-config', () => {
  it('masks the run’s key and the user’s secrets, and stays valid JSON', () => {
    const { text, value } = report({
      argv: [
        '--settings',
        SETTINGS_FILE,
        '--mcp-config',
        '{"headers":{"Authorization":"Bearer abcdef123456"}}',
      ],
      env: { ANTHROPIC_AUTH_TOKEN: KEY, ANTHROPIC_MODEL: 'm' },
      settings: { env: { MY_API_KEY: 'mine-1', DB_PASSWORD: 'mine-2', EDITOR: 'vi', EMPTY_TOKEN: '' } },
    });
    for (const secret of [KEY, 'abcdef123456', 'mine-1', 'mine-2', 'platform-token-1'])
      expect(text).not.toContain(secret);
    expect(value).toMatchObject({
      schemaVersion: 1,
      argv: ['--settings', '<settings file>', '--mcp-config', expect.stringContaining('[redacted]')],
      env: { ANTHROPIC_AUTH_TOKEN: '[key of this run]', ANTHROPIC_MODEL: 'm' },
      settings: { env: { MY_API_KEY: '[redacted]', EDITOR: 'vi', EMPTY_TOKEN: '' } },
    });
  });

  it('masks lists, headers, nested JSON and command-line values by their names', () => {
    const { text, value } = report({
      argv: [
        'mcp',
        'add',
        '-e',
        'GITHUB_PAT=mine-1',
        '--api-token',
        'mine-2',
        '--cookie=mine-3',
        '--session',
        's-1',
      ],
      env: { CONTENT: JSON.stringify({ options: { apiKey: KEY }, other: { apiKey: 'mine-4', name: 'x' } }) },
      settings: {
        passwords: ['mine-5'],
        headers: { 'X-Any': 'mine-6' },
        security: { auth: { selectedType: 'gemini-api-key' } },
        servers: { a: { url: 'https://ada:mine-7@x.example', args: ['ghp_0123456789abcdef'] } },
      },
    });
    expect(text).not.toMatch(/mine-\d|ghp_/);
    expect(JSON.parse(value.env.CONTENT)).toEqual({
      options: { apiKey: '[key of this run]' },
      other: { apiKey: '[redacted]', name: 'x' },
    });
    expect(value.argv.slice(-2)).toEqual(['--session', 's-1']);
    expect(value.settings.security.auth.selectedType).toBe('gemini-api-key');
  });

  it('masks the arguments of MCP servers, and URLs that contain a secret', () => {
    const { text, value } = report({
      argv: [
        '-c',
        'mcp_servers.a.args=["--api-key","mine-1"]',
        '--env=GITHUB_PAT=mine-2',
        '-token',
        'mine-3',
      ],
      settings: {
        mcpServers: {
          a: {
            command: 'node',
            args: [
              '--api-key',
              'mine-4',
              '--token=mine-5',
              '-e',
              'API_TOKEN=mine-6',
              '-H',
              'Private-Token: mine-7',
            ],
          },
          b: {
            args: [
              'run',
              '--port',
              '80',
              '-v',
              '/a:/b',
              'mcp-remote',
              'https://x.example/a?b=c',
              '--verbose',
            ],
          },
          c: { args: ['--header', 'Authorization: Basic mine-8', 7, { token: 'mine-9' }] },
          e: { command: 'server --port 80 --api-key mine-10 -H "Authorization: Bearer mine-11"' },
          d: { httpUrl: 'https://x.example/a?sv=1&sig=mine-1&se=2' },
        },
        hooks: {
          SLACK: 'https://hooks.slack.com/services/T0/B0/mine-2',
          webhook: 'https://x.example/mine-3',
        },
      },
    });
    expect(text).not.toMatch(/mine-\d/);
    const { a, b, d, e } = value.settings.mcpServers;
    expect(value.argv[2]).toBe('--env=GITHUB_PAT=[redacted]');
    const shown = ['--api-key', '[redacted]', '--token=[redacted]', '-e', 'API_TOKEN=[redacted]', '-H'];
    expect(a).toEqual({ command: 'node', args: [...shown, 'Private-Token: [redacted]'] });
    expect(b.args).toEqual([
      'run',
      '--port',
      '80',
      '-v',
      '/a:/b',
      'mcp-remote',
      'https://x.example/a?b=c',
      '--verbose',
    ]);
    expect(e.command).toBe('server --port 80 --api-key [redacted] -H "Authorization: Bearer [redacted]"');
    expect(d.httpUrl).toBe('https://x.example/a?sv=1&sig=[redacted]&se=2');
  });

  it('shows the proxy exemptions that the agent gets', () => {
    const { value } = report(
      { env: { A: 'b' } },
      { no_proxy: '.corp, 10.0.0.1', NO_PROXY: '.other', HOME: '/h' },
    );
    const exempt = '127.0.0.1,localhost,.corp,10.0.0.1,.other';
    expect(value.env).toEqual({ NO_PROXY: exempt, no_proxy: exempt, A: 'b' });
    const ruled = report({ env: { NO_PROXY: 'by the adapter' } }, { NO_PROXY: 'x' }).value;
    expect(ruled.env.NO_PROXY).toBe('by the adapter');
  });
});

it('names of secrets are recognized by their words', () => {
  const secret =
    'GITHUB_PAT DB_PASS DB_PASS2 MYSQL_PWD PGPASSWORD NPM_CONFIG__AUTH GOOGLE_APPLICATION_CREDENTIALS AWS_CREDS SESSION_COOKIE PHP_SESSION SESSION_ID PRIVATE_KEY MY_KEY KEY_2 AWS_ACCESS_KEY_ID apiKey x-api-key clientSecret accessToken authToken Authorization Set-Cookie JWT password ANTHROPIC_CUSTOM_HEADERS SLACK_WEBHOOK AZURE_SAS sig';
  const open =
    'PATH PWD OLDPWD KEYBOARD KEYMAP AUTHOR GIT_AUTHOR_NAME COMPASS PATTERN MAX_OUTPUT_TOKENS SSH_AUTH_SOCK TOKEN_URL PRIVATE_KEY_FILE selectedType apiKeyHelper MONKEY SESSIONS model DESIGN SIGNAL SASS_PATH';
  expect(secret.split(' ').filter((name) => !isSecretName(name))).toEqual([]);
  expect(open.split(' ').filter(isSecretName)).toEqual([]);
});
