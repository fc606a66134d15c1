import type { Context } from '../context.ts';
import type { OidcCredential } from '../credentials/credential.ts';
import { openLoopback } from '../net/loopback.ts';
import { formatSpan } from '../system/duration.ts';
import { listenForPaste } from './pasted.ts';
import { denied, type Provider, SCOPE, timedOut } from './provider.ts';

export interface BrowserRoute {
  /** False prints the address instead. */
  readonly openBrowser: boolean;
  readonly timeoutMs: number;
  readonly callbackPort: number;
}

/**
 * Authorization code with PKCE (RFC 6749 §4.1, RFC 7636, RFC 8252): the listener is bound before the browser opens,
 * and raced with an answer pasted on stdin. The first valid one wins.
 *
 * @throws SIGN_IN_DENIED (6), SIGN_IN_TIMEOUT (7), CALLBACK_PORT (1), CLOCK_SKEW, SIGN_IN_FAILED.
 */
export async function signInByBrowser(
  context: Context,
  provider: Provider,
  route: BrowserRoute,
): Promise<OidcCredential> {
  const { library, configuration, request } = provider;
  const verifier = library.randomPKCECodeVerifier();
  const state = library.randomState();
  const nonce = library.randomNonce();
  const loopback = await openLoopback({ port: route.callbackPort, state });
  const resource = request.resource === undefined ? {} : { resource: request.resource };
  const address = library.buildAuthorizationUrl(configuration, {
    redirect_uri: loopback.redirectUri,
    scope: SCOPE,
    state,
    nonce,
    code_challenge: await library.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...resource,
  });
  const paste = listenForPaste(context.terminal.stdin, state, (why) =>
    context.terminal.say(`${why} Still waiting.`),
  );
  const limit = new AbortController();
  let outcome: 'signed-in' | 'failed' = 'failed';
  try {
    await present(context, address.href, route);
    const params = await Promise.race([
      loopback.callback.then((result) => {
        if (result.kind === 'code') return result.params;
        throw refusal(result.error, result.description);
      }),
      paste.answer.then((given) => {
        const error = given.get('error');
        if (error === null) return given;
        throw refusal(error.slice(0, 200), (given.get('error_description') ?? '').slice(0, 200));
      }),
      expire(context, route.timeoutMs, limit.signal),
    ]);
    const current = new URL(loopback.redirectUri);
    current.search = params.toString();
    const { issuer, authorization_response_iss_parameter_supported: names } = configuration.serverMetadata();
    // A bare pasted code has no `iss` beside it; PKCE and the token endpoint of this very issuer bind it instead.
    if (names === true && !current.searchParams.has('iss') && [...params.keys()].length === 2)
      current.searchParams.set('iss', issuer);
    context.log.debug('exchanging the authorization code', { issuer });
    const tokens = await library
      .authorizationCodeGrant(
        configuration,
        current,
        { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true },
        resource,
      )
      .catch((error: unknown) => Promise.reject(provider.explain(error)));
    outcome = 'signed-in';
    return provider.credential(tokens);
  } finally {
    limit.abort();
    paste.close();
    await loopback.finish(outcome);
  }
}

async function present(context: Context, address: string, route: BrowserRoute): Promise<void> {
  const { terminal } = context;
  const why = route.openBrowser ? noBrowserReason(context) : '--no-browser was given';
  if (why === undefined && (await context.openBrowser(address))) {
    terminal.say('The sign-in page is open in your browser. If it is not, open this address:');
  } else {
    terminal.say(`Open this address to sign in (${why ?? 'no browser could be started here'}):`);
  }
  terminal.sayExact(address);
  terminal.say(
    `Waiting for ${formatSpan(route.timeoutMs)}. Is the browser on another machine? Paste the address it ends at (or the code) here.`,
  );
}

/** Why no browser is tried from here, in a word (T24); a BROWSER that is set always counts. */
function noBrowserReason({ env, platform }: Context): string | undefined {
  const chosen = env['BROWSER'];
  if (chosen === 'none') return 'BROWSER=none';
  if (chosen !== undefined && chosen !== '') return undefined;
  const hasDisplay = (env['DISPLAY'] ?? env['WAYLAND_DISPLAY'] ?? '') !== '';
  if (env['CODESPACES'] === 'true') return 'this is a codespace';
  if ((env['SSH_CONNECTION'] ?? '') !== '' && !hasDisplay) return 'this is an SSH session';
  if ((env['CI'] ?? '') !== '' && !hasDisplay)
    return 'this is a pipeline; consider CODEMIE_JWT_TOKEN instead';
  if (platform === 'linux' && !hasDisplay && env['WSL_DISTRO_NAME'] === undefined)
    return 'there is no display here';
  return undefined;
}

function refusal(error: string, description: string): Error {
  return denied(
    error === 'access_denied' ? description : `${error}${description === '' ? '' : ` (${description})`}`,
  );
}

async function expire(context: Context, timeoutMs: number, done: AbortSignal): Promise<never> {
  await context.clock.sleep(timeoutMs, AbortSignal.any([context.signal, done]));
  throw timedOut(`Nobody completed the sign-in within ${formatSpan(timeoutMs)}`);
}
