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
