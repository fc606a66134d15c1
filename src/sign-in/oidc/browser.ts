import type { Context } from '../../context.ts';
import type { OidcCredential } from '../../credentials/credential.ts';
import { openOAuthListener } from '../../net/callback/oauth-listener.ts';
import { listenForPaste, type Pasted, readPaste } from '../../net/callback/pasted.ts';
import { type BrowserRoute, expire, openPage, showPage } from '../browser-page.ts';
import { invalidIssuer, refusedBy } from '../errors.ts';
import type { Provider } from './provider.ts';

/** Values that are unique to one attempt (S10). */
interface Attempt {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
  readonly redirectUri: string;
}

/**
 * Authorization code with PKCE (RFC 6749 §4.1, RFC 7636, RFC 8252). The listener is bound before the browser opens. You can also
 * paste the response on stdin; the first valid response counts.
 *
 * @throws SIGN_IN_DENIED (6), SIGN_IN_TIMEOUT (7), CALLBACK_PORT (1), CLOCK_SKEW, SIGN_IN_FAILED.
 */
export async function signInByBrowser(
  context: Context,
  provider: Provider,
  route: BrowserRoute,
): Promise<OidcCredential> {
  const { library, configuration } = provider;
  const { issuer, authorization_endpoint: page } = configuration.serverMetadata();
  if (page === undefined) throw invalidIssuer(issuer, 'it has no sign-in page (authorization_endpoint)');
  const state = library.randomState();
  const told = new Set<string>();
  const onRefused = (why: string): void => {
    if (told.has(why)) return;
    told.add(why);
    context.terminal.say(`Ignored an answer from your browser: ${why}. Still waiting for the right one.`);
  };
  const loopback = await openOAuthListener({ port: route.callbackPort, state, onRefused });
  const attempt: Attempt = {
    state,
    verifier: library.randomPKCECodeVerifier(),
    nonce: library.randomNonce(),
    redirectUri: loopback.redirectUri,
  };
  const limit = new AbortController();
  const paste = listenForPaste(
    context.terminal.stdin,
    (line) => readPaste(line, state),
    (why) => context.terminal.say(why),
  );
  let outcome: 'signed-in' | 'failed' = 'failed';
  try {
    const page = await openPage(context, await addressOf(provider, attempt), route);
    showPage(context, page);
    const expired = expire(context, route, limit.signal);
    for (;;) {
      const answer: Pasted = await Promise.race([loopback.callback, paste.next(), expired]);
      if (answer.kind === 'error') throw refusedBy(answer.error, answer.description);
      context.log.debug('exchanging the authorization code', { issuer, from: answer.kind });
      try {
        const credential = await exchange(provider, attempt, answer);
        outcome = 'signed-in';
        return credential;
      } catch (error) {
        // Any pasted line may look like a code, so a wrong one must not end the wait.
        if (answer.kind !== 'bare-code' || !isInvalidGrant(error)) throw provider.explain(error);
        context.terminal.say(
          "The identity provider doesn't recognize that code. Paste the full address from your browser.",
        );
      }
    }
  } finally {
    limit.abort();
    paste.close();
    await loopback.close(outcome);
  }
}

async function addressOf(
  { library, configuration, request, scope }: Provider,
  attempt: Attempt,
): Promise<string> {
  const address = library.buildAuthorizationUrl(configuration, {
    redirect_uri: attempt.redirectUri,
    scope,
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await library.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: 'S256',
    ...(request.resource === undefined ? {} : { resource: request.resource }),
  });
  return address.href;
}

type Answer = Exclude<Pasted, { kind: 'error' }>;

async function exchange(
  { library, configuration, request, credential }: Provider,
  { redirectUri, state, nonce, verifier }: Attempt,
  answer: Answer,
): Promise<OidcCredential> {
  const current = new URL(redirectUri);
  // A bare code comes without `iss` (RFC 9207). PKCE and this issuer's token endpoint bind it instead.
  const params =
    answer.kind === 'code'
      ? answer.params
      : new URLSearchParams({ code: answer.code, state, iss: configuration.serverMetadata().issuer });
  current.search = params.toString();
  const tokens = await library.authorizationCodeGrant(
    configuration,
    current,
    { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true },
    request.resource === undefined ? {} : { resource: request.resource },
  );
  return credential(tokens);
}

function isInvalidGrant(error: unknown): boolean {
  return (error as { error?: unknown }).error === 'invalid_grant';
}
