import { harmless } from '../system/printable.ts';
import { redact } from '../system/redact.ts';
import type { Streams } from './streams.ts';

interface Question {
  /** The flag or variable that answers this question without a terminal. */
  readonly flag: string;
  readonly message: string;
}

export interface Prompts {
  select<T extends string>(
    question: Question & {
      readonly choices: readonly {
        readonly value: T;
        readonly name: string;
        readonly description?: string;
      }[];
      readonly default?: T;
    },
  ): Promise<T>;
  input(
    question: Question & { readonly default?: string; readonly validate?: (text: string) => true | string },
  ): Promise<string>;
  /** Hidden input; surrounding white space is trimmed (T10). */
  password(question: Question): Promise<string>;
  /** The answer defaults to no (T11). */
  confirm(question: Question & { readonly default?: boolean }): Promise<boolean>;
}

/** A question may quote text from the platform: a project, a model, a user. */
function shown(text: string): string {
  return redact(harmless(text));
}

/** Prompts from @inquirer/prompts, drawn on stderr so that stdout carries only the payload. */
export async function createPrompts(streams: Streams, signal: AbortSignal): Promise<Prompts> {
  const inquirer = await import('@inquirer/prompts');
  const context = { input: streams.stdin, output: streams.stderr, clearPromptOnDone: false, signal };
  return {
    select: async ({ message, choices, default: preset }) =>
      inquirer.select(
        {
          message: shown(message),
          choices: choices.map((choice) => ({ ...choice, name: shown(choice.name) })),
          ...(preset === undefined ? {} : { default: preset }),
        },
        context,
      ),
    input: async ({ message, default: preset, validate }) =>
      (
        await inquirer.input(
          {
            message: shown(message),
            ...(preset === undefined ? {} : { default: preset }),
            ...(validate === undefined ? {} : { validate: (text: string) => validate(text.trim()) }),
          },
          context,
        )
      ).trim(),
    password: async ({ message }) =>
      (await inquirer.password({ message: shown(message), mask: false }, context)).trim(),
    confirm: async ({ message, default: preset }) =>
      inquirer.confirm({ message: shown(message), default: preset ?? false }, context),
  };
}
