import type { Context } from '../context.ts';
import { STORE_NAMES } from '../secrets/store.ts';

/** One flag. With `value` (its placeholder) it takes a value; without, it is a switch. */
export interface OptionSpec {
  /** Long name without dashes: `base-url`. */
  readonly name: string;
  readonly short?: string;
  readonly value?: string;
  readonly summary: string;
  readonly choices?: readonly string[];
  /** May be given several times. */
  readonly repeatable?: true;
  /** Values that users may know but that are not accepted, each with the reason. */
  readonly refused?: Readonly<Record<string, string>>;
  /** Shown in help as the default; commands apply it themselves. */
  readonly default?: string;
  /** The value is a secret: never echoed by errors. */
  readonly sensitive?: true;
  readonly hidden?: true;
}

/** One command, as data: help, parsing, completion and the reference derive from it. */
export interface CommandSpec {
  /** `['profile', 'login']`. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly options: readonly OptionSpec[];
  /** Positional arguments; `variadic` collects the rest. */
  readonly args?: readonly {
    readonly name: string;
    readonly summary: string;
    readonly optional?: true;
    readonly variadic?: true;
  }[];
  /** What to know when there are more arguments than the command takes. */
  readonly strayHint?: string;
  /** At least two, each with a description (T18). */
  readonly examples: readonly { readonly command: string; readonly does: string }[];
  /**
   * Imports, once, what the existing CLI stores on this machine. Set for commands that a user runs to sign in or to
   * see who is signed in.
   */
  readonly imports?: true;
  /** Passes the arguments on unparsed (launchers: unknown flags belong to the agent). */
  readonly passThrough?: true;
  /** Loads the command only when it runs. */
  readonly load: () => Promise<{ readonly run: CommandRun }>;
}

/**
 * Does the work and prints one result. It throws failures; a returned number is an exit code, of a launched program
 * or for an outcome that is not an error (`status` of an expired credential).
 */
export type CommandRun = (input: CommandInput, context: Context) => Promise<number | undefined>;

export interface CommandInput {
  readonly options: OptionValues;
  readonly args: readonly string[];
}

export type OptionValue = string | true | readonly string[];

/** Values by long flag name. Absent flags are absent. */
export class OptionValues {
  readonly #values: ReadonlyMap<string, OptionValue>;

  constructor(values: ReadonlyMap<string, OptionValue>) {
    this.#values = values;
  }

  /** @returns the value of a flag that takes one. */
  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === 'string' ? value : undefined;
  }

  /** @returns the values of a flag that may be given several times, in their order. */
  list(name: string): readonly string[] {
    const value = this.#values.get(name);
    return typeof value === 'object' ? value : [];
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** @returns the same values without some flags. */
  without(names: readonly string[]): OptionValues {
    return new OptionValues(new Map([...this.#values].filter(([name]) => !names.includes(name))));
  }

  /** @returns whether the switch was given. */
  on(name: string): boolean {
    return this.#values.get(name) === true;
  }
}

/** Flags of every command, launchers included. */
export const SHARED_OPTIONS = [
  { name: 'ca-file', value: 'file', summary: 'PEM file of extra CA certificates to trust' },
  { name: 'trust-project', summary: "use this folder's settings for this command" },
] as const satisfies readonly OptionSpec[];

export const GLOBAL_OPTIONS = [
  ...SHARED_OPTIONS,
  { name: 'no-color', summary: 'disable color' },
  { name: 'no-input', summary: 'never prompt; fail if input is needed' },
  { name: 'verbose', summary: 'show the cause of an error' },
  { name: 'help', short: 'h', summary: 'show help' },
] as const satisfies readonly OptionSpec[];

/** The stores that sign-in, setup and move can use. */
export const STORE_CHOICE = {
  choices: STORE_NAMES,
  refused: {
    memory: 'A sign-in kept in memory is lost when the command ends.',
  },
} as const;

export const JSON_OPTION: OptionSpec = { name: 'json', summary: 'print JSON' };
export const PROFILE_OPTION: OptionSpec = {
  name: 'profile',
  value: 'name',
  summary: 'profile to use (default: CODEMIE_PROFILE, else the active profile)',
};
