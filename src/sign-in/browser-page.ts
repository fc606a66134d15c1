import type { Context } from '../context.ts';
import { formatSpan } from '../system/duration.ts';
import { noBrowserReason } from './browser-available.ts';
import { timedOut } from './errors.ts';

export interface BrowserRoute {
  /** If false, prints the address instead. */
  readonly openBrowser: boolean;
  readonly timeoutMs: number;
  readonly callbackPort: number;
}

export interface OpenedPage {
  readonly address: string;
  readonly timeoutMs: number;
  readonly isOpen: boolean;
  /** Why no browser was tried; empty if you asked for that. */
  readonly why?: string | undefined;
}

/** Opens a sign-in page in the browser, if one is available. */
export async function openPage(context: Context, address: string, route: BrowserRoute): Promise<OpenedPage> {
  const why = route.openBrowser ? noBrowserReason(context) : '';
  const isOpen = why === undefined && (await context.openBrowser(address));
  return { address, timeoutMs: route.timeoutMs, isOpen, why };
}

/**
 * Prints the page's address, how long the sign-in waits, and what to paste.
 *
 * @param isHidden pasted text does not appear on the screen.
 */
export function showPage({ terminal }: Context, page: OpenedPage, isHidden = false): void {
  terminal.say(linkText(page));
  terminal.sayExact(page.address);
  terminal.say(`Waiting for you to sign in (${formatSpan(page.timeoutMs)})…`);
  terminal.say(
    `Browser on another computer? After signing in it will show an error page: copy its address and paste it here${isHidden ? ' (it stays hidden)' : ''}.`,
  );
}

/** @returns the line above a sign-in link. */
function linkText({ isOpen, why = 'no browser could be started' }: OpenedPage): string {
  if (isOpen) return "Your browser should open. If it doesn't, open this link:";
  const first = why === '' ? '' : `${why.replace(/^[a-z]/, (letter) => letter.toUpperCase())}. `;
  return `${first}Open this link in your browser:`;
}

/**
 * Enforces the time limit of a sign-in (S9). Also ends when the program is interrupted.
 *
 * @param as e-mail of the person who must sign in.
 * @throws SIGN_IN_TIMEOUT (7).
 */
export async function expire(
  context: Context,
  { timeoutMs }: BrowserRoute,
  done: AbortSignal,
  as?: string,
): Promise<never> {
  await context.clock.sleep(timeoutMs, AbortSignal.any([context.signal, done]));
  throw timedOut(`You didn't finish signing in within ${formatSpan(timeoutMs)}`, as);
}
