import type { Context } from '../context.ts';
import type { OidcCredential } from '../credentials/credential.ts';
import { isLoopbackHost } from '../net/origin.ts';
import { formatSpan } from '../system/duration.ts';
import { CodemieError } from '../system/errors.ts';
import { denied, type Provider, SCOPE, type Tokens, timedOut } from './provider.ts';

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const LONGEST_MS = 30 * 60_000;

/**
 * Device authorization grant (RFC 8628): the person signs in on any other device with a short code.
 *
 * @throws SIGN_IN_DENIED (6), SIGN_IN_TIMEOUT (7), DEVICE_UNSUPPORTED, DEVICE_ADDRESS.
 */
export async function signInByDevice(
  context: Context,
  provider: Provider,
  timeoutMs: number,
): Promise<OidcCredential> {
  const { library, configuration, request } = provider;
  const metadata = configuration.serverMetadata();
  if (metadata.device_authorization_endpoint === undefined) throw unsupported(metadata.issuer);
  const verifier = library.randomPKCECodeVerifier();
  const begun = await library
    .initiateDeviceAuthorization(configuration, {
      scope: SCOPE,
      // Not part of RFC 8628, but a provider that insists on PKCE for a client (Keycloak) insists here too.
      code_challenge: await library.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(request.resource === undefined ? {} : { resource: request.resource }),
    })
    .catch((error: unknown) => Promise.reject(provider.explain(error)));
  const address = checkedAddress(begun.verification_uri, metadata.issuer);
  const direct = begun.verification_uri_complete;
  const { terminal, clock } = context;
  terminal.say('On any device, open this address:');
  terminal.sayExact(address);
  terminal.say(`and enter this code: ${printable(begun.user_code)}`);
  if (direct !== undefined) {
    terminal.say('or open this one, which holds the code:');
    terminal.sayExact(checkedAddress(direct, metadata.issuer));
  }
  terminal.say(
    'Only continue if you started this sign-in yourself: whoever enters the code gives this terminal their access.',
  );
  const allowed = Math.min(begun.expires_in * 1000, LONGEST_MS, timeoutMs);
  terminal.say(`Waiting for ${formatSpan(allowed)}.`);
  const deadline = clock.now() + allowed;
  let interval = Math.max(1, begun.interval ?? 5) * 1000;
  while (clock.now() + interval < deadline + 1000) {
    await clock.sleep(interval, context.signal);
    const step = await poll(provider, begun.device_code, verifier);
    if (step.state === 'done') return provider.credential(step.tokens);
    // RFC 8628 §3.5: for this and all later requests.
    if (step.state === 'slow-down') interval += 5000;
    if (step.state === 'offline') interval = Math.min(interval * 2, 60_000);
  }
  throw timedOut('The code expired before anybody entered it');
}

type Step =
  | { readonly state: 'done'; readonly tokens: Tokens }
  | { readonly state: 'pending' | 'slow-down' | 'offline' };

async function poll(provider: Provider, deviceCode: string, verifier: string): Promise<Step> {
  const { library, configuration } = provider;
  try {
    const tokens = await library.genericGrantRequest(configuration, GRANT, {
      device_code: deviceCode,
      code_verifier: verifier,
    });
    return { state: 'done', tokens };
  } catch (error) {
    switch ((error as { error?: unknown }).error) {
      case 'authorization_pending':
        return { state: 'pending' };
      case 'slow_down':
        return { state: 'slow-down' };
      case 'access_denied':
        throw denied(undefined);
      case 'expired_token':
        throw timedOut('The code expired before anybody entered it');
      default: {
        const known = provider.explain(error);
        // A network that comes and goes does not end the wait (RFC 8628 §3.5).
        if (known.exit === 'unreachable') return { state: 'offline' };
        throw known;
      }
    }
  }
}

/** S18: a web page of the provider itself, and nothing that could move the cursor. */
function checkedAddress(address: string, issuer: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const host = new URL(issuer).hostname;
  const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname));
  if (
    url !== undefined &&
    secure &&
    related(url.hostname, host) &&
    !/[\u0000-\u0020\u007f-\u009f]/.test(address)
  )
    return address;
  throw new CodemieError({
    code: 'DEVICE_ADDRESS',
    message: 'The identity provider named a sign-in address outside its own domain, which is not shown.',
    hint: 'Sign in with the browser instead: codemie profile login',
    exit: 'failed',
  });
}

/** The same host, or one of the same parent domain (login.example.com for sso.example.com). */
function related(host: string, issuerHost: string): boolean {
  if (host === issuerHost) return true;
  const parent = issuerHost.split('.').slice(1).join('.');
  return parent.includes('.') && (host === parent || host.endsWith(`.${parent}`));
}

function printable(text: string): string {
  return text.replace(/[^\u0020-\u007e]/g, '').slice(0, 40);
}

function unsupported(issuer: string): CodemieError {
  return new CodemieError({
    code: 'DEVICE_UNSUPPORTED',
    message: `${issuer} does not offer sign-in by device code.`,
    hint: 'codemie profile login --no-browser',
    exit: 'failed',
  });
}
