import {
  auth,
  computeScopeUnion,
  IssuerMismatchError,
  validateAuthorizationResponseIssuer,
} from '@modelcontextprotocol/client';
import { randomHex } from '../../system/digest.ts';
import { CodemieError, messageOf } from '../../system/errors.ts';
import { printable } from '../../system/printable.ts';
import { redact, rememberSecret } from '../../system/redact.ts';
import { McpError, SEE_LOG } from '../errors.ts';
import type { Keeper } from '../keep/keeper.ts';
import { type AtBrowserOptions, atBrowser } from './at-browser.ts';
import { openCallback } from './callback.ts';
import type { Challenge } from './challenge.ts';
import { isSameIssuer } from './issuer.ts';
import type { OAuthRequests } from './oauth-requests.ts';
import { redirectOrPaste } from './paste.ts';
import { authProvider } from './provider.ts';
import type { AuthSession } from './session.ts';

export interface FlowOptions extends AtBrowserOptions {
  readonly session: AuthSession;
  readonly keeper: Keeper;
  readonly requests: OAuthRequests;
  /** Called when a person is at the browser, and when they no longer are. */
  readonly onWaiting: (isWaiting: boolean) => void;
}

export interface Ask {
  readonly challenge: Challenge;
  /**
   * `refresh` never opens a browser, `any` opens one when a refresh is not enough, `browser` always does. So does
   * `step-up`, which asks for more permissions: a refresh brings none.
   */
  readonly how: 'refresh' | 'any' | 'browser' | 'step-up';
}

export type Outcome = 'refreshed' | 'signed-in';

/**
 * Gets an access token into the session, by a refresh or by the authorization code flow.
 *
 * @throws McpError; MCP_SIGN_IN_FIRST when it takes a person and `how` is `refresh`.
 */
export async function runFlow(options: FlowOptions, { challenge, how }: Ask): Promise<Outcome> {
  const { session, settings, log, closed } = options;
  try {
    closed.throwIfAborted();
    session.failure = undefined;
    await options.requests.locate(challenge.resourceMetadataUrl);
    if ((how === 'refresh' || how === 'any') && (await refreshed(options))) {
      log.note('token', { outcome: 'refreshed' });
      return 'refreshed';
    }
    if (how === 'refresh') throw needsPerson(settings.url);
    await throughBrowser(options, challenge, how);
    log.note('sign-in', { outcome: 'signed in' });
    return 'signed-in';
  } catch (error) {
    if (closed.aborted) throw error;
    const told =
      error instanceof McpError || error instanceof CodemieError ? error : failed(settings.url, error);
    log.error('sign-in', { code: told.code, reason: told.message });
    throw told;
  }
}

/** Stands in a refresh where a redirect URI must be, which a refresh does not send. */
const NOT_SENT = 'http://localhost/callback';

/** A refresh needs no port for a callback, which another program may hold. */
async function refreshed(options: FlowOptions): Promise<boolean> {
  const { settings, session, context } = options;
  if (session.tokens?.refresh_token === undefined) return false;
  // Without it the SDK registers no client here.
  const { saveClientInformation: _, ...provider } = authProvider({
    settings,
    session,
    redirectUri: session.redirectUri ?? NOT_SENT,
    state: '',
    now: () => context.clock.now(),
    onAuthorize: () => {
      throw needsPerson(settings.url);
    },
  });
  try {
    return (await auth(provider, target(options))) === 'AUTHORIZED';
  } catch (error) {
    if (session.failure !== undefined) throw session.failure;
    options.log.note('token', { outcome: 'not refreshed', reason: messageOf(error) });
    return false;
  }
}

async function throughBrowser(options: FlowOptions, challenge: Challenge, how: Ask['how']): Promise<void> {
  const { session, settings, context } = options;
  const { client: earlier } = session;
  const state = randomHex(32);
  rememberSecret(state);
  const listener = await openCallback(session, settings, state);
  let outcome: 'signed-in' | 'failed' = 'failed';
  // The page shows no text of the server's: whoever sent the browser here may have written it.
  let shown = '';
  try {
    let page = settings.url;
    const provider = authProvider({
      settings,
      session,
      redirectUri: listener.redirectUri,
      state,
      now: () => context.clock.now(),
      onAuthorize: (url) => {
        page = url;
      },
    });
    const scope = scopeFor(options, challenge, how);
    const flow = { ...target(options), ...(scope && { scope }) };
    await auth(provider, { ...flow, forceReauthorization: true });
    session.scope = page.searchParams.get('scope') ?? undefined;
    // Before a person takes the trouble: a registration outlives this process, and a store that fails is told now.
    await options.keeper.save();
    options.onWaiting(true);
    const answer = redirectOrPaste(listener.callback, options.paste, state, context.terminal.say);
    const result = await atBrowser(options, page, answer.first).finally(() => {
      answer.close();
      options.onWaiting(false);
    });
    if (result.kind === 'error') {
      requireIssuer(session, result.iss);
      if (result.error === 'access_denied') shown = 'Access was denied.';
      throw denied(settings.url, result.error);
    }
    const code = result.params.get('code') ?? '';
    rememberSecret(code);
    const iss = result.params.get('iss');
    await auth(provider, { ...flow, authorizationCode: code, ...(iss === null ? {} : { iss }) });
    outcome = 'signed-in';
  } catch (error) {
    // A server that forgot a client shows an error page and sends nobody back. The next sign-in registers again.
    const isTimedOut = error instanceof McpError && error.code === 'MCP_SIGN_IN_TIMED_OUT';
    if (isTimedOut && session.client === earlier) session.client = undefined;
    throw error;
  } finally {
    await listener.close(outcome, shown);
  }
}

function target({ settings, requests }: FlowOptions) {
  return { serverUrl: settings.url, fetchFn: requests.fetch };
}

/** A later sign-in at the same server keeps what earlier ones asked for, or a tool that worked would stop working. */
function scopeFor(
  { session, settings }: FlowOptions,
  challenge: Challenge,
  how: Ask['how'],
): string | undefined {
  const isWanted = settings.scope === undefined || how === 'step-up';
  const { tokens, client, discovery } = session;
  const before = tokens?.issuer ?? client?.issuer ?? '';
  const earlier = isSameIssuer(before, discovery?.server.issuer ?? '')
    ? (session.scope ?? tokens?.scope)
    : '';
  return computeScopeUnion(settings.scope, earlier, isWanted ? challenge.scope : undefined);
}

function needsPerson({ host }: URL): McpError {
  const hint = 'Use a tool of this server, or reconnect to it, to sign in.';
  return new McpError('MCP_SIGN_IN_FIRST', `${host} needs you to sign in.`, hint);
}

/** An error comes from the server the person was sent to, as a code does (RFC 9207 §2.4). */
function requireIssuer({ discovery }: AuthSession, iss: string | undefined): void {
  const { issuer, authorization_response_iss_parameter_supported: isPromised } = discovery?.server ?? {};
  validateAuthorizationResponseIssuer({
    iss,
    expectedIssuer: issuer,
    issParameterSupported: isPromised === true,
  });
}

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
  const reason =
    error instanceof IssuerMismatchError
      ? `the answer in the browser did not come from ${printable(error.expected ?? '')}.`
      : printable(redact(messageOf(error)), 300);
  const message = `The sign-in to ${server.host} failed: ${reason}`;
  return new McpError('MCP_SIGN_IN_FAILED', message, SEE_LOG, error);
}
