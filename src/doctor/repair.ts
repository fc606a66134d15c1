import { chmodSync, statSync } from 'node:fs';
import { configPath } from '../config/file.ts';
import type { Context } from '../context.ts';

/** @returns what was fixed, one line each. Repairs lose no data and send no requests. */
export function repair(context: Context): readonly string[] {
  return REPAIRS.flatMap((repair) => repair(context) ?? []);
}

type Repair = (context: Context) => string | undefined;

/** What `doctor --fix` does. */
const REPAIRS: readonly Repair[] = [
  (context) => restrict(context, context.home, 0o700),
  (context) => restrict(context, configPath(context.home), 0o600),
];

function restrict({ platform }: Context, path: string, mode: number): string | undefined {
  const now = statSync(path, { throwIfNoEntry: false })?.mode;
  if (platform === 'win32' || now === undefined || (now & 0o077) === 0) return undefined;
  chmodSync(path, mode);
  return `Made ${path} private to your user.`;
}
