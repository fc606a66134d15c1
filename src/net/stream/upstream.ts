import { Agent, type AgentOptions, type ClientRequest, request as plain } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { systemClock } from '../../system/clock.ts';
import type { Env } from '../../system/env.ts';
import { systemCode } from '../../system/errors.ts';
import type { DestinationGuard } from '../guard/destination.ts';
import { lookupOf } from '../guard/judge.ts';
import { type Limits, PROBE_AFTER_MS } from '../limits.ts';
import { bareHost, type Origin } from '../origin.ts';
import { proxyFor } from '../proxy.ts';
import type { Roots } from '../roots.ts';
import { unreachable } from '../unreachable.ts';
import { framingOf, SAFE } from './framing.ts';
import { throughProxy } from './proxied.ts';
import type { Upstream, UpstreamAnswer, UpstreamRequest } from './request.ts';
import { trusting } from './trusting.ts';
import { warmConnectionOf } from './warm-connection.ts';

/**
 * Connections to the platform, kept for a moment, through the environment's proxy if it sets one. Redirects are not
 * followed, responses are not buffered, and there is no limit to the first byte: a model may think for long.
 */
export function openUpstream(
  origin: Origin,
  env: Env,
  ca: Roots,
  limits: Limits,
  guard?: DestinationGuard,
): Upstream {
  const url = new URL(origin);
  const proxy = proxyFor(url, env);
  const trusted = url.protocol === 'https:' || proxy?.url.protocol === 'https:' ? ca : undefined;
  // A file that can't be used is reported before the first request.
  trusted?.();
  const open = (): Upstream =>
    proxy === undefined
      ? direct(origin, trusted?.(), limits, guard)
      : throughProxy(origin, proxy, ca, limits);
  return trusted === undefined ? open() : trusting(trusted, open);
}

/**
 * Uses `node:http(s)`, which is loaded anyway. undici is no faster for this traffic, and its import and its
 * WebAssembly cost about 100 ms at every start of an agent (docs/decisions/0005).
 */
function direct(
  origin: Origin,
  ca: readonly string[] | undefined,
  limits: Limits,
  guard: DestinationGuard | undefined,
): Upstream {
  const url = new URL(origin);
  const { port } = url;
  const host = bareHost(url);
  // Loaded only when needed: connections on loopback do not use TLS.
  const secure = url.protocol === 'https:' ? process.getBuiltinModule('node:https') : undefined;
  const request = secure?.request ?? plain;
  const trust = { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca: [...ca] }) };
  const pinned = guard === undefined ? {} : { lookup: lookupOf(guard, url) };
  const open = (wanted: AgentOptions): Agent => {
    const options = { ...wanted, ...pinned };
    const agent = secure === undefined ? new Agent(options) : new secure.Agent({ ...options, ...trust });
    // All its connections are alike. Node's default name joins all options, including the trusted certificates, twice
    // per request.
    return Object.assign(agent, { getName: () => url.origin });
  };
  const kept = open({ keepAlive: true, timeout: limits.idleMs });
  const fresh = open({ keepAlive: false });
  let freedAt = 0;
  kept.on('free', () => {
    freedAt = systemClock.now();
  });
  /** Timers stop while a machine sleeps; the wall clock does not. */
  const dropStale = (): void => {
    if (systemClock.now() - freedAt <= limits.idleMs) return;
    for (const socket of kept.freeSockets[url.origin] ?? []) socket.destroy();
  };
  const where = {
    host,
    port: Number(port || (secure === undefined ? 80 : 443)),
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: PROBE_AFTER_MS,
  };
  const secured = { ...where, ...trust, ...(isIP(host) === 0 ? { servername: host } : {}) };
  for (const agent of [kept, fresh]) limitConnecting(agent, url, limits.connectMs);
  const spare = warmConnectionOf(kept, secure === undefined ? where : secured, limits.aheadMs);
  const send = (wanted: UpstreamRequest, agent: Agent): Promise<UpstreamAnswer> =>
    new Promise((resolve, reject) => {
      const { path, method, headers, body, onGone } = wanted;
      const outgoing = request({
        host,
        port,
        path,
        method,
        // A refreshed session sets several cookies of four kilobytes each.
        maxHeaderSize: 131_072,
        agent,
        headers: ['host', url.host, ...headers, ...framingOf(method, body)],
      });
      let isOver = false;
      onGone(() => {
        isOver = true;
        outgoing.destroy();
        reject(new Error('the client has gone'));
      });
      outgoing.on('error', (error) => {
        if (isOver) return;
        // The platform closed a kept connection at the same moment. A request that changes nothing is retried once on
        // a new connection; for any other, only the agent knows whether a retry is safe (RFC 9110 §9.2.2).
        const isCut = outgoing.reusedSocket && CUT.has(systemCode(error) ?? '');
        if (isCut && SAFE.has(method) && body.isReplayable()) resolve(send(wanted, fresh));
        else reject(error);
      });
      // Closed without an error if the other end switches to a protocol that was not requested.
      outgoing.on('close', () => {
        if (!isOver) reject(new Error('no answer'));
      });
      outgoing.on('response', (answer) => {
        isOver = true;
        answer.once('end', () => {
          if (!outgoing.writableFinished) setImmediate(cutShort, outgoing);
        });
        resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: answer });
      });
      body.sendTo(outgoing);
    });
  return {
    send: (wanted) => {
      dropStale();
      return send(wanted, kept);
    },
    connect: spare.open,
    close: () => {
      spare.close();
      kept.destroy();
      fresh.destroy();
    },
  };
}

const CUT = new Set(['ECONNRESET', 'EPIPE']);

/** Without this limit, the system waits two minutes for a connection. */
function limitConnecting(agent: Agent, url: URL, ms: number): void {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, done) => {
    const socket = connect(options, done) as Socket;
    const late = (): void => {
      socket.destroy(unreachable(url, `did not answer within ${Math.round(ms / 100) / 10} s`, 'TIMEOUT'));
    };
    const timer = setTimeout(late, ms);
    for (const event of [url.protocol === 'https:' ? 'secureConnect' : 'connect', 'close'])
      socket.once(event, () => clearTimeout(timer));
    return socket;
  };
}

/** The response ended before the upload: drop the rest, since nothing else may follow it on this connection. */
function cutShort(outgoing: ClientRequest): void {
  if (!outgoing.writableFinished) outgoing.destroy();
}
