import type { Readable } from 'node:stream';
import type { FetchLike } from '@modelcontextprotocol/client';
import type { Context } from '../../context.ts';
import { isRecord, objectIn } from '../../system/json.ts';
import { McpError, SEE_LOG } from '../errors.ts';
import type { Keeper } from '../keep/keeper.ts';
import type { McpLog } from '../log.ts';
import type { McpSettings } from '../settings.ts';
import { type Challenge, challengeIn } from './challenge.ts';
import { type Ask, type Outcome, runFlow } from './flow.ts';
import { signInLimits } from './limits.ts';
import { oauthRequests } from './oauth-requests.ts';
import type { AuthSession } from './session.ts';

export interface SignIn {
  /**
   * For the requests to the MCP server: sends the token, and sends a request again after a sign-in where the server asks
   * for one. Rejects with McpError when there is none.
   */
  readonly fetch: FetchLike;
  /** Whether a person is at the browser now, ours or that of another process. */
  isWaiting(): boolean;
  /** Ends a sign-in that goes on. One that is stored is finished first, because the next process uses it. */
  close(): Promise<void>;
}

export interface SignInOptions {
  readonly context: Pick<Context, 'clock' | 'openBrowser' | 'terminal' | 'signal'>;
  readonly settings: McpSettings;
  readonly session: AuthSession;
  readonly keeper: Keeper;
  readonly fetch: FetchLike;
  readonly log: McpLog;
  /** Where a person may paste the address that the browser came back with. */
  readonly paste?: Readable;
  /** Whether nobody is there to sign in: what is stored is used and refreshed, and more than that is an error. */
  readonly isUnattended?: boolean;
}

/** `taken`: another process has signed in or refreshed since. */
type Result = Outcome | 'taken';

interface Flight {
  readonly how: Ask['how'];
  readonly done: Promise<Result>;
}

/** A token that ends this soon is refreshed before it is used, ms. */
const EARLY_MS = 30_000;

/**
 * The sign-in at one MCP server. Whatever finds a token missing, expired, refused or too narrow waits for the same single
 * flight: a request, the stream of the server's messages, a reconnect.
 */
