import type { Env } from '../env.ts';

declare const made: unique symbol;

/**
 * The environment of a program that we start. Only this file creates one, so no child inherits our environment
 * unnoticed.
 */
export type ChildEnvironment = Readonly<Record<string, string>> & { readonly [made]: true };

export interface ChildEnvironmentOptions {
  readonly env: Env;
  /** On Windows `Path` and `PATH` are the same variable. */
  readonly platform: NodeJS.Platform;
  /** Variables that hold one of our secrets. */
  readonly secrets: readonly string[];
  /** Further variables to drop, by name; upper case on Windows. */
  readonly drops?: (name: string) => boolean;
  /** Variables to add; each replaces a variable with the same name. */
  readonly added?: Readonly<Record<string, string>>;
}

/** @returns the environment of a child, and the names of the variables that were removed. */
export function makeChildEnvironment({
  env,
  platform,
  secrets,
  drops = () => false,
  added = {},
}: ChildEnvironmentOptions): { readonly env: ChildEnvironment; readonly removed: readonly string[] } {
  const folded = (name: string): string => sameName(name, platform);
  const hidden = new Set(secrets.map(folded));
  const replaced = new Set(Object.keys(added).map(folded));
  const kept: Record<string, string> = {};
  const removed: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    const key = folded(name);
    if (value === undefined) continue;
    if (hidden.has(key) || drops(key)) removed.push(name);
    else if (!replaced.has(key)) kept[name] = value;
  }
  const always = platform === 'win32' ? NO_PROGRAM_OF_THE_FOLDER : {};
  return { env: { ...kept, ...always, ...added } as ChildEnvironment, removed };
}

/** Without this variable, Windows searches the working folder first for a program named without a folder. */
const NO_PROGRAM_OF_THE_FOLDER = { NoDefaultCurrentDirectoryInExePath: '1' };

/** For a helper that needs these variables and nothing else from the user's environment. */
export function bareEnvironment(values: Env): ChildEnvironment {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as unknown as ChildEnvironment;
}

/** The same variables with other values. */
export function withValues(env: ChildEnvironment, value: (given: string) => string): ChildEnvironment {
  return Object.fromEntries(
    Object.entries(env).map(([name, given]) => [name, value(given)]),
  ) as unknown as ChildEnvironment;
}

/** @returns a name in the form that is equal for all spellings of one variable. */
export function sameName(name: string, platform: NodeJS.Platform): string {
  return platform === 'win32' ? name.toUpperCase() : name;
}
