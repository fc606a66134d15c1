import { CodemieError } from '../system/errors.ts';
import { isLeftOut } from './no-proxy.ts';
import { isLoopbackHost } from './origin.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxy the environment names for an address, lower-case names first, or undefined to go direct. One without a scheme
 * is spoken to over http. Loopback is always direct: a sign-in callback or a local gateway must not travel through
 * somebody else's machine.
 *
 * @throws PROXY_INVALID (9) for a value that names no proxy.
 */
export function proxyUrl(url: URL, env: Env): string | undefined {
  const proxy = read(url.protocol === 'https:' ? 'https_proxy' : 'http_proxy', env);
  if (proxy === undefined) return undefined;
  const host = url.hostname.toLowerCase();
  if (isLoopbackHost(host.replace(/\.$/, ''))) return undefined;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (isLeftOut(host, port, read('no_proxy', env)?.value ?? '')) return undefined;
  return addressOf(proxy);
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

function addressOf({ name, value }: Variable): string {
  const text = value.includes('://') ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '') throw invalid(name, 'is not an address');
  if (!['http:', 'https:'].includes(url.protocol)) throw invalid(name, 'is neither http nor https');
  try {
    decodeURIComponent(`${url.username}${url.password}`);
  } catch {
    throw invalid(name, 'has a user or password with a % that is not encoded (%25)');
  }
  return url.href;
}

/** The value may hold a password and is not repeated. */
function invalid(name: string, why: string): CodemieError {
  return new CodemieError({
    code: 'PROXY_INVALID',
    message: `The proxy in ${name} cannot be used: its value ${why}.`,
    hint: `export ${name}=http://proxy.example.com:3128`,
    exit: 'config',
  });
}
