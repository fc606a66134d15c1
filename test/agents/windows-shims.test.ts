import { describe, expect, it } from 'vitest';
import type { LaunchInput, UserEnvironment } from '../../src/agents/adapters/adapter.ts';
import { ADAPTERS } from '../../src/agents/adapters/table.ts';
import { npmCommand } from '../../src/agents/npm.ts';
import { startCommand } from '../../src/system/process/start-command.ts';

const NODE = 'C:\\Program Files\\nodejs\\node.exe';
const FOLDER = 'C:\\Users\\First Last\\AppData\\Roaming\\npm';
const head =
  '@ECHO off\r\nGOTO start\r\n:find_dp0\r\nSET dp0=%~dp0\r\nEXIT /b\r\n:start\r\nSETLOCAL\r\nCALL :find_dp0\r\n';
const script = (options: string, path: string): string =>
  `${head}\r\nIF EXIST "%dp0%\\node.exe" (\r\n  SET "_prog=%dp0%\\node.exe"\r\n) ELSE (\r\n  SET "_prog=node"\r\n  SET PATHEXT=%PATHEXT:;.JS;=;%\r\n)\r\n\r\nendLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & "%_prog%" ${options} "%dp0%\\${path}" %*\r\n`;
const binary = (path: string): string => `${head}"%dp0%\\${path}"   %*\r\n`;

/** The shim that npm creates for each agent's package, and what it starts. */
const SHIMS: Readonly<Record<string, { readonly shim: string; readonly starts: readonly string[] }>> = {
  claude: {
    shim: binary('node_modules\\@anthropic-ai\\claude-code\\bin\\claude.exe'),
    starts: [`${FOLDER}\\node_modules\\@anthropic-ai\\claude-code\\bin\\claude.exe`],
  },
  opencode: {
    shim: binary('node_modules\\opencode-ai\\bin\\opencode.exe'),
    starts: [`${FOLDER}\\node_modules\\opencode-ai\\bin\\opencode.exe`],
  },
  codex: {
    shim: script('', 'node_modules\\@openai\\codex\\bin\\codex.js'),
    starts: [NODE, `${FOLDER}\\node_modules\\@openai\\codex\\bin\\codex.js`],
  },
  gemini: {
    shim: script('--no-warnings=DEP0040', 'node_modules\\@google\\gemini-cli\\bundle\\gemini.js'),
    starts: [
      NODE,
      '--no-warnings=DEP0040',
      `${FOLDER}\\node_modules\\@google\\gemini-cli\\bundle\\gemini.js`,
    ],
  },
};

const TASKS = [
  'say hello world',
  'fix the title & echo PWNED> C:\\t\\pwned.txt & rem',
  'is %USERNAME% "quoted" ok?',
  'a | b > c ^ d\nnext line\r\nund die Übersetzung 日本語 👩‍💻',
  'ends with a backslash \\',
];

describe.each(ADAPTERS.map((adapter) => [adapter.name, adapter] as const))(
  '%s on Windows',
  (name, adapter) => {
    it.each(TASKS)('gets the task unchanged: %j', (task) => {
      const feed: LaunchInput = {
        gatewayUrl: 'http://127.0.0.1:1234',
        key: 'k',
        models: { main: 'm', haiku: 'h', sonnet: 's', opus: 'o' },
        task,
        rest: ['--flag', 'two words'],
        trustWorkspace: true,
      };
      const user: UserEnvironment = {
        env: {},
        cwd: 'C:\\repo',
        userHome: 'C:\\Users\\First Last',
        platform: 'win32',
        readFile: () => '',
        exists: () => false,
        isFile: () => false,
        namesIn: () => [],
      };
      const { argv } = adapter.launch(feed, user);
      expect(argv.some((word) => word.includes(task))).toBe(true);
      const { shim, starts } = SHIMS[name] ?? { shim: '', starts: [] };
      const command = startCommand(`${FOLDER}\\${adapter.program}.cmd`, argv, {
        platform: 'win32',
        node: NODE,
        readText: () => shim,
      });
      expect([command.program, ...command.args]).toEqual([...starts, ...argv]);
    });
  },
);

describe('npm on Windows', () => {
  const CLI = 'node_modules\\npm\\bin\\npm-cli.js';
  const windows = (...files: readonly string[]) => {
    const env = { Path: '.;repo;"C:\\Program Files\\nodejs";C:\\Users\\First Last\\npm' };
    return npmCommand({ env, platform: 'win32' }, NODE, (path) => files.includes(path));
  };

  it.each([
    [
      'of PATH is started as its program',
      ['C:\\Users\\First Last\\npm\\npm.cmd', `C:\\Users\\First Last\\npm\\${CLI}`],
      [NODE, `C:\\Users\\First Last\\npm\\${CLI}`],
    ],
    [
      'is the one beside this Node where PATH has none',
      [`C:\\Program Files\\nodejs\\${CLI}`],
      [NODE, `C:\\Program Files\\nodejs\\${CLI}`],
    ],
    [
      'may be an .exe',
      ['C:\\Users\\First Last\\npm\\npm.exe', `C:\\Program Files\\nodejs\\${CLI}`],
      ['C:\\Users\\First Last\\npm\\npm.exe'],
    ],
    [
      'of the working folder is never taken',
      ['npm.cmd', '.\\npm.cmd', 'repo\\npm.cmd', 'npm.exe', `C:\\Program Files\\nodejs\\${CLI}`],
      [NODE, `C:\\Program Files\\nodejs\\${CLI}`],
    ],
  ])('%s', (_what, files, expected) => {
    const { program, args } = windows(...files);
    expect([program, ...args]).toEqual(expected);
  });

  it('counts as missing when there is only a shim', () => {
    expect(() => windows('C:\\Users\\First Last\\npm\\npm.cmd')).toThrow(
      expect.objectContaining({ code: 'NPM_MISSING' }),
    );
  });
});
