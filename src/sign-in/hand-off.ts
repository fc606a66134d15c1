import { unusualApiBase } from '../config/api-base.ts';
import { option } from '../config/sign-in-again.ts';
import type { Context } from '../context.ts';
import type { SessionCredential } from '../credentials/credential.ts';
import { asSecrets, sessionCookies, wholeCookie } from '../credentials/renew/session-cookies.ts';
import { openHandOffListener } from '../net/callback/hand-off-listener.ts';
import { listenForPaste, pastedParameter } from '../net/callback/pasted.ts';
import type { Origin } from '../net/origin.ts';
import { type CodemieError, SIGN_IN, usageError } from '../system/errors.ts';
import { objectIn } from '../system/json.ts';
import { askPlatform, isPerson, refusedByPlatform } from './ask-platform.ts';
import { type BrowserRoute, expire, openPage, showPage } from './browser-page.ts';
import type { PlatformAnswer, PlatformPlace } from './request.ts';

export interface HandOffRoute extends BrowserRoute {
  /** E-mail of the person who must sign in. */
  readonly as: string | undefined;
}

export interface HandedOver {
  readonly credential: SessionCredential;
  /** The platform's answer about the session's owner. */
  readonly asked: PlatformAnswer;
}

/** Number of invalid hand-offs that get a message. Later ones are ignored silently. */
const MAX_MESSAGES = 3;

/**
 * CodeMie's own sign-in. You sign in to the platform's gateway in the browser, and the platform sends the gateway's session
 * cookies to a local port (`/v1/auth/login/{port}`), or you paste the address that the browser ends at. The protocol does not
 * bind the response to this request, so the platform must confirm whose session it is before the wait ends. Without a terminal,
 * only the session of the person named with `--as` is accepted.
 *
 * @throws INPUT_REQUIRED (2) without a terminal if no person is named or no browser opens; SIGN_IN_TIMEOUT (7), CALLBACK_PORT
 *   (1), ACCOUNT_DEACTIVATED, ACCOUNT_UNVERIFIED, ACCESS_DENIED (6), and the error if the platform cannot say who signed in.
 */
export async function signInByHandOff(
  context: Context,
  { origin, apiBase }: PlatformPlace,
  route: HandOffRoute,
): Promise<HandedOver> {
  const { terminal } = context;
  if (!terminal.interactive && route.as === undefined) throw noTerminal();
  let refusals = 0;
  const refuse = (why: string): void => {
    refusals += 1;
    if (refusals <= MAX_MESSAGES) terminal.say(why);
  };
  let finish: (result: HandedOver) => void = () => undefined;
  let fail: (error: CodemieError) => void = () => undefined;
  const handedOver = new Promise<HandedOver>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  handedOver.catch(() => undefined);
  const isHandOff = (token: string): boolean => {
    if (namesLocalAccounts(token))
      refuse(`${origin} sent no session. If it uses email and password, sign in with --method local.`);
    return readHandOff(token, origin, context.clock.now()) !== undefined;
  };
  const take = async (token: string): Promise<boolean> => {
    const session = readHandOff(token, origin, context.clock.now());
    if (session === undefined) return false;
    const asked = await askPlatform(context, origin, session, { apiBase });
    if (asked.silence !== undefined) fail(asked.silence);
    // The platform knows this person and refuses them, so no other session helps.
    else if (asked.refusal?.exit === 'denied') fail(refusedByPlatform(origin, 'hand-off', asked.refusal));
    else if (asked.user === undefined)
      refuse(`${origin} doesn't recognize the session it sent. Still waiting.`);
    else if (route.as !== undefined && !isPerson(asked.user, route.as))
      refuse(`A session arrived for someone other than ${route.as}. Still waiting.`);
    else {
      const unusual = unusualApiBase(origin, apiBase);
      finish({ credential: { ...session, ...(unusual && { apiBase: unusual }) }, asked });
      return true;
    }
    return false;
  };

  const listener = await openHandOffListener(route.callbackPort, { isHandOff, take });
  const paste = listenForPaste(terminal.stdin, readPastedHandOff, refuse);
  const done = new AbortController();
  let outcome: 'signed-in' | 'failed' = 'failed';
  try {
    await present(context, `${apiBase}/v1/auth/login/${listener.port}`, listener.port, route);
    const expired = expire(context, route, done.signal, route.as);
    const pasted = takeEach(paste.next, async (token) => isHandOff(token) && take(token));
    const result = await Promise.race([handedOver, pasted, expired]);
    outcome = 'signed-in';
    return result;
  } finally {
    done.abort();
    paste.close();
    await listener.close(outcome);
  }
}

