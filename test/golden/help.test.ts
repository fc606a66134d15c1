import { describe, expect, it } from 'vitest';
import { rootHelp } from '../../src/commands/help.ts';
import { COMMANDS } from '../../src/commands/table.ts';
import { person } from '../support/person.ts';
import { expectScreen, fileOf } from './screen.ts';

it('codemie', async () => {
  await expect(rootHelp(COMMANDS)).toMatchFileSnapshot(fileOf('help/codemie'));
});

describe('codemie COMMAND --help', () => {
  const commands = COMMANDS.map(({ path, passThrough }) => ({ name: path.join(' '), passThrough }));
  it.each(commands.filter(({ passThrough }) => passThrough !== true))('$name', async ({ name }) => {
    await expectScreen(`help/${name.replaceAll(' ', '-')}`, async (options) => [
      person(options),
      `${name} --help`,
    ]);
  });

  it.each(['claude', 'opencode', 'codex', 'gemini'])('run %s', async (agent) => {
    await expectScreen(`help/run-${agent}`, async (options) => [person(options), `run ${agent} --help`]);
  });
});
