import type { FetchLike } from '@modelcontextprotocol/client';
import { type Challenge, challengeIn } from '../auth/challenge.ts';
import type { AuthSession } from '../auth/session.ts';
import { createSignIn } from '../auth/sign-in.ts';
import { explain } from '../bridge/answers.ts';
import { SELF } from '../bridge/gate.ts';
import { connectUpstream } from '../bridge/upstream.ts';
import { withCookies } from '../cookies.ts';
import { type McpCode, McpError } from '../errors.ts';
import { createKeeper } from '../keep/keeper.ts';
import { keptAt, keptId } from '../keep/kept.ts';
import type { ProxyOptions } from '../proxy.ts';
import { walkDiscovery } from './discovery.ts';
import { type Checked, collectSteps, type Steps } from './steps.ts';

export interface CheckOptions extends ProxyOptions {
  /** The command that signs in to this server, with the options of this one; none where it would show a secret. */
  readonly login: readonly string[];
}

/** Longest wait for a server to open a session, ms. */
const LIMIT_MS = 20_000;

/**
 * Goes the way of a sign-in as far as it goes without a person: it opens no browser and registers nothing. A stored
 * sign-in is used, and refreshed where it must be.
 */
export async function checkServer(options: CheckOptions): Promise<Checked> {
  const { settings, context } = options;
  const steps = collectSteps(settings.url);
  const fetch = withCookies(options.fetch, () => context.clock.now());
  let challenge: Challenge | undefined;
  const asking: FetchLike = async (input, init) => {
    const response = await fetch(input, init);
    if (response.status === 401) challenge = challengeIn(response.headers, settings.url);
    return response;
  };
  try {
    const name = await connect(options, asking);
    steps.set('initialize', 'ok', name);
    return steps.end('The server asks for no sign-in.');
  } catch (error) {
    context.signal.throwIfAborted();
    if (challenge === undefined || 'authorization' in settings.headers) {
      steps.fail('initialize', error);
      return steps.end('Not reached.');
    }
  }
  const isFound = await walkDiscovery({ ...options, fetch, steps, challenge });
  if (isFound) await useStored({ ...options, fetch }, steps);
  context.signal.throwIfAborted();
  return steps.end('Not reached.');
}

const ENDED: ReadonlySet<McpCode> = new Set(['MCP_SIGN_IN_FIRST', 'MCP_UNAUTHORIZED']);
/** Failures of what a refresh takes. */
const AT_SIGN_IN: ReadonlySet<McpCode> = new Set([
  'MCP_TOKEN_FAILED',
  'MCP_SIGN_IN_FAILED',
  'MCP_DISCOVERY_FAILED',
  'MCP_PKCE_UNSUPPORTED',
  'MCP_REGISTRATION_REFUSED',
  'MCP_STORE_FAILED',
]);

async function useStored(options: CheckOptions, steps: Steps): Promise<void> {
  const { context, settings, log, fetch, login } = options;
  const session: AuthSession = {};
  const kept = keptAt(context.home, keptId(settings.url));
  // A stored sign-in that cannot be read is a finding, where the proxy would ask for another one.
  const required = kept?.isSignedIn === true ? { tokenStore: kept.store } : {};
  const keeper = createKeeper({ context, settings: { ...settings, ...required }, session, log });
  const signIn = createSignIn({ context, settings, session, keeper, fetch, log, isUnattended: true });
  try {
    await keeper.load();
    if (session.tokens === undefined) {
      if (!steps.hasFailed()) steps.needsSignIn('warn', 'No sign-in to this server is stored.', login);
      return;
    }
    const name = await connect(options, signIn.fetch);
    steps.set('token', 'ok', 'The server accepts the stored sign-in.');
    steps.set('initialize', 'ok', name);
  } catch (error) {
    const { code } = explain(error, settings.url);
    if (ENDED.has(code))
      steps.needsSignIn('fail', 'The stored sign-in has ended: the server does not accept it.', login);
    else if (AT_SIGN_IN.has(code)) steps.fail('token', error);
    else {
      steps.set('token', 'ok', 'A sign-in to this server is stored.');
      steps.fail('initialize', error);
    }
  } finally {
    await signIn.close();
  }
}

/** @returns what the server says it is. */
async function connect({ context, settings }: CheckOptions, fetch: FetchLike): Promise<string> {
  const { clock } = context;
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const limited: FetchLike = (input, init) =>
    fetch(input, { ...init, signal: AbortSignal.any([signal, ...(init?.signal ? [init.signal] : [])]) });
  const tooLate = clock.sleep(LIMIT_MS, signal).then((): never => {
    throw new McpError('MCP_SILENT', `${settings.url.host} did not answer.`, 'Try again in a moment.');
  });
  try {
    const upstream = connectUpstream({ settings, host: SELF, fetch: limited, clock, signal });
    const { client, close } = await Promise.race([upstream, tooLate]);
    const { name = 'unknown', version = '' } = client.getServerVersion() ?? {};
    const era = client.getNegotiatedProtocolVersion();
    await close();
    return `${name} ${version}${era === undefined ? '' : `, MCP ${era}`}`;
  } finally {
    over.abort();
  }
}
