import { Agent as PlainAgent, request as plain } from 'node:http';
import { Agent as SecureAgent, request as secure } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Dispatcher } from 'undici';
import type { Origin } from '../net/origin.ts';
import { proxyUrl } from '../net/proxy.ts';
import { systemCode } from '../system/errors.ts';

export interface UpstreamRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | AsyncIterable<Buffer>;
  /** Registers what ends the request when nobody waits for its answer any more. */
  readonly onGone: (end: () => void) => void;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As it arrives; never held whole. */
  readonly body: Readable;
}

export interface Upstream {
  send(request: UpstreamRequest): Promise<UpstreamAnswer>;
  close(): void;
}

/**
 * Connections to the platform, kept alive, through the environment's proxy where it names one. No redirect is followed,
 * no answer is buffered, and there is no time limit: a model may think for long, and the agent has its own patience.
 */
export function openUpstream(
  origin: Origin,
  env: Readonly<Record<string, string | undefined>>,
  ca: readonly string[] | undefined,
): Upstream {
  const proxy = proxyUrl(new URL(origin), env);
  return proxy === undefined ? direct(origin, ca) : throughProxy(origin, proxy, ca);
}

/**
 * `node:http(s)` is loaded anyway. undici moves more requests a second, but its import and its WebAssembly cost a launch
 * about 100 ms, which is felt at every start of an agent (docs/decisions/0005).
 */
function direct(origin: Origin, ca: readonly string[] | undefined): Upstream {
  const url = new URL(origin);
  const isSecure = url.protocol === 'https:';
  const agent = isSecure
    ? new SecureAgent({
        keepAlive: true,
        rejectUnauthorized: true,
        ...(ca === undefined ? {} : { ca: [...ca] }),
      })
    : new PlainAgent({ keepAlive: true });
  const send = (request: UpstreamRequest, pool: typeof agent | false): Promise<UpstreamAnswer> =>
    new Promise((resolve, reject) => {
      const { path, method, headers, body, onGone } = request;
      const whole = Buffer.isBuffer(body);
      const began = performance.now();
      const length = whole && body.length > 0 ? { 'content-length': String(body.length) } : {};
      const outgoing = (isSecure ? secure : plain)({
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port,
        path,
        method,
        // A renewed session is a family of cookies of four kilobytes each.
        maxHeaderSize: 131_072,
        agent: pool,
        headers: { host: url.host, ...headers, ...length },
      });
      onGone(() => outgoing.destroy());
      let answered = false;
      outgoing.on('error', (error) => {
        if (answered) return;
        // A kept connection that the platform closed while it was idle: the request never got anywhere, so it goes
        // once more on a new one (RFC 9112 §9.3.1). One that breaks later may have been worked on already.
        const atOnce = performance.now() - began < AT_ONCE_MS;
        if (whole && outgoing.reusedSocket && atOnce && CUT.has(systemCode(error) ?? ''))
          resolve(send(request, false));
        else reject(error);
      });
      outgoing.on('response', (body) => {
        answered = true;
        resolve({ status: body.statusCode ?? 502, headers: body.headers, body });
      });
      if (whole) outgoing.end(body);
      else pipeline(Readable.from(body), outgoing).catch(reject);
    });
  return { send: (request) => send(request, agent), close: () => agent.destroy() };
}

const CUT = new Set(['ECONNRESET', 'EPIPE']);
/** Longer than a closed connection takes to say so, shorter than a model takes to begin. */
const AT_ONCE_MS = 250;

function throughProxy(origin: Origin, proxy: string, ca: readonly string[] | undefined): Upstream {
  let ready: Promise<Dispatcher> | undefined;
  const load = async (): Promise<Dispatcher> => {
    const { proxyAgent } = await import('../net/proxied.ts');
    return proxyAgent(proxy, ca, { headersTimeout: 0, bodyTimeout: 0 });
  };
  return {
    send: async ({ path, method, headers, body, onGone }) => {
      const gone = new AbortController();
      onGone(() => gone.abort());
      ready ??= load();
      const dispatcher = await ready;
      const answer = await dispatcher.request({
        origin,
        path,
        method: method as Dispatcher.HttpMethod,
        headers: { ...headers },
        body: Buffer.isBuffer(body) ? (body.length === 0 ? null : body) : Readable.from(body),
        signal: gone.signal,
      });
      return { status: answer.statusCode, headers: answer.headers, body: answer.body };
    },
    close: () => {
      ready?.then((dispatcher) => dispatcher.destroy()).catch(() => undefined);
    },
  };
}
