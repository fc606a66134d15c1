import { SIGN_IN } from '../../system/errors.ts';
import { type CallbackResult, judgeCallback } from './judge.ts';
import { type Families, type Outcome, openListener } from './listener.ts';

export interface OAuthListener {
  readonly redirectUri: string;
  /** Resolves with the first callback that has the right state; nothing else ends the wait. */
  readonly callback: Promise<CallbackResult>;
  /**
   * Shows the outcome on the waiting page, gives it a moment to load, and closes the listener with every
   * connection.
   *
   * @param detail shown on the page if the sign-in failed; by default what the server sent as its error.
   */
  close(outcome: Outcome, detail?: string): Promise<void>;
}

export interface OAuthListenerOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly state: string;
  /** `ipv4` (the default) redirects to 127.0.0.1; `both` to `localhost`, which some servers require. */
  readonly families?: Families;
  /** `/callback` unless the client was registered with another one. */
  readonly path?: string;
  /** Hears why an answer was refused, as the end of a sentence. */
  readonly onRefused?: (why: string) => void;
}

/**
 * Waits for the redirect of a sign-in (RFC 8252 §7.3, §8.3). Refuses a callback with another state or with repeated
 * parameters, and keeps waiting.
 *
 * @throws CALLBACK_PORT (exit 1) if the port cannot be opened.
 */
export async function openOAuthListener(options: OAuthListenerOptions): Promise<OAuthListener> {
  const { port, state, families = 'ipv4', path = '/callback', onRefused } = options;
  let result: CallbackResult | undefined;
  let arrive: (result: CallbackResult) => void = () => undefined;
  const callback = new Promise<CallbackResult>((resolve) => {
    arrive = resolve;
  });
  const listener = await openListener({
    port,
    families,
    path,
    onRefused,
    hint:
      port === 0
        ? `Sign in without a listener: ${SIGN_IN} --device`
        : 'Leave out --callback-port to use any free port.',
    onCall: (call) => {
      const judged = judgeCallback(call.query, state);
      if (typeof judged === 'string') {
        if (!call.isCompleted()) onRefused?.('it has another state, or is incomplete');
        return call.refuse(400, judged);
      }
      if (call.isCompleted()) return call.refuse(410, 'This sign-in was already completed.');
      result = judged;
      call.complete();
      arrive(judged);
    },
  });
  const name = families === 'both' ? 'localhost' : '127.0.0.1';
  return {
    redirectUri: `http://${name}:${listener.port}${path}`,
    callback,
    close: (outcome, detail = result?.kind === 'error' ? errorText(result) : '') =>
      listener.close(outcome, detail),
  };
}

function errorText({ error, description }: CallbackResult & { kind: 'error' }): string {
  return description === '' ? error : `${error}: ${description}`;
}
