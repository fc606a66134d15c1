import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { claude } from '../../src/agents/adapters/claude.ts';
import { launcherHelp } from '../../src/commands/agents/help.ts';
import { parseProgram } from '../../src/commands/program.ts';
import { COMMANDS } from '../../src/commands/table.ts';
import { examine } from '../../src/doctor/examine.ts';
import { CodemieError, SIGN_IN } from '../../src/system/errors.ts';
import { forShell, type Shell, shellOf } from '../../src/system/shell.ts';
import { errorForUser, type Typed } from '../../src/terminal/error-for-user.ts';
import { errorJson, errorText } from '../../src/terminal/render-error.ts';
import { createTerminal } from '../../src/terminal/terminal.ts';
import { testContext } from '../support/context.ts';

const MACHINE = String.raw`C:\Program Files\WindowsPowerShell\Modules;C:\WINDOWS\system32\WindowsPowerShell\v1.0\Modules`;

describe('which shell somebody types into', () => {
  it.each<[string, NodeJS.Platform, Record<string, string>, Shell]>([
    ['cmd.exe, where only the machine has module folders', 'win32', { PSModulePath: MACHINE }, 'cmd'],
    [
      'cmd.exe, where programs added their own module folders',
      'win32',
      {
        PSModulePath: String.raw`${MACHINE};C:\Program Files (x86)\Microsoft SQL Server\150\Tools\PowerShell\Modules\;D:\Tools`,
      },
      'cmd',
    ],
    [
      'cmd.exe, where Program Files has another drive',
      'win32',
      { ProgramFiles: String.raw`D:\Apps`, PSModulePath: String.raw`D:\Apps\PowerShell\Modules` },
      'cmd',
    ],
    ['cmd.exe without the variable', 'win32', {}, 'cmd'],
    [
      'Windows PowerShell',
      'win32',
      { PSModulePath: String.raw`C:\Users\ada\Documents\WindowsPowerShell\Modules;${MACHINE}` },
      'powershell',
    ],
    [
      'PowerShell 7, with the documents in OneDrive',
      'win32',
      {
        PSModulePath: String.raw`C:\Users\Ada L\OneDrive - Example\Dokumente\PowerShell\Modules;C:\Program Files\PowerShell\Modules;c:\program files\powershell\7\Modules;${MACHINE}`,
      },
      'powershell',
    ],
    [
      'PowerShell, with the documents on a network drive',
      'win32',
      { PSModulePath: String.raw`\\files\home\ada\WindowsPowerShell\Modules;${MACHINE}` },
      'powershell',
    ],
    [
      'Git Bash that was started from PowerShell',
      'win32',
      {
        MSYSTEM: 'MINGW64',
        PSModulePath: String.raw`C:\Users\ada\Documents\PowerShell\Modules`,
      },
      'posix',
    ],
    [
      'a shell that sets SHELL',
      'win32',
      { SHELL: String.raw`C:\Program Files\Git\usr\bin\bash.exe` },
      'posix',
    ],
    [
      'Linux, with PowerShell too',
      'linux',
      { PSModulePath: '/home/ada/.local/share/powershell/Modules' },
      'posix',
    ],
    ['macOS', 'darwin', { SHELL: '/bin/zsh' }, 'posix'],
  ])('is known: %s', (_what, platform, env, shell) => {
    expect(shellOf(platform, env)).toBe(shell);
  });
});

