import { chmodSync, statSync } from 'node:fs';
import { configPath } from '../config/file.ts';
import type { Context } from '../context.ts';

/** @returns what was mended, one line each. Nothing is lost by it, and nobody is called. */
export function repair(context: Context): readonly string[] {
  return REPAIRS.flatMap((mend) => mend(context) ?? []);
}

type Repair = (context: Context) => string | undefined;

/** What `doctor --fix` may do. */
const REPAIRS: readonly Repair[] = [
  (context) => close(context, context.home, 0o700),
  (context) => close(context, configPath(context.home), 0o600),
];

function close({ platform }: Context, path: string, mode: number): string | undefined {
  const now = statSync(path, { throwIfNoEntry: false })?.mode;
  if (platform === 'win32' || now === undefined || (now & 0o077) === 0) return undefined;
  chmodSync(path, mode);
  return `Made ${path} private to your user.`;
}
