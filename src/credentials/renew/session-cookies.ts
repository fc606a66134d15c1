import { Secret } from '../../system/secret.ts';

/**
 * The session cookies of an oauth2-proxy gateway: one `_oauth2_proxy`, or numbered parts if it is too long for one cookie.
 * Joined in order they read `payload|unix seconds of issue or renewal|signature`.
 */
export type CookieFamily = Readonly<Record<string, string>>;

const NAME = /^_oauth2_proxy(?:_(\d{1,2}))?$/;

/** @returns only the session cookies, without `_csrf` and unrelated ones. */
export function sessionCookies(cookies: Readonly<Record<string, unknown>>): CookieFamily {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(cookies)) {
    if (NAME.test(name) && typeof value === 'string' && /^[\x21-\x7e]+$/.test(value) && !/[;,]/.test(value))
      kept[name] = value;
  }
  return kept;
}

export interface WholeCookie {
  readonly family: CookieFamily;
  /** Time of issue or last renewal, ms since the epoch. */
  readonly obtainedAt: number;
}

/**
 * Picks the cookies that form one complete session. A browser may hold both forms, or leftover parts of an older, longer
 * cookie. If there are two complete ones, the newer counts.
 *
 * @returns undefined if no cookies form a complete session.
 */
export function wholeCookie(cookies: CookieFamily): WholeCookie | undefined {
  const { _oauth2_proxy: single } = cookies;
  const wholes = [single === undefined ? undefined : whole({ _oauth2_proxy: single }), split(cookies)];
  return wholes
    .filter((one) => one !== undefined)
    .reduce<WholeCookie | undefined>(
      (best, one) => (best === undefined || one.obtainedAt > best.obtainedAt ? one : best),
      undefined,
    );
}

/** HMAC with SHA-256 or, from older gateways, SHA-1, in base64. */
const SIGNATURE = /^(?:[\w+/-]{43}|[\w+/-]{27})=?$/;

/** Joins the numbered parts. A leftover part only makes the signature longer, so the signature's length shows where the cookie ends. */
function split(cookies: CookieFamily): WholeCookie | undefined {
  const family: Record<string, string> = {};
  const wholes: WholeCookie[] = [];
  for (let i = 0; ; i += 1) {
    const part = cookies[`_oauth2_proxy_${i}`];
    if (part === undefined) break;
    family[`_oauth2_proxy_${i}`] = part;
    const found = whole({ ...family });
    if (found !== undefined) wholes.push(found);
  }
  return wholes.find((one) => SIGNATURE.test(joined(one.family).split('|')[2] ?? '')) ?? wholes.at(-1);
}

function whole(family: CookieFamily): WholeCookie | undefined {
  const [payload, seconds, signature, ...more] = joined(family).split('|');
  const isWhole =
    payload !== '' && /^\d{9,11}$/.test(seconds ?? '') && (signature ?? '') !== '' && more.length === 0;
  return isWhole ? { family, obtainedAt: Number(seconds) * 1000 } : undefined;
}

function joined(family: CookieFamily): string {
  return Object.values(family).join('');
}

export interface RenewedFamily {
  readonly cookies: Readonly<Record<string, Secret>>;
  readonly obtainedAt: number;
  /** Expiry from the gateway (Max-Age or Expires), ms since the epoch. */
  readonly expiresAt?: number;
}

/**
 * Reads a renewed session from `Set-Cookie` lines. It replaces the whole family or nothing, so a single part (from a proxy that
 * forwards only one cookie) or a cookie that clears the session (after an error of the identity provider) never damages a
 * stored session.
 */
export function renewalIn(lines: readonly string[], now: number): RenewedFamily | undefined {
  const cookies: Record<string, string> = {};
  let expiresAt: number | undefined;
  for (const line of lines) {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    const name = pair.slice(0, at);
    if (!NAME.test(name)) continue;
    const end = expiryOf(attributes, now);
    // Empty or already expired: the gateway is clearing this cookie.
    if (pair.slice(at + 1) === '' || (end !== undefined && end <= now)) continue;
    cookies[name] = pair.slice(at + 1);
    expiresAt = end ?? expiresAt;
  }
  const renewed = wholeCookie(sessionCookies(cookies));
  if (renewed === undefined) return undefined;
  const { family, obtainedAt } = renewed;
  return { cookies: asSecrets(family), obtainedAt, ...(expiresAt === undefined ? {} : { expiresAt }) };
}

export function asSecrets(family: CookieFamily): Record<string, Secret> {
  return Object.fromEntries(Object.entries(family).map(([name, value]) => [name, new Secret(value)]));
}

/** Seconds; browsers keep no cookie for longer (400 days). */
const LONGEST_AGE = 400 * 86_400;

/** RFC 6265 §5.2: Max-Age takes precedence over Expires. */
function expiryOf(attributes: readonly string[], now: number): number | undefined {
  let end: number | undefined;
  for (const attribute of attributes) {
    const [name = '', value = ''] = attribute.split(/=(.*)/s);
    if (name.toLowerCase() === 'max-age' && /^-?\d+$/.test(value))
      return now + Math.min(Number(value), LONGEST_AGE) * 1000;
    const date = name.toLowerCase() === 'expires' ? Date.parse(value) : Number.NaN;
    if (!Number.isNaN(date)) end = date;
  }
  return end;
}