/** As written in the source, in PowerShell, in cmd.exe. */
const GOLDEN: readonly (readonly [string, string, string])[] = [
  [
    'unset https_proxy NO_PROXY',
    'Remove-Item Env:https_proxy, Env:NO_PROXY',
    'set https_proxy=& set NO_PROXY=',
  ],
  [
    'export https_proxy=http://p.example',
    '$env:https_proxy = "http://p.example"',
    'set https_proxy=http://p.example',
  ],
  [
    'Next: cd realms && codemie realm render --stage dev',
    'Next: cd realms; codemie realm render --stage dev',
    'Next: cd realms && codemie realm render --stage dev',
  ],
  ['unset CODEMIE_CA_FILE', 'Remove-Item Env:CODEMIE_CA_FILE', 'set CODEMIE_CA_FILE='],
  [
    'unset HTTP_PROXY HTTPS_PROXY',
    'Remove-Item Env:HTTP_PROXY, Env:HTTPS_PROXY',
    'set HTTP_PROXY=& set HTTPS_PROXY=',
  ],
  [
    'To stop using it: unset CODEMIE_JWT_TOKEN',
    'To stop using it: Remove-Item Env:CODEMIE_JWT_TOKEN',
    'To stop using it: set CODEMIE_JWT_TOKEN=',
  ],
  ['codemie config unset ca-file', 'codemie config unset ca-file', 'codemie config unset ca-file'],
  [
    'Set it like this: export HTTPS_PROXY=http://proxy.example.com:3128',
    'Set it like this: $env:HTTPS_PROXY = "http://proxy.example.com:3128"',
    'Set it like this: set HTTPS_PROXY=http://proxy.example.com:3128',
  ],
  [
    '  export CODEMIE_JWT_TOKEN="<your token>"    then: codemie-claude "…"',
    '  $env:CODEMIE_JWT_TOKEN = "<your token>"    then: codemie-claude "…"',
    '  set CODEMIE_JWT_TOKEN=<your token>    then: codemie-claude "…"',
  ],
  [
    'CODEMIE_PROFILE=home codemie profile status',
    '$env:CODEMIE_PROFILE = "home"; codemie profile status',
    'set CODEMIE_PROFILE=home& codemie profile status',
  ],
  [
    'codemie-claude --jwt-token - … < token-file',
    'Get-Content token-file | codemie-claude --jwt-token - …',
    'codemie-claude --jwt-token - … < token-file',
  ],
  [
    "codemie profile login --profile 'at work' --with-token < FILE    to store it",
    "Get-Content FILE | codemie profile login --profile 'at work' --with-token    to store it",
    'codemie profile login --profile "at work" --with-token < FILE    to store it',
  ],
  [
    "To switch: codemie profile use 'Ada'\\''s work'",
    "To switch: codemie profile use 'Ada''s work'",
    'To switch: codemie profile use "Ada\'s work"',
  ],
  [
    'codemie setup --yes --model \'a "b" c\'',
    'codemie setup --yes --model \'a "b" c\'',
    'codemie setup --yes --model "a \\"b\\" c"',
  ],
  [
    "codemie can't write to its folder 'x'.",
    "codemie can't write to its folder 'x'.",
    'codemie can\'t write to its folder "x".',
  ],
  [
    'codemie platform values on --modules a,b',
    "codemie platform values on --modules 'a,b'",
    'codemie platform values on --modules a,b',
  ],
  ['codemie-claude -- --help', 'codemie-claude "--" --help', 'codemie-claude -- --help'],
  [
    "codemie models --json | jq -r '.models[].id'",
    '(codemie models --json | ConvertFrom-Json).models.id',
    'codemie models --json | jq -r ".models[].id"',
  ],
  [
    'codemie doctor --json | jq .cause',
    '(codemie doctor --json | ConvertFrom-Json).cause',
    'codemie doctor --json | jq .cause',
  ],
  [
    'echo "$TOKEN" | codemie profile login --with-token',
    '$env:TOKEN | codemie profile login --with-token',
    'echo %TOKEN%| codemie profile login --with-token',
  ],
  [
    'echo "Authorization: Bearer $(codemie token)" | curl -H @- …',
    '"Authorization: Bearer $(codemie token)" | curl.exe -H "@-" …',
    "for /f %t in ('codemie token') do @echo Authorization: Bearer %t| curl -H @- …",
  ],
  [
    'codemie-claude --jwt-token "$TOKEN" --task "…"',
    'codemie-claude --jwt-token $env:TOKEN --task "…"',
    'codemie-claude --jwt-token %TOKEN% --task "…"',
  ],
  [
    'Press Ctrl-D to end it, or start with </dev/null.',
    'Press Ctrl-Z and Enter to end it, or start with --no-input.',
    'Press Ctrl-Z and Enter to end it, or start with --no-input.',
  ],
];

const LINUX: Typed = { platform: 'linux', env: {}, isTTY: true, bin: 'codemie' };
const CMD: Typed = { ...LINUX, platform: 'win32' };
const POWERSHELL: Typed = {
  ...CMD,
  env: { PSModulePath: String.raw`C:\Users\ada\Documents\PowerShell\Modules` },
};

