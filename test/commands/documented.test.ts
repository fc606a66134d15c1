import { describe, expect, it } from 'vitest';
import { parseLaunch } from '../../src/agents/arguments.ts';
import { parseProgram } from '../../src/commands/program.ts';
import { BINARIES, COMMANDS } from '../../src/commands/table.ts';
import { testContext } from '../support/context.ts';
import { commandsOfGuides, wordsOf } from '../support/documents.ts';

const GROUPS = new Set(COMMANDS.filter(({ path }) => path.length > 1).map(({ path }) => path[0]));

/** Parses a command as the program would. Throws the error that a user would read. */
async function parse(line: string): Promise<unknown> {
  const [program = '', ...args] = wordsOf(line);
  if (BINARIES[program] !== undefined) return parseLaunch(args);
  expect(program).toBe('codemie');
  if (args[0] === 'run') return parseLaunch(args.slice(1));
  // The guides name a group itself: "codemie gateway".
  if (args.length === 1 && GROUPS.has(args[0])) return undefined;
  return parseProgram(COMMANDS, args, testContext().terminal);
}

describe('every command in the documentation works as shown', () => {
  it.each(commandsOfGuides())('guides: %s', async (line) => {
    await expect(parse(line)).resolves.not.toThrow();
  });

  const examples = COMMANDS.flatMap(({ examples }) => examples.map(({ command }) => command)).flatMap(
    (line) => line.split(/ \| | && /).filter((part) => part.startsWith('codemie')),
  );
  it.each([...new Set(examples)])('help: %s', async (line) => {
    await expect(parse(line)).resolves.not.toThrow();
  });
});

it('these tests catch an unknown flag', async () => {
  await expect(parse('codemie profile login --no-such-flag')).rejects.toThrow('no-such-flag');
});