/** Never resolves: `take` ends the wait when it accepts a session. */
async function takeEach(
  next: () => Promise<{ readonly token: string }>,
  take: (token: string) => Promise<boolean>,
): Promise<never> {
  for (;;) await take((await next()).token);
}

async function present(context: Context, address: string, port: number, route: HandOffRoute): Promise<void> {
  const { terminal, env } = context;
  const page = await openPage(context, address, route);
  // Without a terminal, only a user who disabled the browser expects to open the address.
  const isWanted = route.openBrowser && env['BROWSER'] !== 'none';
  if (!page.isOpen && isWanted && !terminal.interactive)
    throw noBrowser(page.why ?? "it couldn't be started", route);
  showPage(context, page, true);
  const server = (env['SSH_CONNECTION'] ?? '').split(' ')[2];
  if (server !== undefined)
    terminal.say(
      `Or, before you open the link, run this on the computer with the browser: ssh -N -L ${port}:localhost:${port} ${env['USER'] ?? 'you'}@${server}`,
    );
}

/**
 * Reads a hand-off: standard base64 of JSON `{"provider", "cookies": {name: value}}`.
 *
 * @returns undefined if it contains no complete session cookie.
 */
export function readHandOff(token: string, origin: Origin, now: number): SessionCredential | undefined {
  const cookies = contentOf(token)?.['cookies'];
  if (typeof cookies !== 'object' || cookies === null) return undefined;
  const session = wholeCookie(sessionCookies(cookies as Record<string, unknown>));
  if (session === undefined) return undefined;
  return {
    kind: 'session',
    origin,
    identity: {},
    obtainedAt: Math.min(session.obtainedAt, now),
    cookies: asSecrets(session.family),
  };
}

function contentOf(token: string): Record<string, unknown> | undefined {
  return objectIn(Buffer.from(token, 'base64').toString('utf8'));
}

/** A platform with local accounts sends only the provider's name, without cookies. */
function namesLocalAccounts(token: string): boolean {
  const content = contentOf(token);
  return content?.['provider'] === 'local' && !('cookies' in content);
}

/** @returns the hand-off in a pasted line, a message if it contains none, or undefined for an empty line. */
export function readPastedHandOff(line: string): { readonly token: string } | string | undefined {
  const text = pastedParameter(line, 'token');
  if (text === undefined || text === '') return undefined;
  // The server does not percent-encode its base64, so every plus was decoded as a space.
  const token = text.replaceAll(' ', '+');
  return readHandOff(token, '', 0) === undefined && !namesLocalAccounts(token)
    ? "That isn't a sign-in link. Paste the full address from your browser (http://localhost:…/auth?token=…)."
    : { token };
}

function noBrowser(why: string, { as }: HandOffRoute): CodemieError {
  return usageError(
    `Signing in needs a browser, but it can't be opened here (${why}), and there is no terminal to show the link on.`,
    { fix: `${SIGN_IN}${option('as', as)} --no-browser`, hint: 'Open the link yourself.' },
    'INPUT_REQUIRED',
  );
}

function noTerminal(): CodemieError {
  return usageError(
    "This server doesn't say who signed in, and there is no terminal to ask you.",
    { hint: `Say who you are: ${SIGN_IN} --as you@example.com` },
    'INPUT_REQUIRED',
  );
}
