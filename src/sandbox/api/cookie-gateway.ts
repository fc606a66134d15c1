import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { findUser, type SandboxUser } from '../people-and-models.ts';

/**
 * The cookie gateway in front of a deployed CodeMie, modeled on oauth2-proxy: `_oauth2_proxy` holds `payload|Unix
 * time of issue in seconds|signature`, and Set-Cookie renews it once it is old enough.
 */
export interface CookieGateway {
  /** @returns the Set-Cookie header of a new session. */
  issue(user: SandboxUser): string;
  verify(
    request: IncomingMessage,
  ): { readonly user: SandboxUser; readonly renewed: readonly string[] } | undefined;
  revokeAll(): void;
}

export const SESSION_COOKIE = '_oauth2_proxy';
const LIFE_SECONDS = 168 * 3600;
const RENEW_AFTER_SECONDS = 60;

export function createCookieGateway(now: () => number): CookieGateway {
  const key = randomBytes(32);
  let epoch = 0;
  const seal = (text: string): string =>
    createHmac('sha256', key).update(`${epoch}${text}`).digest('base64url');
  const make = (user: SandboxUser): string => {
    const body = `${Buffer.from(user.id).toString('base64url')}|${Math.floor(now() / 1000)}`;
    return `${body}|${seal(body)}`;
  };
  const lineFor = (user: SandboxUser): string =>
    `${SESSION_COOKIE}=${make(user)}; Path=/; Max-Age=${LIFE_SECONDS}; HttpOnly; SameSite=lax`;
  return {
    issue: lineFor,
    revokeAll: () => {
      epoch += 1;
    },
    verify: (request) => {
      const value = cookiesOf(request).get(SESSION_COOKIE);
      const [payload = '', seconds = '', signature = ''] = (value ?? '').split('|');
      const expected = Buffer.from(seal(`${payload}|${seconds}`));
      const given = Buffer.from(signature);
      if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
      const age = now() / 1000 - Number(seconds);
      const user = findUser(Buffer.from(payload, 'base64url').toString('utf8'));
      if (user === undefined || !(age < LIFE_SECONDS)) return undefined;
      const renewed = age > RENEW_AFTER_SECONDS ? [lineFor(user)] : [];
      return { user, renewed };
    },
  };
}

/** @returns the request's cookies, by name. */
export function cookiesOf(request: IncomingMessage): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const part of (request.headers.cookie ?? '').split(/;\s*/)) {
    const at = part.indexOf('=');
    if (at > 0) cookies.set(part.slice(0, at), part.slice(at + 1));
  }
  return cookies;
}

/** The Set-Cookie header that clears the session cookie, as the platform's sign-out sends it. */
export function clearedCookie(name: string, now: number): string {
  return `${name}=""; expires=${new Date(now).toUTCString()}; Max-Age=0; Path=/; SameSite=lax`;
}
