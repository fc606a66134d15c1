import type { Context } from '../../context.ts';
import { asideEnd, notification } from '../../terminal/notify.ts';

export interface EndedNotice {
  /** The gateway calls it once for each sign-in that ends. */
  readonly tell: (message: string) => void;
  /** Puts the window's title back. The sign-in is valid again, or the agent has ended. */
  readonly close: () => void;
}

/**
 * Reports that the sign-in ended while an agent runs. In a conversation the agent owns the screen, so the notice goes
 * elsewhere; otherwise it is one line. The session continues after a sign-in in another terminal.
 *
 * @param isConversation called only when there is something to report.
 */
export function endedNotice(
  { terminal, env }: Context,
  isSilent: boolean,
  isConversation: () => boolean,
): EndedNotice {
  const { stderr, isTTY, say } = terminal;
  let isAside = false;
  return {
    tell: (message) => {
      if (isSilent) return;
      if (!isConversation()) return say(`codemie: ${message}`);
      if (!isTTY.stderr) return;
      isAside = true;
      stderr.write(notification(`codemie: ${message}`, env));
    },
    close: () => {
      if (isAside) stderr.write(asideEnd(env));
      isAside = false;
    },
  };
}
