import { dirname, posix, win32 } from 'node:path';
import { CodemieError } from '../../system/errors.ts';
import { isRecord, objectIn, withoutComments } from '../../system/json.ts';
import type { UserEnvironment } from './adapter.ts';

/** What may say that Gemini CLI may take the working folder's settings, `.env`, hooks and servers for the person's. */
export interface TrustSources {
  /** The person's own `.gemini`. */
  readonly folder: string;
  /** The person's own settings, in that folder. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly args: readonly string[];
}

/**
 * Gemini CLI refuses a task in a folder that nobody trusted. It is never us who trusts it: a repository somebody cloned could
 * then start its own commands and send the conversation elsewhere.
 *
 * @throws WORKSPACE_UNTRUSTED (9), as Gemini CLI alone would refuse it.
 */
export function requireTrust(person: UserEnvironment, sources: TrustSources): void {
  if (isTrusted(person, sources)) return;
  throw new CodemieError({
    code: 'WORKSPACE_UNTRUSTED',
    message: `Nobody has trusted ${person.cwd} in Gemini CLI, and a task cannot ask. Its settings, hooks and servers could run commands and send your work elsewhere.`,
    hint: 'Look at what is in it, then run the task again with --trust-workspace',
  });
}

/** As Gemini CLI judges it (read in 0.61.0), so that its own refusal, which comes later, is hardly ever seen. */
function isTrusted(person: UserEnvironment, { folder, settings, args }: TrustSources): boolean {
  const { env } = person;
  if (args.includes('--skip-trust') || env['GEMINI_CLI_TRUST_WORKSPACE'] === 'true') return true;
  const security = isRecord(settings['security']) ? settings['security'] : {};
  const folderTrust = isRecord(security['folderTrust']) ? security['folderTrust'] : {};
  if (folderTrust['enabled'] === false) return true;
  const path = env['GEMINI_CLI_TRUSTED_FOLDERS_PATH'] || `${folder}/trustedFolders.json`;
  let rules: unknown;
  try {
    rules = objectIn(withoutComments(person.readFile(path)));
  } catch {
    // Not there, or broken: Gemini CLI's to complain about.
  }
  return isRecord(rules) && levelOf(person, rules) !== 'DO_NOT_TRUST' && levelOf(person, rules) !== undefined;
}

/** Of the rule with the longest path that holds the working folder. */
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
