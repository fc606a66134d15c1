import { dirname, posix, win32 } from 'node:path';
import { CodemieError } from '../../system/errors.ts';
import { isRecord, objectIn, withoutComments } from '../../system/json.ts';
import type { UserEnvironment } from './adapter.ts';

/** Where the user may have told Gemini CLI to trust the working folder's settings, `.env`, hooks and MCP servers. */
export interface TrustSources {
  /** The user's own `.gemini` folder. */
  readonly folder: string;
  /** The user's own settings, in that folder. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly args: readonly string[];
}

/**
 * Gemini CLI refuses a task in an untrusted folder. codemie never trusts one on the user's behalf: a cloned
 * repository could then run its own commands and send the conversation elsewhere.
 *
 * @throws WORKSPACE_UNTRUSTED (9), where Gemini CLI itself would refuse.
 */
export function requireTrust(user: UserEnvironment, sources: TrustSources): void {
  if (isTrusted(user, sources)) return;
  throw new CodemieError({
    code: 'WORKSPACE_UNTRUSTED',
    message: `Gemini CLI doesn't trust ${user.cwd} yet, and a task can't ask you. The folder's settings, hooks and servers could run commands and send your work elsewhere.`,
    hint: 'Review the folder, then run the task again with --trust-workspace.',
  });
}

/** Follows Gemini CLI's own check (read in 0.61.0), so that users hardly ever see its later refusal. */
export function isTrusted(user: UserEnvironment, { folder, settings, args }: TrustSources): boolean {
  const { env } = user;
  if (args.includes('--skip-trust') || env['GEMINI_CLI_TRUST_WORKSPACE'] === 'true') return true;
  const security = isRecord(settings['security']) ? settings['security'] : {};
  const folderTrust = isRecord(security['folderTrust']) ? security['folderTrust'] : {};
  if (folderTrust['enabled'] === false) return true;
  const path = env['GEMINI_CLI_TRUSTED_FOLDERS_PATH'] || `${folder}/trustedFolders.json`;
  let rules: unknown;
  try {
    rules = objectIn(withoutComments(user.readFile(path)));
  } catch {
    // The file is missing or broken; Gemini CLI itself complains about it.
  }
  return isRecord(rules) && levelOf(user, rules) !== 'DO_NOT_TRUST' && levelOf(user, rules) !== undefined;
}

/** @returns the trust level of the longest rule path that contains the working folder. */
function levelOf({ cwd, platform }: UserEnvironment, rules: Readonly<Record<string, unknown>>): unknown {
  const fold = (path: string): string => (platform === 'linux' ? path : path.toLowerCase());
  const { relative, isAbsolute } = platform === 'win32' ? win32 : posix;
  let found: readonly [string, unknown] | undefined;
  for (const [path, level] of Object.entries(rules)) {
    const root = level === 'TRUST_PARENT' ? dirname(path) : path;
    const below = relative(fold(root), fold(cwd));
    const holds = below === '' || !(below === '..' || /^\.\.[\\/]/.test(below) || isAbsolute(below));
    if (holds && path.length > (found?.[0].length ?? -1)) found = [path, level];
  }
  return found?.[1];
}
