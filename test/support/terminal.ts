import { expect, onTestFinished } from 'vitest';
import type { Prompts } from '../../src/terminal/prompts.ts';
import { browse } from './browser.ts';
import { outcomeOf } from './commands.ts';
import { type TestContext, type TestContextOptions, testContext } from './context.ts';
import type { Person } from './person.ts';

/** One question, by the start of its flag, and the answer. */
export type Answer = readonly [flag: string, answer: string | boolean];

interface Question {
  readonly flag: string;
  readonly message: string;
  readonly choices?: readonly { readonly value: string }[];
  readonly validate?: (text: string) => true | string;
}

/**
 * A user at a terminal who is asked exactly these questions, in this order. An unexpected question fails the command,
 * and a missing one fails the test.
 */
export function atTerminal(answers: readonly Answer[], options: TestContextOptions = {}): Person {
  const left = [...answers];
  onTestFinished(() => expect(left, 'questions that never came').toEqual([]));
  const answer = async ({ flag, message, choices, validate }: Question) => {
    const [expected, value] = left.shift() ?? [];
    if (expected === undefined || value === undefined || !flag.startsWith(expected))
      throw new Error(`asked for ${flag} ("${message}"), where ${expected ?? 'nothing more'} was expected`);
    if (choices !== undefined) expect(choices.map((choice) => choice.value)).toContain(value);
    if (validate !== undefined) expect(validate(String(value))).toBe(true);
    return value;
  };
  const prompts = { input: answer, password: answer, select: answer, confirm: answer } as unknown as Prompts;
  const base = testContext({
    tty: true,
    onOpen: (address) => {
      void browse(address, () => false).catch(() => undefined);
      return true;
    },
    ...options,
    env: { BROWSER: 'a-browser', TERM: 'dumb', ...options.env },
  });
  const terminal = Object.create(base.terminal, {
    interactive: { value: true },
    prompts: { value: async () => prompts },
  }) as TestContext['terminal'];
  const context = { ...base, terminal };
  const run = (line: string) => outcomeOf(context, ...line.split(' '));
  return { context, run, json: async (line) => JSON.parse((await run(`${line} --json`)).stdout) };
}
