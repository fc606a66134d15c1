import { formatSpan } from '../../system/duration.ts';
import { printable } from '../../system/printable.ts';
import { McpError, SEE_LOG } from '../errors.ts';

/** Why a sign-in was begun. */
export type Reason = 'refresh' | 'browser' | 'step-up';

/** Sign-ins that may follow each other before the server is believed to go in circles. */
const MOST_IN_A_ROW = 3;
const ROW_MS = 5 * 60_000;
const MOST_STEP_UPS = 2;

/** Keeps a server that is never content from asking for one sign-in after the other. */
export interface SignInLimits {
  /** @throws MCP_UNAUTHORIZED when there have been too many sign-ins. */
  require(): void;
  count(reason: Reason): void;
  /** The server accepted a token: neither refreshes nor asking for more permissions went in circles. */
  accepted(operation: string): void;
  /** @throws MCP_SCOPE_MISSING when asking for more permissions did not help this operation. */
  stepUp(operation: string, scope: string | undefined): void;
}

export function signInLimits({ host }: URL, now: () => number): SignInLimits {
  let begun: { readonly at: number; readonly reason: Reason }[] = [];
  const stepUps = new Map<string, number>();
  return {
    require: () => {
      begun = begun.filter(({ at }) => now() - at <= ROW_MS);
      if (begun.length < MOST_IN_A_ROW) return;
      throw new McpError(
        'MCP_UNAUTHORIZED',
        `${host} asked for ${MOST_IN_A_ROW} sign-ins within ${formatSpan(ROW_MS)}.`,
        `Try again later. ${SEE_LOG}`,
      );
    },
    count: (reason) => void begun.push({ at: now(), reason }),
    accepted: (operation) => {
      begun = begun.filter(({ reason }) => reason === 'browser');
      stepUps.delete(operation);
    },
    stepUp: (operation, scope) => {
      const tries = (stepUps.get(operation) ?? 0) + 1;
      if (tries > MOST_STEP_UPS) {
        const named = scope === undefined ? '' : ` (${printable(scope, 100)})`;
        throw new McpError(
          'MCP_SCOPE_MISSING',
          `${host} asks for more permissions${named}, and does not accept the ones you gave.`,
          'Ask whoever runs the server for these permissions, then reconnect.',
        );
      }
      stepUps.set(operation, tries);
    },
  };
}
