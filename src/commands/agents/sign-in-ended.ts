import type { Context } from '../../context.ts';
import { asideEnd, notification } from '../../terminal/notify.ts';

export interface EndedNotice {
  /** For the gateway, which calls it once for each sign-in that ended. */
  readonly tell: (message: string) => void;
  readonly close: () => void;
}

/**
 * Tells that the sign-in ended while an agent runs. In a conversation the screen is the agent's, so it is told on the side;
 * elsewhere it is one line. The session goes on with a sign-in done in another terminal.
 *
 * @param isConversation asked when there is something to tell.
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
    },
  };
}
