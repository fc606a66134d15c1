import { Agent, request as plain } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { PassThrough, type Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Origin } from '../net/origin.ts';
import { proxyUrl } from '../net/proxy.ts';
import { systemCode } from '../system/errors.ts';
import type { RequestBody } from './body.ts';
import type { FlatHeaders } from './headers.ts';
import { spareOf } from './spare.ts';

export interface UpstreamRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: FlatHeaders;
  readonly body: RequestBody;
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
  /** Opens a connection before there is a request for it. */
  connect(): void;
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
 * `node:http(s)` is loaded anyway. undici is no quicker for what passes here, and its import and its WebAssembly cost a
 * launch about 100 ms, which is felt at every start of an agent (docs/decisions/0005).
 */
function direct(origin: Origin, ca: readonly string[] | undefined): Upstream {
  const url = new URL(origin);
  const { port } = url;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // Loaded for those alone who need it: on loopback nobody does.
  const secure = url.protocol === 'https:' ? process.getBuiltinModule('node:https') : undefined;
  const request = secure?.request ?? plain;
  const trust = { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca: [...ca] }) };
  const open = (keepAlive: boolean): Agent => {
    const agent = secure === undefined ? new Agent({ keepAlive }) : new secure.Agent({ keepAlive, ...trust });
    // All its connections are alike. Node would tell them apart by name, and make one of all options, the certificates to
    // trust among them, twice for each request.
    return Object.assign(agent, { getName: () => url.origin });
  };
  const kept = open(true);
  const fresh = open(false);
  const roundTrips = measureRoundTrips();
  const where = {
    host,
    port: Number(port || (secure === undefined ? 80 : 443)),
    noDelay: true,
    keepAlive: true,
  };
  const secured = { ...where, ...trust, ...(isIP(host) === 0 ? { servername: host } : {}) };
  const spare = spareOf(kept, secure === undefined ? where : secured, roundTrips.measure);
  const send = (wanted: UpstreamRequest, agent: Agent): Promise<UpstreamAnswer> =>
    new Promise((resolve, reject) => {
      const { path, method, headers, body, onGone } = wanted;
      const began = performance.now();
      const outgoing = request({
        host,
        port,
        path,
        method,
        // A renewed session is a family of cookies of four kilobytes each.
        maxHeaderSize: 131_072,
        agent,
        headers: ['host', url.host, ...withLength(headers, wanted)],
      });
      let isOver = false;
      onGone(() => {
        isOver = true;
        outgoing.destroy();
        reject(new Error('the agent hung up'));
      });
      outgoing.on('error', (error) => {
        if (isOver) return;
        // A kept connection that the platform closed while it was idle: the request never got anywhere, so it goes
        // once more on a new one (RFC 9112 §9.3.1). One that breaks later may have been worked on already, and only
        // the agent knows whether to ask twice (RFC 9110 §9.2.2).
        const isOld = outgoing.reusedSocket || spare.waited(outgoing.socket);
        const isCut = isOld && CUT.has(systemCode(error) ?? '');
        const sinceSent = performance.now() - began - roundTrips.of(outgoing.socket);
        const isUnheard = method === 'GET' || sinceSent < AT_ONCE_MS;
        if (isCut && isUnheard && body.isReplayable()) resolve(send(wanted, fresh));
        else reject(error);
      });
      // Closed without an error where the other end switches to a protocol nobody asked for.
      outgoing.on('close', () => {
        if (!isOver) reject(new Error('no answer'));
      });
      outgoing.on('socket', roundTrips.measure);
      outgoing.on('response', (answer) => {
        isOver = true;
        resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: answer });
      });
      body.sendTo(outgoing);
    });
  return {
    send: (wanted) => send(wanted, kept),
    connect: spare.open,
    close: () => {
      spare.close();
      kept.destroy();
      fresh.destroy();
    },
  };
}

/** A length that is known is said, so that the platform need not take the body in pieces. */
function withLength(headers: FlatHeaders, { method, body }: UpstreamRequest): FlatHeaders {
  const length = body.length();
  if (length === undefined || (length === 0 && method === 'GET')) return headers;
  return [...headers, 'content-length', String(length)];
}

const CUT = new Set(['ECONNRESET', 'EPIPE']);
/** Beyond the way there and back: longer than a closed connection takes to say so, shorter than anything is worked on. */
const AT_ONCE_MS = 10;

/** How far away the other end of a connection is, ms, by how long it took to open. */
function measureRoundTrips(): {
  readonly measure: (socket: Socket) => void;
  readonly of: (socket: Socket | null) => number;
} {
  const known = new WeakMap<Socket, number>();
  return {
    measure: (socket) => {
      if (!socket.connecting) return;
      let began = performance.now();
      socket.once('lookup', () => {
        began = performance.now();
      });
      socket.once('connect', () => known.set(socket, performance.now() - began));
    },
    of: (socket) => (socket === null ? 0 : (known.get(socket) ?? 0)),
  };
}

function throughProxy(origin: Origin, proxy: string, ca: readonly string[] | undefined): Upstream {
  let ready: Promise<Dispatcher> | undefined;
  const load = async (): Promise<Dispatcher> => {
    const { proxyAgent } = await import('../net/proxied.ts');
    return proxyAgent(proxy, ca, { headersTimeout: 0, bodyTimeout: 0 });
  };
  return {
    send: async (request) => {
      const { path, method, headers, body, onGone } = request;
      const gone = new AbortController();
      onGone(() => gone.abort());
      ready ??= load();
      const dispatcher = await ready;
      const stream = body.length() === 0 ? null : new PassThrough().on('error', () => undefined);
      if (stream !== null) body.sendTo(stream);
      const answer = await dispatcher.request({
        origin,
        path,
        method: method as Dispatcher.HttpMethod,
        headers: withLength(headers, request),
        body: stream,
        signal: gone.signal,
      });
      return { status: answer.statusCode, headers: answer.headers, body: answer.body };
    },
    connect: () => undefined,
    close: () => {
      ready?.then((dispatcher) => dispatcher.destroy()).catch(() => undefined);
    },
  };
}