describe('a printed command is for the shell of the person', () => {
  it.each(GOLDEN)('%s', (posix, powershell, cmd) => {
    expect(forShell(posix, 'posix')).toBe(posix);
    expect(forShell(posix, 'powershell')).toBe(powershell);
    expect(forShell(posix, 'cmd')).toBe(cmd);
    // A process that we start prints its errors, and we print them again.
    expect(forShell(powershell, 'powershell')).toBe(powershell);
    expect(forShell(cmd, 'cmd')).toBe(cmd);
  });

  const error = new CodemieError({
    code: 'PROXY_INVALID',
    message: 'To wait as long as it takes: unset CODEMIE_TIMEOUT',
    fix: 'unset HTTPS_PROXY',
    hint: 'export HTTPS_PROXY=http://p.example',
    remedies: ["codemie profile use 'at work'"],
  });

  it('in errors, as text and as JSON', () => {
    expect(errorText(errorForUser(error, POWERSHELL), false)).toBe(
      [
        'error: To wait as long as it takes: Remove-Item Env:CODEMIE_TIMEOUT [PROXY_INVALID]',
        '  fix: Remove-Item Env:HTTPS_PROXY',
        '  hint: $env:HTTPS_PROXY = "http://p.example"',
        "  - codemie profile use 'at work'",
      ].join('\n'),
    );
    expect(JSON.parse(errorJson(errorForUser(error, CMD))).error).toMatchObject({
      fix: ['set HTTPS_PROXY='],
      hint: 'set HTTPS_PROXY=http://p.example',
      remedies: ['codemie profile use "at work"'],
    });
    expect(errorForUser(error, LINUX)).toMatchObject({ ...error });
  });

  it('with the name of the program that was typed', () => {
    const wrong = new CodemieError({
      code: 'USAGE',
      message: 'Unknown option.',
      fix: 'codemie mcp proxy --help',
    });
    const typed = { ...LINUX, bin: 'codemie-mcp-proxy', words: ['mcp', 'proxy'] };
    expect(errorForUser(wrong, typed).fix).toBe('codemie-mcp-proxy --help');
    expect(errorForUser(wrong, LINUX).fix).toBe('codemie mcp proxy --help');
  });

  it('and names winpty where a question cannot be asked in the window of Git Bash', () => {
    const asked = new CodemieError({ code: 'INPUT_REQUIRED', message: 'Which server?' });
    const remedies = (more: Partial<Typed>) =>
      errorForUser(asked, { ...CMD, isTTY: false, ...more }).remedies;
    const named = [expect.stringContaining('winpty codemie.cmd setup')];
    expect(remedies({ env: { MSYSTEM: 'MINGW64' } })).toEqual(named);
    expect(remedies({ env: { TERM_PROGRAM: 'mintty' } })).toEqual(named);
    expect(remedies({ env: { MSYSTEM: 'MINGW64' }, isTTY: true })).toEqual([]);
    expect(remedies({})).toEqual([]);
    expect(remedies({ env: { TERM_PROGRAM: 'mintty' }, platform: 'linux' })).toEqual([]);
  });

  it('in messages', () => {
    const { out, terminal } = testContext();
    const { stdin, stdout, stderr } = terminal;
    const streams = { stdin, stdout, stderr };
    const options = { env: {}, noInput: true, signal: new AbortController().signal };
    createTerminal(streams, { ...options, platform: 'win32' }).say('unset A_B');
    createTerminal(streams, { ...options, platform: 'linux' }).say('unset A_B');
    expect(out.stderr).toBe('set A_B=\nunset A_B\n');
  });

  it('in the findings of doctor', async () => {
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const { runtime } = await import('../../src/doctor/checks/runtime.ts');
    const { checks } = await examine(testContext({ env, override: { platform: 'win32' } }), [runtime], {
      offline: true,
    });
    expect(checks[0]).toMatchObject({
      fix: ['set NODE_TLS_REJECT_UNAUTHORIZED='],
      hints: ['For a company CA: set NODE_EXTRA_CA_CERTS=/path/to/ca.pem'],
    });
  });

  it('in the examples of a help page', async () => {
    const { out, terminal } = testContext();
    await parseProgram(COMMANDS, ['models', '--help'], terminal, 'powershell');
    expect(out.stdout).toContain('$ (codemie models --json | ConvertFrom-Json).models.id\n');
    expect(launcherHelp(claude, 'powershell')).toContain(
      'For its own help: codemie-claude "--" --help\nPowerShell keeps a bare -- for itself: write "--", or run codemie-claude.cmd.',
    );
    expect(launcherHelp(claude, 'cmd')).not.toContain('PowerShell');
  });
});

