import type { Env } from '../system/env.ts';
import { CodemieError } from '../system/errors.ts';
import { isLeftOut } from './no-proxy.ts';
import { isLoopbackHost } from './origin.ts';

export interface HttpProxy {
  readonly url: URL;
  /** For messages: host, port and the variable it comes from; never its password. */
  readonly label: string;
  readonly variable: string;
}

/**
 * The proxy that the environment sets for a URL, or undefined for a direct connection. Lower-case variables come
 * first. A proxy without a scheme uses http. Loopback is always direct: a sign-in callback or a local gateway must
 * not go through another machine.
 *
 * @throws PROXY_INVALID (9) if the value is not a proxy address.
 */
export function proxyFor(url: URL, env: Env): HttpProxy | undefined {
  return isException(url, read('no_proxy', env)?.value ?? '') ? undefined : proxyInSpite(url, env);
}

/** What keeps a URL from the proxy that is set. */
export interface ProxyException {
  readonly proxy: HttpProxy;
  /** `NO_PROXY` or `no_proxy`. */
  readonly variable: string;
  /** Its value without the entries that cover the URL. */
  readonly rest: string;
}

/**
 * @returns undefined for a URL that no entry of NO_PROXY covers, or if no proxy is set.
 * @throws PROXY_INVALID (9).
 */
export function exceptionFor(url: URL, env: Env): ProxyException | undefined {
  const list = read('no_proxy', env);
  if (list === undefined || !isException(url, list.value)) return undefined;
  const rest = list.value.split(/[\s,]+/).filter((entry) => !isException(url, entry));
  const proxy = proxyInSpite(url, env);
  return proxy === undefined ? undefined : { proxy, variable: list.name, rest: rest.join(',') };
}

function isException(url: URL, list: string): boolean {
  return isLeftOut(url.hostname.toLowerCase(), url.port || (url.protocol === 'https:' ? '443' : '80'), list);
}

/** The proxy that is set, whatever NO_PROXY says. */
function proxyInSpite(url: URL, env: Env): HttpProxy | undefined {
  const variable = read(url.protocol === 'https:' ? 'https_proxy' : 'http_proxy', env);
  if (variable === undefined || isLoopbackHost(url.hostname.toLowerCase().replace(/\.$/, '')))
    return undefined;
  const proxy = addressOf(variable);
  return { url: proxy, label: `${proxy.host} (${variable.name})`, variable: variable.name };
}

interface Variable {
  readonly name: string;
  readonly value: string;
}

function read(lower: string, env: Env): Variable | undefined {
  for (const name of [lower, lower.toUpperCase()]) {
    const value = env[name]?.trim();
    if (value) return { name, value };
  }
  return undefined;
}

const ENCODE =
  'In the user name and password, write \\ as %5C, / as %2F, @ as %40, # as %23, ? as %3F, : as %3A and % as %25.';

function addressOf({ name, value }: Variable): URL {
  const text = value.includes('://') ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && !['http:', 'https:'].includes(url.protocol))
    throw invalid(name, 'it must start with http:// or https://');
  if (/\.(pac|dat)$/i.test(url?.pathname ?? ''))
    throw invalid(name, 'it is a PAC file. Use the proxy that the PAC file names');
  // The URL parser takes the part before a slash or a backslash as the host.
  if (/^[a-z]+:\/\/.*[/\\?#].*@/i.test(text))
    throw invalid(name, `the user name or password contains a special character. ${ENCODE}`);
  if (url === undefined || url.hostname === '') throw invalid(name, 'it is not a URL');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    throw invalid(name, 'it must be only a host and a port');
  try {
    decodeURIComponent(`${url.username}${url.password}`);
  } catch {
    throw invalid(name, `the user name or password contains a % that is not encoded. ${ENCODE}`);
  }
  return url;
}

/** The error does not repeat the value, which may contain a password. */
function invalid(name: string, why: string): CodemieError {
  return new CodemieError({
    code: 'PROXY_INVALID',
    message: `Couldn't use the proxy in ${name}: ${why.replace(/\.$/, '')}.`,
    hint: `Set it like this: export ${name}=http://proxy.example.com:3128`,
  });
}
