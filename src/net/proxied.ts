import { type Dispatcher, ProxyAgent, request as send } from 'undici';
import { messageOf, systemCode } from '../system/errors.ts';
import type { HttpRequest, HttpResponse } from './request.ts';
import { unreachable } from './unreachable.ts';

export interface ProxyRoute {
  readonly url: URL;
  readonly proxy: string;
  readonly userAgent: string;
  readonly ca: readonly string[] | undefined;
}

/** undici's dispatcher for a proxy: TLS verified on both legs, with the same certificates. */
export function proxyAgent(
  proxy: string,
  ca: readonly string[] | undefined,
  timeouts: { readonly headersTimeout?: number; readonly bodyTimeout?: number } = {},
): Dispatcher {
  const tls = { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca: [...ca] }) };
  return new ProxyAgent({ uri: proxy, requestTls: tls, proxyTls: tls, maxHeaderSize: 131_072, ...timeouts });
}

/** One exchange through the environment's proxy. Loaded only where there is one: undici takes 100 ms to import. */
export async function throughProxy(
  request: HttpRequest,
  { url, proxy, userAgent, ca }: ProxyRoute,
): Promise<HttpResponse> {
  const dispatcher = proxyAgent(proxy, ca);
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
    throw unreachable(
      url,
      `could not be reached through the proxy ${via.host} (${reasonOf(error)})`,
      systemCode(error),
      error,
    );
  } finally {
    await dispatcher.close().catch(() => undefined);
  }
}

/** undici names the status a proxy refused a tunnel with in its message alone. */
function reasonOf(error: unknown): string {
  if (/\b407\b/.test(messageOf(error))) return 'it asks for a user and password: http://user:password@proxy';
  return systemCode(error) ?? 'no answer';
}
