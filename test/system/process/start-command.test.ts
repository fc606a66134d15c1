import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Machine, startCommand } from '../../../src/system/process/start-command.ts';
import { CMD_MARKS } from '../../support/cmd-marks.ts';

const NODE = 'C:\\Program Files\\nodejs\\node.exe';
const FOLDER = 'C:\\Users\\First Last\\AppData\\Roaming\\npm';
const SHIM = `${FOLDER}\\agent.cmd`;

function windows(text: string): Machine {
  return { platform: 'win32', node: NODE, readText: () => text };
}

const lines = (...text: readonly string[]): string => text.map((line) => `${line}\r\n`).join('');

const HEAD = [
  '@ECHO off',
  'GOTO start',
  ':find_dp0',
  'SET dp0=%~dp0',
  'EXIT /b',
  ':start',
  'SETLOCAL',
  'CALL :find_dp0',
];
/** How npm 7 and later begin the start line, so that Ctrl-C asks no question. */
const QUIET = 'endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & ';

/** The shim that npm writes for a bin whose first line is `#!/usr/bin/env PROGRAM OPTIONS`. */
const npm = (options: string, target: string, program = 'node'): string =>
  lines(
    ...HEAD,
    '',
    `IF EXIST "%dp0%\\${program}.exe" (`,
    `  SET "_prog=%dp0%\\${program}.exe"`,
    ') ELSE (',
    `  SET "_prog=${program}"`,
    '  SET PATHEXT=%PATHEXT:;.JS;=;%',
    ')',
    '',
    `${QUIET}"%_prog%" ${options} "%dp0%\\${target}" %*`,
  );
/** The shim that npm writes for a bin that is not a script. */
const npmBinary = (target: string): string => lines(...HEAD, `"%dp0%\\${target}"   %*`);

const npm6 = lines(
  '@ECHO off',
  'SETLOCAL',
  'CALL :find_dp0',
  '',
  'IF EXIST "%dp0%\\node.exe" (',
  '  SET "_prog=%dp0%\\node.exe"',
  ') ELSE (',
  '  SET "_prog=node"',
  '  SET PATHEXT=%PATHEXT:;.JS;=;%',
  ')',
  '',
  '"%_prog%"  "%dp0%\\node_modules\\agent\\cli.js" %*',
  'ENDLOCAL',
  'EXIT /b %errorlevel%',
  ':find_dp0',
  'SET dp0=%~dp0',
  'EXIT /b',
);
const pnpm = lines(
  '@SETLOCAL',
  '@IF NOT DEFINED NODE_PATH (',
  '  @SET "NODE_PATH=C:\\Users\\First Last\\AppData\\Local\\pnpm\\global\\5\\node_modules"',
  ') ELSE (',
  '  @SET "NODE_PATH=C:\\Users\\First Last\\AppData\\Local\\pnpm\\global\\5\\node_modules;%NODE_PATH%"',
  ')',
  '@IF EXIST "%~dp0\\node.exe" (',
  '  "%~dp0\\node.exe"  "%~dp0\\global\\5\\node_modules\\agent\\cli.js" %*',
  ') ELSE (',
  '  @SET PATHEXT=%PATHEXT:;.JS;=;%',
  '  node  "%~dp0\\global\\5\\node_modules\\agent\\cli.js" %*',
  ')',
);
const pnpmBinary = lines('@SETLOCAL', '@"%~dp0\\global\\5\\node_modules\\agent\\agent.exe"   %*');

