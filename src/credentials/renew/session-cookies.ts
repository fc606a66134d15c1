import { Secret } from '../../system/secret.ts';

/**
 * The session cookies of an oauth2-proxy gateway: one `_oauth2_proxy`, or numbered parts when it is too long for one.
 * Joined in order they read `payload|unix seconds of issue or renewal|signature`.
 */
export type CookieFamily = Readonly<Record<string, string>>;

const NAME = /^_oauth2_proxy(?:_(\d{1,2}))?$/;

/** @returns only the session's own cookies of a set; `_csrf` ones and strangers are left out. */
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
  /** The moment of issue or last renewal (ms). */
  readonly obtainedAt: number;
}

/**
 * Chooses what makes one whole cookie: a browser may hold both forms, or parts of an earlier, longer cookie beyond those of
 * the present one. The newer of two whole ones counts.
 *
 * @returns undefined when nothing does.
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

/** HMAC with SHA-256 or, of older gateways, SHA-1, in base64. */
const SIGNATURE = /^(?:[\w+/-]{43}|[\w+/-]{27})=?$/;

/** A part left over would only lengthen the signature, so one of the right length is the better sign of where it ends. */
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
  /** The end the gateway named (Max-Age or Expires), ms since the epoch. */
  readonly expiresAt?: number;
}

/**
 * Reads a renewal out of `Set-Cookie` lines. The whole family is replaced or nothing: a lone first part (a front server
 * that passes on one cookie) or a clearing cookie (an identity provider that hiccuped) never harms a stored session.
 */
export function renewalIn(lines: readonly string[], now: number): RenewedFamily | undefined {
  const cookies: Record<string, string> = {};
  let expiresAt: number | undefined;
  for (const line of lines) {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    const name = pair.slice(0, at);
    if (!NAME.test(name)) continue;
    const end = endOf(attributes, now);
    // A cookie that is being cleared: empty, or already over.
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

/** RFC 6265 §5.2: Max-Age wins over Expires. */
function endOf(attributes: readonly string[], now: number): number | undefined {
  let end: number | undefined;
  for (const attribute of attributes) {
    const [name = '', value = ''] = attribute.split(/=(.*)/s);
    if (name.toLowerCase() === 'max-age' && /^-?\d+$/.test(value)) return now + Number(value) * 1000;
    const date = name.toLowerCase() === 'expires' ? Date.parse(value) : Number.NaN;
    if (!Number.isNaN(date)) end = date;
  }
  return end;
}
