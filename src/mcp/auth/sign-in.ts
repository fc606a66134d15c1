import {
  type AuthProvider,
  auth,
  extractWWWAuthenticateParams,
  type FetchLike,
} from '@modelcontextprotocol/client';
import type { Context } from '../../context.ts';
import { openOAuthListener } from '../../net/callback/oauth-listener.ts';
import { randomHex } from '../../system/digest.ts';
import { formatSpan } from '../../system/duration.ts';
import { CodemieError, messageOf } from '../../system/errors.ts';
import { printable } from '../../system/printable.ts';
import { rememberSecret } from '../../system/redact.ts';
import { McpError, SEE_LOG } from '../errors.ts';
import type { McpLog } from '../log.ts';
import type { McpSettings } from '../settings.ts';
import { browserSafe } from './browser-safe.ts';
import { oauthFetch } from './oauth-fetch.ts';
import { authProvider } from './provider.ts';
import type { AuthSession } from './session.ts';

export interface SignIn extends AuthProvider {
  /** For the requests to the MCP server: remembers with which token each was sent. */
  readonly fetch: FetchLike;
  /** Whether a person is at the browser now. */
  isWaiting(): boolean;
  close(): void;
}

export interface SignInOptions {
  readonly context: Pick<Context, 'clock' | 'openBrowser' | 'terminal' | 'signal'>;
  readonly settings: McpSettings;
  readonly session: AuthSession;
  readonly fetch: FetchLike;
  readonly log: McpLog;
}

/** A token that ends this soon is refreshed before it is used, ms. */
const EARLY_MS = 30_000;
/** Sign-ins that may follow each other before the server is believed to go in circles. */
const MOST_IN_A_ROW = 3;
const ROW_MS = 5 * 60_000;

/**
 * The sign-in at one MCP server. Whatever finds a token missing, expired or refused waits for the same single flight: a
 * request, the stream of the server's messages, a reconnect.
 */
export function createSignIn(options: SignInOptions): SignIn {
  const { context, settings, session, log } = options;
  const fetchFn = oauthFetch({
    fetch: options.fetch,
    settings,
    session,
    sleep: (ms) => context.clock.sleep(ms, context.signal),
    log: (step, facts) => log.note(step, facts),
  });
  const closed = new AbortController();
  const begun: number[] = [];
  const sentWith = new WeakMap<Response, string>();
  let flight: Promise<void> | undefined;
  let isWaiting = false;

  const once = (challenge: Challenge): Promise<void> => {
    flight ??= run(challenge).finally(() => {
      flight = undefined;
    });
    return flight;
  };

  const run = async ({ resourceMetadataUrl, scope: asked }: Challenge): Promise<void> => {
    closed.signal.throwIfAborted();
    session.failure = undefined;
    const { callback } = settings;
    const state = randomHex(32);
    rememberSecret(state);
    const listener = await openOAuthListener({
      port: portOf(session, callback.port),
      state,
      families: callback.host === 'localhost' ? 'both' : 'ipv4',
      path: callback.path,
    });
    let outcome: 'signed-in' | 'failed' = 'failed';
    try {
      const provider = authProvider({
        settings,
        session,
        redirectUri: listener.redirectUri,
        state,
        now: () => context.clock.now(),
        onAuthorize: (url) => {
          requireFewSignIns(begun, context.clock.now(), settings.url);
          begun.push(context.clock.now());
          isWaiting = true;
          void present(options, url);
        },
      });
      const scope = settings.scope ?? asked;
      const flow = {
        serverUrl: settings.url,
        fetchFn,
        ...(resourceMetadataUrl && { resourceMetadataUrl }),
        ...(scope && { scope }),
      };
      if ((await auth(provider, flow)) === 'AUTHORIZED') return log.note('token', { outcome: 'refreshed' });
      const result = await inTime(options, closed.signal, listener.callback);
      isWaiting = false;
      if (result.kind === 'error') throw denied(settings.url, result.error);
      const code = result.params.get('code') ?? '';
      rememberSecret(code);
      const iss = result.params.get('iss');
      await auth(provider, { ...flow, authorizationCode: code, ...(iss === null ? {} : { iss }) });
      outcome = 'signed-in';
      log.note('sign-in', { outcome: 'signed in' });
    } catch (error) {
      const told =
        error instanceof McpError || error instanceof CodemieError ? error : failed(settings.url, error);
      log.error('sign-in', { code: told.code, reason: told.message });
      throw told;
    } finally {
      isWaiting = false;
      await listener.close(outcome);
    }
  };

  return {
    fetch: async (url, init) => {
      const response = await options.fetch(url, init);
      const sent = new Headers(init?.headers).get('authorization');
      if (sent !== null) sentWith.set(response, sent);
      return response;
    },
    token: async () => {
      if (flight !== undefined) await flight.catch(() => undefined);
      const { tokens, expiresAt, discovery } = session;
      const endsSoon = expiresAt !== undefined && expiresAt - context.clock.now() < EARLY_MS;
      // Where this fails, the server's answer tells whether the old one still counts.
      if (endsSoon && tokens?.refresh_token !== undefined && discovery !== undefined)
        await once({}).catch(() => undefined);
      return session.tokens?.access_token;
    },
    onUnauthorized: async ({ response }) => {
      const { tokens } = session;
      const sent = sentWith.get(response);
      // Another request has signed in since this one was sent.
      if (tokens !== undefined && sent !== `Bearer ${tokens.access_token}`) return;
      // The server may have moved to another authorization server.
      if (tokens !== undefined && flight === undefined) session.discovery = undefined;
      await once(extractWWWAuthenticateParams(response));
    },
    isWaiting: () => isWaiting,
    close: () => closed.abort(new Error('the host has gone')),
  };
}

