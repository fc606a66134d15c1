import { expect, it } from 'vitest';
import { quickParse } from '../../src/commands/quick-parse.ts';
import type { CommandSpec } from '../../src/commands/spec.ts';

const spec: CommandSpec = {
  path: ['try'],
  summary: '',
  options: [
    { name: 'profile', value: 'name', summary: '' },
    { name: 'json', summary: '' },
  ],
  examples: [],
  load: async () => ({ run: async () => 0 }),
};

it.each<[string[], string | undefined, boolean]>([
  [[], undefined, false],
  [['--json'], undefined, true],
  [['--profile', 'work', '--json'], 'work', true],
  [['--json', '--profile=a=b\nc'], 'a=b\nc', true],
  [['--profile', 'one', '--profile', 'two'], 'two', false],
  [['--profile='], '', false],
])('parses %j', (argv, profile, json) => {
  const options = quickParse(spec, argv)?.options;
  expect([options?.text('profile'), options?.on('json')]).toEqual([profile, json]);
});

it.each([
  [['--nonsense']],
  [['--constructor']],
  [['--profile']],
  [['--profile', '--json']],
  [['--profile', '-x']],
  [['--json=yes']],
  [['-h']],
  [['--help']],
  [['word']],
  [['--']],
  [['']],
])('leaves %j to commander', (argv) => {
  expect(quickParse(spec, argv)).toBeUndefined();
});