it('the user guide shows the commands of each shell on Windows as they are printed', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/user-guide.md'), 'utf8');
  const [, section = ''] = /^## On Windows\n(.*?)^## /ms.exec(guide) ?? [];
  const rows = [...section.matchAll(/^\| `(.*)` \| `(.*)` \| `(.*)` \|$/gm)].map((row) =>
    row.slice(1).map((cell) => cell.replaceAll('\\|', '|')),
  );
  expect(rows.length).toBeGreaterThan(5);
  for (const [posix = '', powershell, cmd] of rows)
    expect([powershell, cmd]).toEqual([forShell(posix, 'powershell'), forShell(posix, 'cmd')]);
  for (const advice of [
    'Write `"--"`',
    '`codemie-claude.cmd`',
    'Set-ExecutionPolicy',
    'winpty',
    '--jwt-token-file',
  ])
    expect(section).toContain(advice);
});

/** What only a POSIX shell understands; `VALUE` stands for what is known only later. */
const ONLY_POSIX =
  /\bunset [A-Z]|\bexport [A-Z]\w*=|<\/dev\/null|Ctrl-D|<\s?(?:FILE|token)|[\w-] \| jq|"\$[A-Z(]|\bpkill|\bread -|\bchmod |\bsudo |\bmv '?[A-Z/]|\bcodemie [^\n]* '\S.*'/;
/** Commands that no person on Windows gets to see. */
const NOT_ON_WINDOWS = [
  'secrets/keychain.ts', // a Linux keyring
  'doctor/checks/home.ts',
  'doctor/checks/config.ts',
  'doctor/checks/agent.ts',
  'doctor/checks/clock.ts',
  'platform/users/attributes.ts', // kcadm.sh
  'platform/maintainer/script.ts', // SQL
  'postgres/password.ts',
  'gateway/service.ts',
  'system/process/guard.ts',
];

describe('in the source', () => {
  it('everything that only a POSIX shell understands is rewritten for PowerShell and cmd.exe', () => {
    const left = textsOfSource()
      .filter(({ text }) => ONLY_POSIX.test(text))
      .flatMap(({ at, text }) =>
        (['powershell', 'cmd'] as const)
          .filter((shell) => forShell(text, shell) === text && isWrongIn(shell, text))
          .map((shell) => `${at}, ${shell}: ${text}`),
      );
    expect(left).toEqual([]);
  });
});

/** cmd.exe reads files and pipes as a POSIX shell does, PowerShell takes the same single quotes. */
function isWrongIn(shell: 'powershell' | 'cmd', text: string): boolean {
  if (shell === 'powershell') return !/^codemie [^|<]* '[^']*'$/.test(text);
  return !/<\s?(?:FILE|token)|\| jq (?:-r )?\.|migrate sql/.test(text);
}

function wordFor(expression: ts.Expression): string {
  return ts.isIdentifier(expression) && expression.text === 'SIGN_IN' ? SIGN_IN : 'VALUE';
}

function textsOfSource(): readonly { readonly at: string; readonly text: string }[] {
  const root = join(import.meta.dirname, '../../src');
  const found: { at: string; text: string }[] = [];
  for (const at of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!at.endsWith('.ts') || at === 'system/shell.ts' || NOT_ON_WINDOWS.includes(at)) continue;
    const visit = (node: ts.Node): void => {
      if (ts.isStringLiteralLike(node)) found.push({ at, text: node.text });
      else if (ts.isTemplateExpression(node))
        found.push({
          at,
          text:
            node.head.text +
            node.templateSpans
              .map(({ expression, literal }) => `${wordFor(expression)}${literal.text}`)
              .join(''),
        });
      ts.forEachChild(node, visit);
    };
    const source = readFileSync(join(root, at), 'utf8');
    if (ONLY_POSIX.test(source.replaceAll('${', 'A')))
      visit(ts.createSourceFile(at, source, ts.ScriptTarget.Latest));
  }
  return found;
}
