import { shellWord } from '../../config/sign-in-again.ts';
import { CodemieError, messageOf } from '../../system/errors.ts';
import { readTextIfAny, writeFileAtomic } from '../../system/files.ts';
import { objectIn } from '../../system/json.ts';
import { type McpCode, McpError } from '../errors.ts';

/** What only says that a process would not ask its person. */
const NOT_SHARED: McpCode = 'MCP_SIGN_IN_FIRST';

const pathOf = (lock: string): string => `${lock}.failed`;

/** Leaves a failure for the processes that wait for the lock: the same person would be asked the same question again. */
export function shareFailure(lock: string, { code, message, hint }: McpError, at: number): void {
  if (code === NOT_SHARED) return;
  try {
    writeFileAtomic(pathOf(lock), JSON.stringify({ at, code, message, hint }));
  } catch {
    // Then each process that waits tries for itself.
  }
}

/** @returns the failure of the process that held the lock while this one waited. */
export function failureSince(lock: string, began: number): McpError | undefined {
  const { at, code, message, hint } = objectIn(readTextIfAny(pathOf(lock))) ?? {};
  const isOne = typeof code === 'string' && typeof message === 'string' && typeof hint === 'string';
  if (!isOne || typeof at !== 'number' || at <= began) return undefined;
  return new McpError(code as McpCode, message, hint);
}

/** @returns the error for a store that cannot be read or written. */
export function storeFailed(server: URL, error: unknown): McpError {
  if (error instanceof McpError) return error;
  const again = `codemie mcp login ${shellWord(server.href)}`;
  const code = error instanceof CodemieError ? error.code : undefined;
  const [reason, hint] = isLocked(error)
    ? ['the passphrase of the encrypted file is missing.', `${NO_PASSPHRASE} ${again} --store keychain`]
    : [messageOf(error), WAYS_OUT];
  return new McpError(
    'MCP_STORE_FAILED',
    `The stored sign-in to ${server.host} could not be used: ${reason}`,
    code === 'STORE_DAMAGED' ? `Sign in again: ${again}` : hint,
    error,
  );
}

/** The store needs a passphrase, and nobody can type it. Agents never have CODEMIE_PASSPHRASE: codemie removes it. */
export function isLocked(error: unknown): boolean {
  return error instanceof CodemieError && error.code === 'INPUT_REQUIRED';
}

const NO_PASSPHRASE =
  'Set CODEMIE_PASSPHRASE. Agents that codemie starts do not get it; for them, use the keychain:';
const WAYS_OUT =
  'Set CODEMIE_MCP_TOKEN_STORE to a store that works here: keychain, or file with CODEMIE_PASSPHRASE. Or leave out --persist.';
