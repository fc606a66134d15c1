import { describe, expect, it } from 'vitest';
import { PRIVATE_HOME, type UserEnvironment } from '../../src/agents/adapters/adapter.ts';
import { codex } from '../../src/agents/adapters/codex.ts';
import { gemini } from '../../src/agents/adapters/gemini.ts';
import { agentEnvironment } from '../../src/agents/agent-environment.ts';
import { FEED } from '../support/launch-input.ts';

/** A user with exactly these files and folders (folders end with a slash). */
function user(contents: Record<string, string> = {}, env: UserEnvironment['env'] = {}): UserEnvironment {
  return {
    env,
    cwd: '/repo/deep',
    userHome: '/home/ada',
    platform: 'linux',
    readFile: (path) => contents[path] ?? '',
    exists: (path) => Object.hasOwn(contents, path) || Object.hasOwn(contents, `${path}/`),
    isFile: (path) => Object.hasOwn(contents, path),
    namesIn: (path) =>
      Object.keys(contents).flatMap((name) =>
        name.startsWith(`${path}/`) ? [name.slice(path.length + 1)] : [],
      ),
  };
}
const CONFIG = [
  '-c',
  'model_provider="codemie"',
  '-c',
  'model_providers.codemie={name="CodeMie",base_url="http://127.0.0.1:1234/v1",env_key="CODEMIE_GATEWAY_KEY"}',
  '-c',
  'features.plugins=false',
  '-c',
  'analytics.enabled=false',
  '-m',
  'm',
];

describe('launching Codex', () => {
  it('with a task in a repository: the whole launch', () => {
    expect(codex.launch({ ...FEED, task: 'do it', rest: ['--json'] }, user({ '/repo/.git': '' }))).toEqual({
      argv: ['exec', ...CONFIG, 'do it', '--json'],
      env: { CODEMIE_GATEWAY_KEY: 'key-of-this-run' },
      unattended: true,
      input: 'brief',
      notices: [],
    });
  });

  it.each([
    [
      'a task outside git, which is told',
      { task: 'do it' },
      ['exec', ...CONFIG, '--skip-git-repo-check', 'do it'],
      1,
    ],
    ['a conversation', { rest: ['explain'] }, [...CONFIG, 'explain'], 0],
    ['a session', { resume: 'id-1' }, [...CONFIG, 'resume', 'id-1'], 0],
    [
      'the latest session with a task',
      { resume: true as const, task: 't' },
      ['exec', ...CONFIG, '--skip-git-repo-check', 'resume', '--last', 't'],
      1,
    ],
  ])('with %s', (_what, feed, argv, notices) => {
    const launch = codex.launch({ ...FEED, ...feed }, user());
    expect([launch.argv, launch.notices?.length]).toEqual([argv, notices]);
  });

  it.each([
    ['a repository above', { '/repo/.git/': '', '/repo/.git/HEAD': '' }, false],
    ['a work tree, whose .git is a file', { '/repo/deep/.git': '' }, false],
    ['an empty folder .git', { '/repo/.git/': '' }, true],
    ['an empty folder .git in a repository', { '/repo/deep/.git/': '', '/repo/.git/HEAD': '' }, false],
  ])('with a task in %s: skips the git check when needed: %j', (_what, files, isOutside) => {
    const { argv } = codex.launch({ ...FEED, task: 'do it' }, user(files));
    expect(argv.includes('--skip-git-repo-check')).toBe(isOutside);
  });

  it('removes variables that bypass the gateway', () => {
    const env = {
      OPENAI_BASE_URL: 'x',
      OPENAI_API_KEY: 'x',
      CODEX_API_KEY: 'x',
      GOOGLE_GEMINI_BASE_URL: 'x',
      GEMINI_MODEL: 'x',
      GOOGLE_GENAI_USE_VERTEXAI: 'x',
      CODEX_HOME: '/c',
      PATH: '/bin',
    };
    expect(agentEnvironment({ env, platform: 'linux', adapter: codex, feed: {}, secrets: [] }).env).toEqual({
      CODEX_HOME: '/c',
      PATH: '/bin',
      NO_PROXY: '127.0.0.1,localhost',
      no_proxy: '127.0.0.1,localhost',
    });
  });
});