export function createSignIn(options: SignInOptions): SignIn {
  const { context, settings, session, keeper, log } = options;
  const { url } = settings;
  const closed = new AbortController();
  const now = (): number => context.clock.now();
  const limits = signInLimits(url, now);
  const requests = oauthRequests({
    fetch: options.fetch,
    settings,
    session,
    clock: context.clock,
    signal: context.signal,
    say: (text) => context.terminal.say(text),
    log: (step, facts) => log.note(step, facts),
  });
  let loaded: Promise<void> | undefined;
  let flight: Flight | undefined;
  let isWaiting = false;
  /** Whether it is this process that signs in or refreshes now. */
  let isAtWork = false;
  /** Whether the server has accepted a request. */
  let isAccepted = false;
  /** The token a refresh has failed for: it is used as long as the server accepts it. */
  let notRefreshed: string | undefined;
  const inBackground: (() => void)[] = [];

  /** @param refused the token that was sent, if any. */
  const run = async (ask: Ask, refused: string | undefined): Promise<Result> => {
    limits.require();
    const onWait = (): void => {
      isWaiting = true;
      context.terminal.say(
        `Another codemie process is signing in to ${url.host}. Finish that in your browser.`,
      );
    };
    return keeper.alone({ signal: closed.signal, onWait }, async () => {
      isWaiting = false;
      if (session.tokens !== undefined && session.tokens.access_token !== refused && !endsSoon(session))
        return 'taken';
      isAtWork = true;
      let outcome: Outcome | undefined;
      try {
        outcome = await flow(ask);
        return outcome;
      } finally {
        await keeper.save(outcome);
      }
    });
  };
  const endsSoon = ({ expiresAt }: AuthSession): boolean =>
    expiresAt !== undefined && expiresAt - now() < EARLY_MS;
  const flow = async (ask: Ask): Promise<Outcome> => {
    const onWaiting = (isOpen: boolean): void => {
      isWaiting = isOpen;
      if (isOpen) limits.count(ask.how === 'step-up' ? 'step-up' : 'browser');
    };
    const parts = {
      ...{ context, settings, session, keeper, log, requests, onWaiting },
      closed: closed.signal,
      paste: options.paste,
    };
    const outcome = await runFlow(parts, ask);
    if (outcome === 'refreshed') limits.count('refresh');
    for (const go of inBackground.splice(0)) go();
    return outcome;
  };
  const start = (wanted: Ask, refused: string | undefined): Promise<Result> => {
    const ask: Ask = options.isUnattended ? { ...wanted, how: 'refresh' } : wanted;
    const done = run(ask, refused).finally(() => {
      flight = undefined;
      isWaiting = false;
      isAtWork = false;
    });
    flight = { how: ask.how, done };
    return done;
  };

  /** The token to send. What asks for more permissions leaves the one at hand good. */
  const current = async (): Promise<string | undefined> => {
    loaded ??= keeper.load().catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    await loaded;
    if (flight?.how === 'refresh') await flight.done.catch(() => undefined);
    else if (flight !== undefined && flight.how !== 'step-up') await flight.done;
    const { tokens } = session;
    const isDue =
      endsSoon(session) && tokens?.refresh_token !== undefined && notRefreshed !== tokens.access_token;
    if (isDue && flight === undefined) {
      await start({ challenge: {}, how: 'refresh' }, tokens.access_token).catch(() => {
        notRefreshed = tokens.access_token;
      });
    }
    return session.tokens?.access_token;
  };

  /** Waits for the next sign-in that a request begins: no browser opens because a stream was reconnected at night. */
  const nextSignIn = (signal: AbortSignal): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      inBackground.push(() => resolve('signed-in'));
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });

  const signedIn = async (call: Call, challenge: Challenge, before: Result | undefined): Promise<Result> => {
    if (before === 'signed-in' || (before === 'refreshed' && options.isUnattended)) throw refusedAgain(url);
    // The server may have moved to another authorization server.
    if (call.token !== undefined) session.discovery = undefined;
    if (!call.isBackground)
      return start({ challenge, how: before === 'refreshed' ? 'browser' : 'any' }, call.token);
    const { signal } = call;
    if (before === 'refreshed') return nextSignIn(signal);
    return start({ challenge, how: 'refresh' }, call.token).catch(() => nextSignIn(signal));
  };

  const send = async (input: string | URL, init: RequestInit | undefined): Promise<Response> => {
    const method = init?.method ?? 'GET';
    const operation = operationIn(method, init?.body);
    const signal = AbortSignal.any([closed.signal, ...(init?.signal ? [init.signal] : [])]);
    let outcome: Result | undefined;
    for (;;) {
      const token = await current();
      const response = await options.fetch(
        input,
        new URL(input).origin === url.origin ? withToken(init, token) : init,
      );
      if (response.ok) {
        isAccepted = true;
        limits.accepted(operation);
      }
      const challenge = challengeIn(response.headers, url);
      const isStepUp = response.status === 403 && challenge.error === 'insufficient_scope';
      const isBackground = method === 'GET' && isAccepted;
      if (!(response.status === 401 || (isStepUp && !isBackground)) || method === 'DELETE') return response;
      await response.body?.cancel();
      const { done, how } = flight ?? {};
      if (done !== undefined) outcome = await (how === 'refresh' ? done.catch(() => outcome) : done);
      // Another request has signed in since this one was sent.
      if (session.tokens?.access_token !== token) continue;
      if (isStepUp) {
        limits.stepUp(operation, challenge.scope);
        await start({ challenge, how: 'step-up' }, token);
      } else outcome = await signedIn({ token, isBackground, signal }, challenge, outcome);
    }
  };

  return {
    fetch: send,
    isWaiting: () => isWaiting,
    close: async () => {
      if (isAtWork && keeper.isOn()) await flight?.done.catch(() => undefined);
      closed.abort(new Error('the host has gone'));
    },
  };
}

/** One request to the server. */
interface Call {
  /** What it was sent with. */
  readonly token: string | undefined;
  /** Whether nobody waits for it: the stream of the server's messages of a connection that stands. */
  readonly isBackground: boolean;
  readonly signal: AbortSignal;
}

/** What is called: the method, and the tool, prompt or resource. */
function operationIn(method: string, body: unknown): string {
  const message = typeof body === 'string' ? objectIn(body) : undefined;
  if (!isRecord(message)) return method;
  const params = isRecord(message['params']) ? message['params'] : {};
  return [message['method'], params['name'] ?? params['uri']].join(' ');
}

function withToken(init: RequestInit | undefined, token: string | undefined): RequestInit | undefined {
  if (token === undefined) return init;
  const headers = new Headers(init?.headers);
  headers.set('authorization', `Bearer ${token}`);
  return { ...init, headers };
}

function refusedAgain({ host }: URL): McpError {
  const message = `${host} answered 401: it does not accept the token that the sign-in brought.`;
  return new McpError('MCP_UNAUTHORIZED', message, SEE_LOG);
}
