import type { Context } from '../../context.ts';
import type { OidcCredential } from '../../credentials/credential.ts';
import { formatSpan } from '../../system/duration.ts';
import { CodemieError, SIGN_IN } from '../../system/errors.ts';
import { printable } from '../../system/printable.ts';
import { timedOut } from '../errors.ts';
import type { Provider } from './provider.ts';
import { verificationAddress } from './verification-address.ts';

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
/** Longest wait for a code, whatever lifetime the provider gives it. */
const MAX_WAIT_MS = 30 * 60_000;
const DEFAULT_INTERVAL_SECONDS = 5;
const MAX_PAUSE_MS = 60_000;

/** A device authorization in progress. */
export interface BegunDevice {
  /** Secret: together with the verifier, it grants the tokens. */
  readonly deviceCode: string;
  readonly verifier: string;
  readonly userCode: string;
  readonly address: string;
  /** The address that includes the code, if the provider gives one. */
  readonly direct: string | undefined;
  readonly intervalMs: number;
  readonly lifeMs: number;
}

/**
 * Device authorization grant (RFC 8628): you sign in on any other device with a short code.
 *
 * @throws SIGN_IN_DENIED (6), SIGN_IN_TIMEOUT (7), DEVICE_UNSUPPORTED, DEVICE_ADDRESS, SIGN_IN_FAILED (1).
 */
export async function signInByDevice(
  context: Context,
  provider: Provider,
  timeoutMs: number,
): Promise<OidcCredential> {
  const begun = await beginDevice(provider);
  const limit = limitOf(begun.lifeMs, timeoutMs);
  await present(context, begun, limit);
  return waitForApproval(context, provider, begun, limit);
}

/** Requests a code. Prints nothing. */
export async function beginDevice({
  library,
  configuration,
  request,
  scope,
  explain,
}: Provider): Promise<BegunDevice> {
  const { issuer, device_authorization_endpoint: endpoint } = configuration.serverMetadata();
  if (endpoint === undefined) throw unsupported(issuer);
  const verifier = library.randomPKCECodeVerifier();
  const begun = await library
    .initiateDeviceAuthorization(configuration, {
      scope,
      // Not part of RFC 8628, but a provider that requires PKCE for a client (Keycloak) requires it here too.
      code_challenge: await library.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(request.resource === undefined ? {} : { resource: request.resource }),
    })
    .catch((error: unknown) => Promise.reject(explain(error)));
  const complete = begun.verification_uri_complete;
  return {
    deviceCode: begun.device_code,
    verifier,
    userCode: printable(begun.user_code, 40),
    address: verificationAddress(begun.verification_uri, issuer),
    direct: complete === undefined ? undefined : verificationAddress(complete, issuer),
    intervalMs: (begun.interval ?? DEFAULT_INTERVAL_SECONDS) * 1000,
    lifeMs: Math.min(begun.expires_in * 1000, MAX_WAIT_MS),
  };
}

async function present(
  { terminal }: Context,
  { address, direct, userCode }: BegunDevice,
  limit: Limit,
): Promise<void> {
  terminal.say('On any device, open this link:');
  terminal.sayExact(address);
  terminal.say(`Enter this code: ${userCode}`);
  if (direct !== undefined) {
    terminal.say('Or use this link (code included):');
    terminal.sayExact(direct);
    if (terminal.interactive) await drawQr(terminal, direct);
  }
  terminal.say(PHISHING);
  terminal.say(
    `Waiting for approval… (${limit.of === 'code' ? 'code expires in ' : ''}${formatSpan(limit.ms)})`,
  );
}

/** The warning of RFC 8628 §5.4: approving a code that another person sent you gives them your access. */
export const PHISHING =
  'Only approve this if you started it. Approving gives this terminal access to your account.';

async function drawQr(terminal: Context['terminal'], address: string): Promise<void> {
  const { qrLines } = await import('../../terminal/qr.ts');
  for (const line of (await qrLines(address, terminal.columns)) ?? []) terminal.sayExact(line);
}

/** How long to wait, and why: until the code expires, or until `--timeout`. */
export interface Limit {
  readonly ms: number;
  readonly of: 'code' | 'wait';
}

/** @returns the shorter limit. */
export function limitOf(codeMs: number, timeoutMs: number): Limit {
  return codeMs <= timeoutMs ? { ms: codeMs, of: 'code' } : { ms: timeoutMs, of: 'wait' };
}

export const EXPIRED = 'The code expired before it was used';

/**
 * Polls as in RFC 8628 §3.5: `slow_down` increases the interval permanently, and a provider that does not respond increases it
 * until it responds again.
 *
 * @param first `ask` polls at once, because the person may have approved already.
 */
export async function waitForApproval(
  context: Context,
  provider: Provider,
  begun: BegunDevice,
  limit: Limit,
  first: 'pause' | 'ask' = 'pause',
): Promise<OidcCredential> {
  const { clock, signal, terminal } = context;
  const deadline = clock.now() + limit.ms;
  let { intervalMs } = begun;
  let unanswered = 0;
  let asked = first === 'pause';
  for (;;) {
    const pause = asked ? Math.max(intervalMs, Math.min(intervalMs * 2 ** unanswered, MAX_PAUSE_MS)) : 0;
    asked = true;
    const left = deadline - clock.now();
    await clock.sleep(Math.max(0, Math.min(pause, left)), signal);
    if (pause > left)
      throw timedOut(
        limit.of === 'code' ? EXPIRED : `You didn't finish signing in within ${formatSpan(limit.ms)}`,
      );
    const step = await poll(provider, begun);
    if (typeof step === 'object') return step;
    if (step === 'slow-down') intervalMs += 5000;
    if (step === 'offline' && unanswered === 0)
      terminal.say("Couldn't reach the identity provider. Retrying…");
    unanswered = step === 'offline' ? unanswered + 1 : 0;
  }
}

type Step = OidcCredential | 'pending' | 'slow-down' | 'offline';

async function poll(provider: Provider, { deviceCode, verifier }: BegunDevice): Promise<Step> {
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
    if (answer === 'expired_token') throw timedOut(EXPIRED);
    const known = provider.explain(error);
    // A network error does not end the wait.
    if (known.exit === 'unreachable') return 'offline';
    throw known;
  }
}

function unsupported(issuer: string): CodemieError {
  return new CodemieError({
    code: 'DEVICE_UNSUPPORTED',
    message: `${issuer} doesn't offer sign-in with a device code.`,
    fix: `${SIGN_IN} --no-browser`,
  });
}