describe('launching Gemini CLI', () => {
  const own = '/home/ada/.gemini';
  const files = {
    [`${own}/settings.json`]:
      '// mine\n{"ui":{"theme":"x"}, // as I like it\n/* mine */"security":{"auth":{"selectedType":"oauth-personal"},"folderTrust":{"enabled":true}}}',
    [`${own}/oauth_creds.json`]: '{}',
    [`${own}/.env`]: 'GEMINI_API_KEY=own',
    [`${own}/GEMINI.md`]: '# memory',
    [`${own}/extensions`]: '',
  };

  it('with a task: the whole launch', () => {
    expect(
      gemini.launch({ ...FEED, task: 'do it', rest: ['--yolo'], trustWorkspace: true }, user(files)),
    ).toEqual({
      argv: ['-p', 'do it', '--yolo'],
      env: {
        GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:1234',
        GEMINI_API_KEY: 'key-of-this-run',
        GOOGLE_API_KEY: '',
        GEMINI_MODEL: 'm',
        GEMINI_CLI_NO_RELAUNCH: 'true',
        GEMINI_CLI_HOME: PRIVATE_HOME,
        GOOGLE_VERTEX_BASE_URL: 'http://127.0.0.1:1234',
        CODE_ASSIST_ENDPOINT: 'http://127.0.0.1:1234',
        GOOGLE_GENAI_USE_VERTEXAI: 'false',
        GOOGLE_GENAI_USE_GCA: 'false',
        GEMINI_TELEMETRY_ENABLED: 'false',
        OTEL_SDK_DISABLED: 'true',
        ...{ http_proxy: '', https_proxy: '', all_proxy: '' },
        ...{ HTTP_PROXY: '', HTTPS_PROXY: '', ALL_PROXY: '' },
        GEMINI_CLI_TRUST_WORKSPACE: 'true',
      },
      home: {
        folder: '.gemini',
        own,
        overridden: [
          'security.auth.selectedType',
          'privacy.usageStatisticsEnabled',
          'experimental.dynamicModelConfiguration',
        ],
        address: 'http://127.0.0.1:1234',
        withHomePaths: ['extensions/extension-enablement.json'],
        settings: {
          ui: { theme: 'x' },
          security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: true } },
          privacy: { usageStatisticsEnabled: false },
        },
        links: {
          'GEMINI.md': `${own}/GEMINI.md`,
          extensions: `${own}/extensions`,
          tmp: `${own}/tmp`,
          history: `${own}/history`,
          'trustedFolders.json': `${own}/trustedFolders.json`,
          'projects.json': `${own}/projects.json`,
          installation_id: `${own}/installation_id`,
          'state.json': `${own}/state.json`,
        },
        keep: [`${own}/tmp`, `${own}/history`],
      },
      unattended: true,
      notices: [],
    });
  });

  it('warns when Gemini CLI would replace the chosen model', () => {
    const models = { ...FEED.models, main: 'gemini-3-flash' };
    expect(gemini.launch({ ...FEED, models }, user()).notices).toEqual([
      expect.stringContaining('gemini-3-flash'),
    ]);
  });

  const trusted = (rules: Record<string, string>) => ({
    [`${own}/trustedFolders.json`]: `// mine\n${JSON.stringify(rules)}`,
  });
  const REFUSED = expect.objectContaining({ code: 'WORKSPACE_UNTRUSTED', exit: 'config' });

  it.each([
    ['a conversation, which can ask', {}, {}, {}],
    ['one of its other commands', { rest: ['mcp', 'list'] }, {}, {}],
    ['the folder', { task: 't' }, trusted({ '/repo/deep': 'TRUST_FOLDER' }), {}],
    ['a folder above', { task: 't' }, trusted({ '/repo': 'TRUST_FOLDER', '/other': 'DO_NOT_TRUST' }), {}],
    ['its neighbour’s parent', { rest: ['-p', 't'] }, trusted({ '/repo/beside': 'TRUST_PARENT' }), {}],
    ['what the shell says', { task: 't' }, {}, { GEMINI_CLI_TRUST_WORKSPACE: 'true' }],
    ['its own flag', { task: 't', rest: ['--skip-trust'] }, {}, {}],
    [
      'settings that ask for no trust',
      { task: 't' },
      { [`${own}/settings.json`]: '{"security":{"folderTrust":{"enabled":false}}}' },
      {},
    ],
  ])('respects earlier trust (%s), and codemie adds none', (_what, feed, has, env) => {
    const launch = gemini.launch({ ...FEED, ...feed }, user(has, env));
    expect(launch.env).not.toHaveProperty('GEMINI_CLI_TRUST_WORKSPACE');
  });

  it.each([
    ['a task', { task: 't' }, {}, {}],
    ['a prompt of its own', { rest: ['--prompt=t'] }, {}, {}],
    ['another folder trusted', { task: 't' }, trusted({ '/repo/deeper': 'TRUST_FOLDER' }), {}],
    [
      'a distrusted part of a trusted one',
      { task: 't' },
      trusted({ '/repo': 'TRUST_FOLDER', '/repo/deep': 'DO_NOT_TRUST' }),
      {},
    ],
    ['the shell against it', { task: 't' }, {}, { GEMINI_CLI_TRUST_WORKSPACE: 'false' }],
    ['a broken list', { task: 't' }, { [`${own}/trustedFolders.json`]: '{ oops' }, {}],
    // Files in a repository do not speak for the user.
    [
      'a list in the repository',
      { task: 't' },
      { '/repo/deep/.gemini/trustedFolders.json': '{"/":"TRUST_FOLDER"}' },
      {},
    ],
  ])('never trusts a cloned repository on its own: %s', (_what, feed, has, env) => {
    expect(() => gemini.launch({ ...FEED, ...feed }, user(has, env))).toThrow(REFUSED);
    const told = gemini.launch({ ...FEED, ...feed, trustWorkspace: true }, user(has, env));
    expect(told.env['GEMINI_CLI_TRUST_WORKSPACE']).toBe('true');
  });

  it('on Windows, folder names match in any case', () => {
    const folder = 'C:\\Work\\Repo';
    const who = {
      ...user(trusted({ [folder]: 'TRUST_FOLDER' })),
      platform: 'win32' as const,
    };
    expect(() =>
      gemini.launch({ ...FEED, task: 't' }, { ...who, cwd: 'c:\\work\\repo\\deep' }),
    ).not.toThrow();
    expect(() => gemini.launch({ ...FEED, task: 't' }, { ...who, cwd: 'D:\\work\\repo' })).toThrow(REFUSED);
  });

  it('does not start with unreadable settings, which would be lost', () => {
    expect(() => gemini.launch(FEED, user({ [`${own}/settings.json`]: '{ oops' }))).toThrow(/settings\.json/);
    const readFile = () => {
      throw new Error('EACCES');
    };
    expect(() => gemini.launch(FEED, { ...user({ [`${own}/settings.json`]: '' }), readFile })).toThrow(
      /settings\.json/,
    );
  });

  it.each([
    ['x-1', ['--resume', 'x-1']],
    [true as const, ['--resume', 'latest']],
  ])('resumes a session: %j', (resume, argv) => {
    expect(gemini.launch({ ...FEED, resume }, user()).argv).toEqual(argv);
  });
});
