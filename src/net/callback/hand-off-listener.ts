import type { IncomingMessage } from 'node:http';
import { type Listener, openListener } from './listener.ts';

/** Decides whether a request is a genuine hand-off. */
export interface HandOffJudge {
  /** Whether a value of `token` looks like one that a server hands over. */
  isHandOff(token: string): boolean;
  /** Checks such a value, one at a time; false keeps the listener waiting. */
  take(token: string): Promise<boolean>;
}

/** Maximum number of hand-offs waiting to be checked: each check is a request to the platform. */
const MOST_JUDGED = 8;

/**
 * Waits for a CodeMie server to hand a session over at `http://localhost:{port}/auth?token=…`. The server accepts
 * only a port, so there is no state to compare. Instead: only a browser navigation, exactly one token, only one
 * success.
 *
 * @throws CALLBACK_PORT (exit 1) if the port cannot be opened.
 */
export function openHandOffListener(port: number, judge: HandOffJudge): Promise<Listener> {
  let judging = 0;
  let turn: Promise<unknown> = Promise.resolve();
  return openListener({
    port,
    families: 'both',
    path: '/auth',
    hint: 'Leave out --callback-port to use any free port.',
    onCall: ({ request, query, isCompleted, refuse, complete }) => {
      if (!isNavigation(request)) return refuse(403, 'This is not a browser that was sent here.');
      const tokens = query.getAll('token');
      // The server does not percent-encode its base64, so a plus arrives as a space.
      const given = (tokens[0] ?? '').replaceAll(' ', '+');
      if (tokens.length !== 1 || !judge.isHandOff(given)) return refuse(400, 'This is not a hand-off.');
      if (isCompleted()) return refuse(410, 'This sign-in was already completed.');
      if (judging >= MOST_JUDGED) return refuse(429, 'Too many hand-offs at a time.');
      judging += 1;
      turn = turn
        .then(async () => {
          if (isCompleted()) return refuse(410, 'This sign-in was already completed.');
          if (await judge.take(given)) complete();
          else refuse(400, 'This is not your session at this platform. The sign-in continues.');
        })
        .catch(() => refuse(500, 'The sign-in could not be completed.'))
        .finally(() => {
          judging -= 1;
        });
    },
  });
}

/**
 * A web page can make a browser call any local port, but only as a subresource (`fetch`, an image, a frame), which
 * browsers report in Fetch Metadata headers. The platform navigates the whole window.
 */
function isNavigation({ headers }: IncomingMessage): boolean {
  const { origin, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest, 'sec-fetch-site': site } = headers;
  if (origin !== undefined) return false;
  if (site === undefined || site === 'none' || site === 'same-origin') return true;
  return mode === 'navigate' && dest === 'document';
}
