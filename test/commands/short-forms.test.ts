import { describe, expect, it } from 'vitest';
import { adviceFor } from '../../src/commands/other-words.ts';
import { parseProgram } from '../../src/commands/program.ts';
import { commandLine, SHORT_FORMS } from '../../src/commands/short-forms.ts';
import { COMMANDS } from '../../src/commands/table.ts';
import { CodemieError } from '../../src/system/errors.ts';
import { testContext } from '../support/context.ts';

describe('what people type out of habit', () => {
  it.each([
    ['login --url https://c', 'profile login --url https://c'],
    ['logout', 'profile logout'],
    ['status --json', 'profile status --json'],
    ['whoami', 'profile status'],
    ['auth token --min-ttl 5m', 'token --min-ttl 5m'],
    ['version', '--version'],
    ['help profile login', 'profile login --help'],
    ['help login', 'profile login --help'],
    ['help help', 'help --help'],
    ['help', 'help'],
    ['--no-color profile list', 'profile list --no-color'],
    ['--verbose --no-input doctor --json', 'doctor --json --verbose --no-input'],
    ['--ca-file ca.pem login', 'profile login --ca-file ca.pem'],
    ['--ca-file=ca.pem status', 'profile status --ca-file=ca.pem'],
    ['--no-color mcp add x -- npx y', 'mcp add x --no-color -- npx y'],
    // An agent has a --verbose of its own.
    ['--verbose run claude hi', 'run claude hi'],
    ['--trust-project --ca-file c run claude hi', 'run claude --trust-project --ca-file c hi'],
    ['run claude login', 'run claude login'],
    ['run claude help', 'run claude help'],
    ['constructor', 'constructor'],
  ])('%s is %s', (typed, expected) => {
    expect(commandLine(typed.split(' ')).argv.join(' ')).toBe(expected);
  });

  it('remembers the flags before the command, which decide about color, questions and errors', () => {
    expect(commandLine(['--verbose', '--ca-file', 'f', 'run', 'claude']).leading).toEqual([
      '--verbose',
      '--ca-file',
    ]);
    expect(commandLine(['doctor', '--verbose']).leading).toEqual([]);
  });

  it('shows the help of the whole program for flags alone', () => {
    expect(commandLine(['--verbose', '--no-color']).argv).toEqual([]);
  });

  it('leads to commands that exist', () => {
    for (const words of Object.values(SHORT_FORMS)) {
      if (words[0] === '--version') continue;
      expect(COMMANDS.filter(({ path }) => path.join(' ') === words.join(' '))).toHaveLength(1);
    }
  });
});

describe('a command of another tool, or of the existing CLI', () => {
  async function refused(typed: string): Promise<CodemieError> {
    const thrown: unknown = await parseProgram(COMMANDS, typed.split(' '), testContext().terminal).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(thrown instanceof CodemieError)) throw new Error(`${typed} was not refused`);
    return thrown;
  }

  it.each([
    ['profile switch work', 'codemie profile list', 'codemie profile use NAME'],
    ['list', 'codemie profile list', 'codemie install --help'],
    ['health', 'codemie doctor', ''],
    ['claude', 'codemie-claude', ''],
    ['update', 'npm install -g codemie@latest', 'codemie install AGENT'],
    ['analytics', 'codemie --help', 'no statistics'],
  ])('%s says what to type', async (typed, fix, hint) => {
    const error = await refused(typed);
    expect(error).toMatchObject({ code: 'USAGE', fix });
    expect(error.hint ?? '').toContain(hint);
    expect(error.message).toMatch(/has no command "(switch|list|health|claude|update|analytics)"\.$/);
  });

  it.each([
    ['profile list --json=yes', '--json takes no value.', 'codemie profile list --help'],
    ['--no-color=1 profile list', '--no-color takes no value.', 'codemie profile list --help'],
    ['--profile x profile status', '--profile belongs after the command.', 'codemie --help'],
    ['--json status', '--json belongs after the command.', 'codemie --help'],
    ['doctor -v', "Unknown option '-v'. Did you mean --verbose?", 'codemie doctor --help'],
    ['--bogus', "Unknown option '--bogus'.", 'codemie --help'],
    ['profile list --jsno', "Unknown option '--jsno'. Did you mean --json?", 'codemie profile list --help'],
    ['help profile nonsense', "Unknown command 'nonsense'.", 'codemie profile --help'],
    ['profile lst --help', "Unknown command 'lst'. Did you mean list?", 'codemie profile --help'],
  ])('%s says what is wrong, and names a help page that exists', async (typed, message, fix) => {
    const line = commandLine(typed.split(' ')).argv.join(' ');
    expect(await refused(line)).toMatchObject({ code: 'USAGE', exit: 'usage', message, fix });
  });

  it('is left to the nearest name when nobody knows it', async () => {
    expect(adviceFor(['toString'])).toBeUndefined();
    expect((await refused('docter')).message).toContain('Did you mean doctor?');
    expect((await refused('docter --help')).message).toContain('Did you mean doctor?');
  });
});
