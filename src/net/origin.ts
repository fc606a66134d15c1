import { CodemieError } from '../system/errors.ts';
import { withoutEnd } from '../system/trim-end.ts';

/**
 * Scheme, host and port in canonical form: `https://host`, `http://127.0.0.1:8080`. A credential is bound to its
 * origin.
 */
export type Origin = string;

/** @returns the host as sockets and lookups take it: without the brackets of an IPv6 address. */
export function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** @returns true if the host is this machine. Accepts IPv6 in brackets. */
export function isLoopbackHost(host: string): boolean {
  return LOOPBACK.test(host.toLowerCase());
}

/**
 * The canonical origin of a URL that a user pasted: `host`, `https://HOST:443/code-assistant-api/`, a link from the
 * web interface. Lower case, without default port, path, query and user info.
 *
 * @throws URL_INVALID if it is not a web address, URL_INSECURE for plain http to another machine.
 */
export function canonicalOrigin(input: string): Origin {
  const url = parseWebUrl(input);
  return `${url.protocol}//${url.host}`;
}

/** @returns whether a text is a URL with this origin; false if it is not a URL. */
export function isAddressOf(address: string, origin: Origin): boolean {
  try {
    return canonicalOrigin(address) === origin;
  } catch {
    return false;
  }
}

const QUOTED = /^["'`<‘’“”]|["'`>‘’“”]$/;
/** A host called `https` is a scheme with a slash or a colon missing. */
const HOST = /^(?!https?$)[a-z0-9._-]+$|^\[[0-9a-f:.]+\]$/i;

function parseWebUrl(input: string): URL {
  const text = input.trim();
  const candidate = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  let url: URL;
  try {
    url = new URL(candidate);
  } catch (cause) {
    throw invalid(text, cause);
  }
  if (/[\u0000-\u0020\u007f\\]/.test(text) || QUOTED.test(text) || !HOST.test(url.hostname))
    throw invalid(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw invalid(text);
  const name = withoutEnd(url.hostname, '.');
  if (name === '') throw invalid(text);
  url.hostname = name;
  requireSecure(url);
  return url;
}

/** @returns the URL in a text that is a web address without user name and password; undefined for anything else. */
export function webUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
    ? url
    : undefined;
}

/** @returns whether what is sent there stays secret: https, or http on this machine (RFC 9700 §2.6). */
export function isSecure({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname));
}

/** @throws URL_INSECURE if a credential would be sent unencrypted to another machine. */
export function requireSecure(url: URL): void {
  if (isSecure(url)) return;
  throw new CodemieError({
    code: 'URL_INSECURE',
    message: `${url.protocol}//${url.host} isn't secure. Use https:// (http:// is allowed only for localhost).`,
  });
}

function invalid(text: string, cause?: unknown): CodemieError {
  return new CodemieError({
    code: 'URL_INVALID',
    message: `"${text.slice(0, 200)}" is not a valid URL.`,
    hint: `Enter a URL, such as ${rightForm(text) ?? 'https://codemie.example.com'}.`,
    cause,
  });
}

/** @returns what was probably meant: without quotes, with the slashes that belong there. */
function rightForm(text: string): string | undefined {
  const bare = text.slice(0, 200).replace(/^["'`<‘’“”\s]+|["'`>‘’“”\s]+$/g, '');
  const form = bare
    .replace(/^(?:https?:[\\/]*)+(?=https?:)/i, '')
    .replace(/^(https?)(?::[\\/]*|[\\/]+)/i, '$1://')
    .replaceAll('\\', '/');
  try {
    return form === text ? undefined : canonicalOrigin(form);
  } catch {
    return undefined;
  }
}
