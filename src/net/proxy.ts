import { systemCode } from '../system/errors.ts';
import type { HttpRequest, HttpResponse } from './request.ts';
import { unreachable } from './request.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxy the environment names for an address, lower-case names first, or undefined to go direct.
 * NO_PROXY: comma separated hosts, `.suffix`, `host:port`, `*`. Loopback is always direct: a sign-in callback or
 * a local gateway must not travel through somebody else's machine.
 */
export function proxyUrl(url: URL, env: Env): string | undefined {
  const read = (name: string): string | undefined => env[name] || env[name.toUpperCase()] || undefined;
  const proxy = read(url.protocol === 'https:' ? 'https_proxy' : 'http_proxy');
  if (proxy === undefined) return undefined;
  const host = url.hostname.toLowerCase();
  if (/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host)) return undefined;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  for (const entry of (read('no_proxy') ?? '').toLowerCase().split(/[\s,]+/)) {
    if (entry === '') continue;
    if (entry === '*') return undefined;
    const [, name = entry, onPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
    if (onPort !== undefined && onPort !== port) continue;
    const bare = name.replace(/^\*?\./, '');
    if (host === bare || host.endsWith(`.${bare}`)) return undefined;
  }
  return proxy;
}

/** @returns a sender through the environment's proxy, which answers undefined where none applies. */
export function proxyFor(
  env: Env,
  userAgent: string,
): (request: HttpRequest) => Promise<HttpResponse> | undefined {
  return (request) => {
    const url = new URL(request.url);
    const proxy = proxyUrl(url, env);
    return proxy === undefined ? undefined : throughProxy(request, url, proxy, userAgent);
  };
}

async function throughProxy(
  request: HttpRequest,
  url: URL,
  proxy: string,
  userAgent: string,
): Promise<HttpResponse> {
  const { ProxyAgent, request: send } = await import('undici');
  const dispatcher = new ProxyAgent({ uri: proxy, requestTls: { rejectUnauthorized: true } });
  const timeout = AbortSignal.timeout(request.timeoutMs ?? 15_000);
  try {
    const answer = await send(url, {
      dispatcher,
      method: (request.method ?? 'GET') as 'GET',
      headers: { 'user-agent': userAgent, ...request.headers },
      body: request.body ?? null,
      signal: request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]),
    });
    const limit = request.maxBytes ?? 1_048_576;
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) throw new Error(`more than ${limit} bytes`);
      chunks.push(chunk);
    }
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(answer.headers)) {
      if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
    }
    const cookies = answer.headers['set-cookie'];
    return {
      status: answer.statusCode,
      headers,
      setCookie: cookies === undefined ? [] : Array.isArray(cookies) ? cookies : [cookies],
      body: Buffer.concat(chunks),
    };
  } catch (error) {
    if (request.signal?.aborted === true) throw request.signal.reason;
    const via = new URL(proxy);
    throw unreachable(url, `could not be reached through the proxy ${via.host}`, systemCode(error), error);
  } finally {
    await dispatcher.close().catch(() => undefined);
  }
}
