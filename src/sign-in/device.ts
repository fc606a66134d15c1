import type { DeviceAuthorizationResponse } from 'openid-client';
import type { Context } from '../context.ts';
import type { OidcCredential } from '../credentials/credential.ts';
import { formatSpan } from '../system/duration.ts';
import { CodemieError } from '../system/errors.ts';
import { printable } from '../system/printable.ts';
import { verificationAddress } from './device-address.ts';
import { timedOut } from './failures.ts';
import { type Provider, SCOPE } from './provider.ts';

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
/** A code that claims to live longer is not waited for longer. */
const LONGEST_MS = 30 * 60_000;
const DEFAULT_INTERVAL_SECONDS = 5;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Device authorization grant (RFC 8628): the person signs in on any other device with a short code.
 *
 * @throws SIGN_IN_DENIED (6), SIGN_IN_TIMEOUT (7), DEVICE_UNSUPPORTED, DEVICE_ADDRESS, SIGN_IN_FAILED (1).
 */
export async function signInByDevice(
  context: Context,
  provider: Provider,
  timeoutMs: number,
): Promise<OidcCredential> {
  const { library, configuration, request } = provider;
  const { issuer, device_authorization_endpoint: endpoint } = configuration.serverMetadata();
  if (endpoint === undefined) throw unsupported(issuer);
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
  const allowedMs = Math.min(begun.expires_in * 1000, LONGEST_MS, timeoutMs);
  present(context, begun, issuer, allowedMs);
  return waitForApproval(context, provider, { begun, verifier, allowedMs });
}

function present(
  { terminal }: Context,
  begun: DeviceAuthorizationResponse,
  issuer: string,
  allowedMs: number,
): void {
  const plain = verificationAddress(begun.verification_uri, issuer);
  const complete = begun.verification_uri_complete;
  const direct = complete === undefined ? undefined : verificationAddress(complete, issuer);
  terminal.say('On any device, open this address:');
  terminal.sayExact(plain);
  terminal.say(`and enter this code: ${printable(begun.user_code, 40)}`);
  if (direct !== undefined) {
    terminal.say('or open this one, which holds the code:');
    terminal.sayExact(direct);
  }
  terminal.say(
    'Only continue if you started this sign-in yourself: whoever approves the code gives this terminal their access.',
  );
  terminal.say(`Waiting for ${formatSpan(allowedMs)}.`);
}

interface Waiting {
  readonly begun: DeviceAuthorizationResponse;
  readonly verifier: string;
  readonly allowedMs: number;
}

/** Polls as RFC 8628 §3.5 asks: the pause grows for good when told so, and for a while when nobody answers. */
async function waitForApproval(
  context: Context,
  provider: Provider,
  { begun, verifier, allowedMs }: Waiting,
): Promise<OidcCredential> {
  const { clock, signal, terminal } = context;
  const deadline = clock.now() + allowedMs;
  let intervalMs = (begun.interval ?? DEFAULT_INTERVAL_SECONDS) * 1000;
  let unanswered = 0;
  for (;;) {
    const pause = Math.max(intervalMs, Math.min(intervalMs * 2 ** unanswered, LONGEST_PAUSE_MS));
    const left = deadline - clock.now();
    await clock.sleep(Math.max(0, Math.min(pause, left)), signal);
    if (pause > left) throw timedOut('The code expired before anybody entered it');
    const step = await poll(provider, begun.device_code, verifier);
    if (typeof step === 'object') return step;
    if (step === 'slow-down') intervalMs += 5000;
    if (step === 'offline' && unanswered === 0)
      terminal.say('The identity provider cannot be reached at the moment; still trying.');
    unanswered = step === 'offline' ? unanswered + 1 : 0;
  }
}

type Step = OidcCredential | 'pending' | 'slow-down' | 'offline';

async function poll(provider: Provider, deviceCode: string, verifier: string): Promise<Step> {
  const { library, configuration } = provider;
  try {
    const tokens = await library.genericGrantRequest(configuration, GRANT, {
      device_code: deviceCode,
      code_verifier: verifier,
    });
    return provider.credential(tokens);
  } catch (error) {
    const answer = (error as { error?: unknown }).error;
    if (answer === 'authorization_pending') return 'pending';
    if (answer === 'slow_down') return 'slow-down';
    if (answer === 'expired_token') throw timedOut('The code expired before anybody entered it');
    const known = provider.explain(error);
    // A network that comes and goes does not end the wait.
    if (known.exit === 'unreachable') return 'offline';
    throw known;
  }
}

function unsupported(issuer: string): CodemieError {
  return new CodemieError({
    code: 'DEVICE_UNSUPPORTED',
    message: `${issuer} does not offer sign-in by device code.`,
    hint: 'codemie profile login --no-browser',
    exit: 'failed',
  });
}
