import type { Env } from '../env.ts';

declare const made: unique symbol;

/** The environment of a program that we start. Only this file makes one, so no child inherits ours unseen. */
export type ChildEnvironment = Readonly<Record<string, string>> & { readonly [made]: true };

export interface ChildEnvironmentOptions {
  readonly env: Env;
  /** Windows does not tell `Path` from `PATH`. */
  readonly platform: NodeJS.Platform;
  /** Variables that hold a secret of ours. */
  readonly secrets: readonly string[];
  /** What else this child must not get, by its name in capitals on Windows. */
  readonly drops?: (name: string) => boolean;
  /** What this child gets besides; it replaces a variable of the same name. */
  readonly added?: Readonly<Record<string, string>>;
}

/** @returns the environment of a child, and the names that were kept from it. */
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

/** Windows looks for a program that is named without a folder in the working folder first, unless this is set. */
const NO_PROGRAM_OF_THE_FOLDER = { NoDefaultCurrentDirectoryInExePath: '1' };

/** For a helper that needs these variables and nothing else of a person's. */
export function bareEnvironment(values: Env): ChildEnvironment {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as unknown as ChildEnvironment;
}

/** The same environment with other values. */
export function withValues(env: ChildEnvironment, value: (given: string) => string): ChildEnvironment {
  return Object.fromEntries(
    Object.entries(env).map(([name, given]) => [name, value(given)]),
  ) as unknown as ChildEnvironment;
}

/** @returns the form in which two names of one variable are the same text. */
export function sameName(name: string, platform: NodeJS.Platform): string {
  return platform === 'win32' ? name.toUpperCase() : name;
}
