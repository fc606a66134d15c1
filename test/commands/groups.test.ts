import { describe, expect, it } from 'vitest';
import { parseProgram } from '../../src/commands/program.ts';
import type { CommandSpec } from '../../src/commands/spec.ts';
import { CodemieError } from '../../src/system/errors.ts';
import { testContext } from '../support/context.ts';

const command = (...path: readonly string[]): CommandSpec => ({
  path,
  summary: `Do ${path.join(' ')}`,
  options: [{ name: 'file', value: 'path', summary: 'a file' }],
  examples: [
    { command: `codemie ${path.join(' ')}`, does: 'do it' },
    { command: `codemie ${path.join(' ')} --file f`, does: 'do it with a file' },
  ],
  load: () => Promise.reject(new Error('not run')),
});

const SPECS = [
  command('models'),
  command('profile', 'list'),
  command('platform', 'check'),
  command('platform', 'values', 'enable'),
  command('platform', 'values', 'disable'),
];

async function parse(...argv: string[]) {
  const context = testContext();
  const chosen = await parseProgram(SPECS, argv, context.terminal);
  return { chosen, printed: context.out.stdout };
}

async function refused(...argv: string[]): Promise<CodemieError> {
  const thrown: unknown = await parse(...argv).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof CodemieError)) throw new Error('not refused');
  return thrown;
}

describe('commands in groups', () => {
  it.each([
    ['models'],
    ['profile', 'list'],
    ['platform', 'check'],
    ['platform', 'values', 'enable'],
    ['platform', 'values', 'disable'],
  ])('are found by their words: %s %s %s', async (...path) => {
    const words = path.filter((word) => word !== undefined);
    const { chosen } = await parse(...words, '--file', 'f');
    expect(chosen?.spec.path).toEqual(words);
    expect(chosen?.input.options.text('file')).toBe('f');
  });

  it('are listed by the help of their group, each group once', async () => {
    const { printed } = await parse('platform', '--help');
    expect(printed).toContain('check');
    expect(printed.match(/^ {2}values /gm)).toHaveLength(1);
    expect((await parse('platform', 'values', '--help')).printed).toMatch(/enable[\s\S]*disable/);
  });

  it.each([[['platform']], [['platform', 'values']]])(
    'show their help when nothing follows: %j',
    async (argv) => {
      expect((await parse(...argv)).printed).toBe((await parse(...argv, '--help')).printed);
    },
  );

  it.each([
    { argv: ['platform', 'values', 'enabel'], message: 'enable', page: 'codemie platform values --help' },
    { argv: ['platform', 'valeus'], message: 'values', page: 'codemie platform --help' },
    {
      argv: ['platform', 'values', 'enable', '--fiel', 'x'],
      message: '--file',
      page: 'codemie platform values enable --help',
    },
    { argv: ['models', '--fiel', 'x'], message: '--file', page: 'codemie models --help' },
    { argv: ['profil'], message: 'profile', page: 'codemie --help' },
  ])('say where the help is for $argv', async ({ argv, message, page }) => {
    const error = await refused(...argv);
    expect(error.code).toBe('USAGE');
    expect(error.message).toContain(message);
    expect(error.fix).toBe(page);
  });
});
