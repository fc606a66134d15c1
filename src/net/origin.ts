import { CodemieError } from '../system/errors.ts';

/** A scheme + host + port in canonical form: `https://host`, `http://127.0.0.1:8080`. Credentials are bound to it. */
export type Origin = string;

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** @returns true for a host that never leaves this machine. Accepts the bracketed form of IPv6. */
export function isLoopbackHost(host: string): boolean {
  return LOOPBACK.test(host.toLowerCase());
}

/**
 * The canonical origin of whatever a person pasted: `host`, `https://HOST:443/code-assistant-api/`, a link from the
 * web interface. Lower case, default port dropped, path, query and user info gone.
 *
 * @throws URL_INVALID for what is no web address, URL_INSECURE for plain http to another machine.
 */
export function canonicalOrigin(input: string): Origin {
  const url = parseWebUrl(input);
  return `${url.protocol}//${url.host}`;
}

/** @returns whether a text is an address at an origin; what is no address is at none. */
export function isAddressOf(address: string, origin: Origin): boolean {
  try {
    return canonicalOrigin(address) === origin;
  } catch {
    return false;
  }
}

function parseWebUrl(input: string): URL {
  const text = input.trim();
  const candidate = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  let url: URL;
  try {
    url = new URL(candidate);
  } catch (cause) {
    throw invalid(text, cause);
  }
  if (/[\u0000-\u0020\u007f]/.test(text) || url.hostname === '') throw invalid(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw invalid(text);
  const name = url.hostname.replace(/\.+$/, '');
  if (name === '') throw invalid(text);
  url.hostname = name;
  requireSecure(url);
  return url;
}

/** @throws URL_INSECURE when a credential would travel in the clear to another machine (RFC 9700 §2.6). */
export function requireSecure(url: URL): void {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))) return;
  throw new CodemieError({
    code: 'URL_INSECURE',
    message: `${url.protocol}//${url.host} is not encrypted. A credential is only sent over https, or to this machine.`,
    hint: `Use https://${url.host}`,
  });
}

function invalid(text: string, cause?: unknown): CodemieError {
  return new CodemieError({
    code: 'URL_INVALID',
    message: `"${text.slice(0, 200)}" is not the address of a platform.`,
    hint: 'Give it as https://your-codemie-instance.com',
    cause,
  });
}