type Challenge = Pick<ReturnType<typeof extractWWWAuthenticateParams>, 'resourceMetadataUrl' | 'scope'>;

/** A later sign-in uses the port the client was registered with. */
function portOf({ redirectUri }: AuthSession, wanted: number): number {
  return wanted !== 0 || redirectUri === undefined ? wanted : Number(new URL(redirectUri).port);
}

function requireFewSignIns(begun: number[], now: number, server: URL): void {
  while (begun.length > 0 && now - (begun[0] ?? now) > ROW_MS) begun.shift();
  if (begun.length < MOST_IN_A_ROW) return;
  throw new McpError(
    'MCP_UNAUTHORIZED',
    `${server.host} asked for ${MOST_IN_A_ROW} sign-ins within ${formatSpan(ROW_MS)}.`,
    `Try again later. ${SEE_LOG}`,
  );
}

async function present({ context, settings, log }: SignInOptions, page: URL): Promise<void> {
  const { terminal } = context;
  const address = browserSafe(page);
  terminal.say(`Sign in to ${settings.url.host} in your browser. If it does not open, open this address:`);
  terminal.sayExact(address);
  const isOpen = settings.openBrowser && (await context.openBrowser(address).catch(() => false));
  log.note('authorize', { host: page.host, browser: isOpen ? 'opened' : 'not opened' });
  // The way out where nobody sees stderr.
  if (!isOpen) log.page(address);
}

/** The time a person has at the browser counts from opening it. */
async function inTime<T>(
  { context, settings }: SignInOptions,
  closed: AbortSignal,
  callback: Promise<T>,
): Promise<T> {
  const { url, timeoutMs } = settings;
  const over = new AbortController();
  const limit = context.clock
    .sleep(timeoutMs, AbortSignal.any([context.signal, closed, over.signal]))
    .then((): never => {
      throw new McpError(
        'MCP_SIGN_IN_TIMED_OUT',
        `The sign-in to ${url.host} timed out: nobody completed it within ${formatSpan(timeoutMs)}.`,
        'Reconnect to the server and sign in again. If the page showed an error, the server may need --no-resource or --oauth-scope.',
      );
    });
  try {
    return await Promise.race([callback, limit]);
  } finally {
    over.abort();
  }
}

/** The description that came with it is not repeated: whoever sent the browser here may have written it. */
function denied(server: URL, error: string): McpError {
  return error === 'access_denied'
    ? new McpError(
        'MCP_SIGN_IN_DENIED',
        `Access to ${server.host} was denied.`,
        'Reconnect and approve the request.',
      )
    : new McpError('MCP_SIGN_IN_FAILED', `The sign-in to ${server.host} failed (${error}).`, SEE_LOG);
}

function failed(server: URL, error: unknown): McpError {
  const reason = printable(messageOf(error), 300);
  return new McpError(
    'MCP_SIGN_IN_FAILED',
    `The sign-in to ${server.host} failed: ${reason}`,
    SEE_LOG,
    error,
  );
}
