import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { findUser, type SandboxUser } from './world.ts';

/**
 * The cookie gateway in front of a deployed CodeMie (oauth2-proxy's shape): `_oauth2_proxy` holds
 * `payload|unix seconds of issue|signature` and is renewed by Set-Cookie once it is old enough.
 */
export interface CookieGateway {
  issue(user: SandboxUser): Record<string, string>;
  verify(
    request: IncomingMessage,
  ): { readonly user: SandboxUser; readonly renewed: readonly string[] } | undefined;
  revokeAll(): void;
}

const NAME = '_oauth2_proxy';
const LIFE_SECONDS = 168 * 3600;
const RENEW_AFTER_SECONDS = 60;

export function createCookieGateway(now: () => number): CookieGateway {
  const key = randomBytes(32);
  let epoch = 0;
  const seal = (text: string): string =>
    createHmac('sha256', key).update(`${epoch}${text}`).digest('base64url');
  const make = (user: SandboxUser): string => {
    const body = `${Buffer.from(user.username).toString('base64url')}|${Math.floor(now() / 1000)}`;
    return `${body}|${seal(body)}`;
  };
  return {
    issue: (user) => ({ [NAME]: make(user) }),
    revokeAll: () => {
      epoch += 1;
    },
    verify: (request) => {
      const value = cookieValue(request, NAME);
      const [payload = '', seconds = '', signature = ''] = (value ?? '').split('|');
      const expected = Buffer.from(seal(`${payload}|${seconds}`));
      const given = Buffer.from(signature);
      if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
      const age = now() / 1000 - Number(seconds);
      const user = findUser(Buffer.from(payload, 'base64url').toString('utf8'));
      if (user === undefined || !(age < LIFE_SECONDS)) return undefined;
      const renewed =
        age > RENEW_AFTER_SECONDS ? [`${NAME}=${make(user)}; Path=/; Max-Age=${LIFE_SECONDS}; HttpOnly`] : [];
      return { user, renewed };
    },
  };
}

function cookieValue(request: IncomingMessage, name: string): string | undefined {
  for (const part of (request.headers.cookie ?? '').split(/;\s*/)) {
    const at = part.indexOf('=');
    if (part.slice(0, at) === name) return part.slice(at + 1);
  }
  return undefined;
}
