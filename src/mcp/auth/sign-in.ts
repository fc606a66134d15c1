import type { FetchLike } from '@modelcontextprotocol/client';
import { isRecord, objectIn } from '../../system/json.ts';
import { McpError, SEE_LOG } from '../errors.ts';
import { type Challenge, challengeIn } from './challenge.ts';
import { createFlights, endsSoon, type FlightOptions, type Result } from './flights.ts';
import { signInLimits } from './limits.ts';

export type SignInOptions = FlightOptions;

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

/**
 * The sign-in at one MCP server. Whatever finds a token missing, expired, refused or too narrow waits for the same single
 * flight: a request, the stream of the server's messages, a reconnect.
 */
export function createSignIn(options: SignInOptions): SignIn {
  const { context, settings, session, keeper } = options;
  const { url } = settings;
  const limits = signInLimits(url, () => context.clock.now());
  const flights = createFlights(options, limits);
  let loaded: Promise<void> | undefined;
  /** Whether the server has accepted a request. */
  let isAccepted = false;
  /** The token a refresh has failed for: it is used as long as the server accepts it. */
  let notRefreshed: string | undefined;

  /** The token to send. What asks for more permissions leaves the one at hand good. */
  const current = async (): Promise<string | undefined> => {
    loaded ??= keeper.load().catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    await loaded;
    const flight = flights.current();
    if (flight?.how === 'refresh') await flight.done.catch(() => undefined);
    else if (flight !== undefined && flight.how !== 'step-up') await flight.done;
    const { tokens } = session;
    const isDue = endsSoon(session, context.clock.now()) && notRefreshed !== tokens?.access_token;
    if (isDue && tokens?.refresh_token !== undefined && flights.current() === undefined) {
      await flights.start({ challenge: {}, how: 'refresh' }, tokens.access_token).catch(() => {
        notRefreshed = tokens.access_token;
      });
    }
    return session.tokens?.access_token;
  };

  const signedIn = async (call: Call, challenge: Challenge, before: Result | undefined): Promise<Result> => {
    if (before === 'signed-in' || (before === 'refreshed' && options.isUnattended)) throw refusedAgain(url);
    // The server may have moved to another authorization server.
    if (call.token !== undefined) session.discovery = undefined;
    if (!call.isBackground)
      return flights.start({ challenge, how: before === 'refreshed' ? 'browser' : 'any' }, call.token);
    // No browser opens because a stream was reconnected at night.
    const next = (): Promise<Result> => flights.next(call.signal);
    if (before === 'refreshed') return next();
    return flights.start({ challenge, how: 'refresh' }, call.token).catch(next);
  };

  const send = async (input: string | URL, init: RequestInit | undefined): Promise<Response> => {
    const method = init?.method ?? 'GET';
    const operation = operationIn(method, init?.body);
    const signal = AbortSignal.any([flights.closed, ...(init?.signal ? [init.signal] : [])]);
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
      // Nothing may wait between the end of this loop and the start of a flight, or there are two.
      for (let flight = flights.current(); flight !== undefined; flight = flights.current())
        outcome = await (flight.how === 'refresh' ? flight.done.catch(() => outcome) : flight.done);
      // Another request has signed in since this one was sent.
      if (session.tokens?.access_token !== token) continue;
      if (isStepUp) {
        limits.stepUp(operation, challenge.scope);
        await flights.start({ challenge, how: 'step-up' }, token);
      } else outcome = await signedIn({ token, isBackground, signal }, challenge, outcome);
    }
  };

  return {
    fetch: send,
    isWaiting: flights.isWaiting,
    close: flights.close,
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
