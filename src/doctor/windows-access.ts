import type { Context } from '../context.ts';
import { windowsProgram } from '../system/process/find-program.ts';
import { outputOf } from '../system/process/output-of.ts';

/** Shorter than a check's own limit. */
const LIMIT_MS = 2000;

/**
 * Windows has no modes: a folder takes over the access list of the folder above it. Your profile folder lets nobody else
 * in, a folder on another drive lets every user read.
 *
 * @returns whether a folder outside your profile takes over such a list; false where icacls cannot tell.
 */
export async function inheritsAccess(
  folder: string,
  { env, userHome, childEnv, signal }: Pick<Context, 'env' | 'userHome' | 'childEnv' | 'signal'>,
  run: typeof outputOf = outputOf,
): Promise<boolean> {
  if (folder.toLowerCase().startsWith(`${userHome.toLowerCase()}\\`)) return false;
  try {
    const list = await run(windowsProgram('icacls', env), [folder], {
      env: childEnv(),
      signal,
      timeoutMs: LIMIT_MS,
    });
    // The mark of an inherited entry is the same in every language of Windows.
    return list.includes('(I)');
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** @returns the command that lets only this user in. */
export function closeToOthers(folder: string, { env }: Pick<Context, 'env'>): string {
  const user = [env['USERDOMAIN'], env['USERNAME']].filter((part) => (part ?? '') !== '').join('\\');
  return `icacls "${folder}" /inheritance:r /grant:r "${user}:(OI)(CI)F"`;
}
