import { unusualApiBase } from '../config/address.ts';
import type { Context } from '../context.ts';
import { asSecrets, sessionCookies, wholeCookie } from '../credentials/cookies.ts';
import type { SessionCredential } from '../credentials/credential.ts';
import { openHandOff } from '../net/hand-off.ts';
import type { Origin } from '../net/origin.ts';
import { formatSpan } from '../system/duration.ts';
import { CodemieError, SIGN_IN } from '../system/errors.ts';
import { objectIn } from '../system/json.ts';
import type { BrowserRoute } from './browser.ts';
import { timedOut } from './failures.ts';
import { noBrowserReason } from './route.ts';

/**
 * CodeMie's own sign-in: the browser signs in at the platform's gateway, and the platform hands the gateway's session
 * cookies to a local port (`/v1/auth/login/{port}`). The caller must ask the platform who that was: nothing in this
 * protocol binds the answer to the person who asked.
 *
 * @param apiBase where the platform's API begins.
 * @throws SIGN_IN_TIMEOUT (7), HAND_OFF_UNUSABLE (1), CALLBACK_PORT (1).
 */
export async function signInByHandOff(
  context: Context,
  origin: Origin,
  apiBase: string,
  route: BrowserRoute,
): Promise<SessionCredential> {
  const listener = await openHandOff(route.callbackPort, (token) => contentOf(token) !== undefined);
  const done = new AbortController();
  let outcome: 'signed-in' | 'failed' = 'failed';
  try {
    const address = `${apiBase}/v1/auth/login/${listener.port}`;
    const { terminal } = context;
    const why = route.openBrowser ? noBrowserReason(context) : '--no-browser was given';
    const opened = why === undefined && (await context.openBrowser(address));
    terminal.say(
      opened
        ? 'The platform’s sign-in page is open in your browser. If it is not, open this address:'
        : `Open this address to sign in (${why ?? 'no browser could be started here'}):`,
    );
    terminal.sayExact(address);
    terminal.say(
      `Waiting for ${formatSpan(route.timeoutMs)}. The browser must run on this machine for this kind of sign-in.`,
    );
    const token = await Promise.race([listener.token, expire(context, route.timeoutMs, done.signal)]);
    const credential = readHandOff(token, origin, context.clock.now());
    outcome = 'signed-in';
    const unusual = unusualApiBase(origin, apiBase);
    return { ...credential, ...(unusual && { apiBase: unusual }) };
  } finally {
    done.abort();
    await listener.close(outcome);
  }
}

/**
 * Reads what the platform handed over: standard base64 of JSON `{"provider", "cookies": {name: value}}`.
 *
 * @throws HAND_OFF_UNUSABLE without repeating any of it.
 */
export function readHandOff(token: string, origin: Origin, now: number): SessionCredential {
  const cookies = contentOf(token)?.['cookies'];
  if (typeof cookies !== 'object' || cookies === null) {
    throw unusable('it holds no session (the platform may use local accounts)');
  }
  const session = wholeCookie(sessionCookies(cookies as Record<string, unknown>));
  if (session === undefined) throw unusable('its session cookie is not whole');
  return {
    kind: 'session',
    origin,
    identity: {},
    obtainedAt: Math.min(session.obtainedAt, now),
    cookies: asSecrets(session.family),
  };
}

/** @returns what a server handed over, or undefined when this is from somebody else: any page may call a local port. */
function contentOf(token: string): Record<string, unknown> | undefined {
  const body = objectIn(Buffer.from(token, 'base64').toString('utf8'));
  return body !== undefined && ('provider' in body || 'cookies' in body) ? body : undefined;
}

async function expire(context: Context, timeoutMs: number, done: AbortSignal): Promise<never> {
  await context.clock.sleep(timeoutMs, AbortSignal.any([context.signal, done]));
  throw timedOut(`Nobody completed the sign-in within ${formatSpan(timeoutMs)}`);
}

function unusable(why: string): CodemieError {
  return new CodemieError({
    code: 'HAND_OFF_UNUSABLE',
    message: `What the platform handed over cannot be used: ${why}.`,
    hint: `Try again, or give a token: ${SIGN_IN} --with-token`,
    exit: 'failed',
  });
}