describe('a Windows shim is started without cmd.exe', () => {
  it.each([
    [
      'a script, npm 7 to 11',
      npm('', 'node_modules\\agent\\cli.js'),
      [NODE, `${FOLDER}\\node_modules\\agent\\cli.js`],
    ],
    [
      'a script with options for Node',
      npm('--no-warnings=DEP0040 --enable-source-maps', 'node_modules\\@a\\agent\\dist\\index.js'),
      [
        NODE,
        '--no-warnings=DEP0040',
        '--enable-source-maps',
        `${FOLDER}\\node_modules\\@a\\agent\\dist\\index.js`,
      ],
    ],
    [
      'a script without an extension',
      npm('', 'node_modules\\agent\\bin\\agent'),
      [NODE, `${FOLDER}\\node_modules\\agent\\bin\\agent`],
    ],
    [
      'a script in a private folder',
      npm('', '..\\agent\\cli.mjs'),
      [NODE, 'C:\\Users\\First Last\\AppData\\Roaming\\agent\\cli.mjs'],
    ],
    [
      'a program',
      npmBinary('node_modules\\@a\\agent\\bin\\agent.exe'),
      [`${FOLDER}\\node_modules\\@a\\agent\\bin\\agent.exe`],
    ],
    ['a script, npm 6', npm6, [NODE, `${FOLDER}\\node_modules\\agent\\cli.js`]],
    ['a script, pnpm', pnpm, [NODE, `${FOLDER}\\global\\5\\node_modules\\agent\\cli.js`]],
    ['a program, pnpm', pnpmBinary, [`${FOLDER}\\global\\5\\node_modules\\agent\\agent.exe`]],
    [
      'a script on another drive, pnpm',
      pnpm.replaceAll('%~dp0\\global', 'D:\\global'),
      [NODE, 'D:\\global\\5\\node_modules\\agent\\cli.js'],
    ],
  ])('%s', (_what, text, command) => {
    const { program, args } = startCommand(SHIM, ['-p', 'say hello'], windows(text));
    expect([program, ...args]).toEqual([...command, '-p', 'say hello']);
  });

  it('whatever the case of its extension, and with bare line feeds', () => {
    const text = npm('', 'cli.js').replaceAll('\r\n', '\n');
    expect(startCommand(`${FOLDER}\\AGENT.CMD`, [], windows(text))).toEqual({
      program: NODE,
      args: [`${FOLDER}\\cli.js`],
    });
  });
});

describe('an error names a script that is more than a shim', () => {
  it.each([
    ['nothing', ''],
    ['another interpreter', npm('', 'node_modules\\agent\\cli.py', 'python3')],
    ['variables of its own', `@SET NODE_OPTIONS=--inspect\r\n${npm('', 'cli.js')}`],
    ['a second command', `${npm('', 'cli.js')}start calc.exe\r\n`],
    ['a second command in one line', npm('', 'cli.js" & calc "x')],
    ['an unquoted ampersand', lines('@node "%~dp0\\cli.js" & calc %*')],
    ['two targets', pnpm.replace('agent\\cli.js" %*\r\n) ELSE', 'other\\cli.js" %*\r\n) ELSE')],
    ['something after the arguments', lines('@node "%~dp0\\cli.js" %* --yes')],
    ['a variable in the path', npm('', '%NPM_HOME%\\cli.js')],
    ['a variable among the options', npm('--require=%HOOK%', 'cli.js')],
    ['another shim', npmBinary('agent.cmd')],
    ['a target without an extension', npmBinary('node_modules\\agent\\bin\\agent')],
    ['a target in the working folder', lines('@node "cli.js" %*')],
    ['a program in the working folder', lines('@agent.exe %*')],
  ])('it holds %s', (_what, text) => {
    expect(() => startCommand(SHIM, [], windows(text))).toThrow(
      expect.objectContaining({ code: 'SHIM_UNKNOWN', message: expect.stringContaining(SHIM) }),
    );
  });
});

/** Task texts: cmd.exe metacharacters, spaces, line breaks, and non-ASCII letters. */
const task = fc.oneof(
  fc.array(fc.constantFrom(...CMD_MARKS), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'grapheme' }),
  fc.constant('fix the title & echo PWNED> C:\\t\\pwned.txt & rem'),
);

describe('the program receives the arguments it was given', () => {
  const shims = [npm('', 'cli.js'), npm6, pnpm, npmBinary('a.exe'), pnpmBinary];

  it('for every task text and every shim', () => {
    fc.assert(
      fc.property(fc.constantFrom(...shims), fc.array(task, { maxLength: 5 }), (text, args) => {
        const command = startCommand(SHIM, args, windows(text));
        expect(command.args.slice(command.args.length - args.length)).toEqual(args);
        expect(command.program).toMatch(/\.exe$/);
      }),
      { numRuns: 2000 },
    );
  });

  it('a program is started as given, without reading a file', () => {
    const none: Machine = {
      platform: 'win32',
      node: NODE,
      readText: () => {
        throw new Error('read');
      },
    };
    const args = ['a & b', '"c" d\n%PATH%'];
    for (const [platform, program] of [
      ['win32', 'C:\\a b\\agent.exe'],
      ['linux', '/a b/agent.cmd'],
      ['darwin', '/a b/agent'],
    ] as const)
      expect(startCommand(program, args, { ...none, platform })).toEqual({ program, args });
  });
});
