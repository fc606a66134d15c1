import { McpError } from '../errors.ts';
import { plainAddress } from '../log.ts';
import type { McpSettings } from '../settings.ts';
import type { AuthSession } from './session.ts';
import { type Ask, isFinal, reasonIn, recordIn, unanswered } from './small-answers.ts';

export interface ExchangeOptions {
  readonly ask: Ask;
  readonly settings: McpSettings;
  readonly session: AuthSession;
  readonly sleep: (ms: number) => Promise<void>;
  readonly log: (step: string, facts: Readonly<Record<string, unknown>>) => void;
}

/** RFC 6749 §5.2: what a server says that does not know the client. */
const CLIENT_ERRORS = new Set(['invalid_client', 'unauthorized_client']);
/** Waits before a token endpoint is asked again that gave no answer, ms. */
const PAUSES_MS = [500, 1500];

/**
 * Token requests (RFC 6749 §4.1.3 and §6). An endpoint that is down for a moment costs no sign-in: a refresh is tried
 * again, and what still fails is an error instead of a browser. An authorization code is good for one request.
 *
 * @returns a function that rejects with McpError for anything but tokens or an OAuth error.
 */
export function tokenExchange({ ask, settings, session, sleep, log }: ExchangeOptions): Ask {
  return async (url, init) => {
    const form = new URLSearchParams(String(init?.body ?? ''));
    const grant = form.get('grant_type');
    const isRefresh = grant === 'refresh_token';
    // Servers that refuse `resource` find what a token is for by the scope, in every request.
    const scope = session.scope ?? settings.scope;
    if (!settings.sendResource && scope !== undefined) form.set('scope', scope);
    const pauses = isRefresh ? PAUSES_MS : [];
    const over = (failure: unknown): unknown => {
      // After a refresh the SDK would open a browser.
      if (isRefresh) session.failure = failure;
      return failure;
    };
    for (let attempt = 0; ; attempt += 1) {
      const answer = await ask(url, { ...init, body: form }).catch((error: unknown) => error);
      if (isFinal(answer)) throw over(answer);
      if (answer instanceof Response) {
        const { status } = answer;
        log('token', { url: plainAddress(url), status, grant });
        const document = await recordIn(answer);
        const error = document?.['error'];
        const isAnswer = answer.ok ? document !== undefined : typeof error === 'string';
        if (isAnswer && status < 500 && status !== 429) {
          const isClient = typeof error === 'string' && CLIENT_ERRORS.has(error);
          if (isClient && settings.client !== undefined)
            throw over(clientRefused(url, await reasonIn(answer)));
          if (typeof error !== 'string' || isRefresh) return answer;
          // The next sign-in registers again.
          if (isClient) session.client = undefined;
          throw codeRefused(url, await reasonIn(answer));
        }
      }
      const pause = pauses[attempt];
      if (pause !== undefined) {
        await sleep(pause);
        continue;
      }
      throw over(failed(url, answer));
    }
  };
}

function failed({ host }: URL, answer: unknown): McpError {
  const what = `The token endpoint of ${host}`;
  if (!(answer instanceof Response)) return unanswered('MCP_TOKEN_FAILED', what, answer);
  return new McpError(
    'MCP_TOKEN_FAILED',
    `${what} answered with status ${answer.status}${answer.ok ? ', but no JSON document' : ''}.`,
    'Try again in a moment.',
  );
}

/** The SDK would send the code once more, which is good once. */
function codeRefused({ host }: URL, reason: string): McpError {
  return new McpError(
    'MCP_SIGN_IN_FAILED',
    `${host} did not complete the sign-in (${reason}).`,
    'Reconnect to the server and sign in again.',
  );
}

/** A client that was registered by hand cannot be registered again by this program. */
function clientRefused({ host }: URL, reason: string): McpError {
  return new McpError(
    'MCP_TOKEN_FAILED',
    `${host} does not accept the client you named (${reason}).`,
    'Check --client-id and the secret of that client (CODEMIE_MCP_CLIENT_ID, CODEMIE_MCP_CLIENT_SECRET).',
  );
}
