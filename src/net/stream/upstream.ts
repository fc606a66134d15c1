import { Agent, type AgentOptions, type ClientRequest, request as plain } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { systemClock } from '../../system/clock.ts';
import type { Env } from '../../system/env.ts';
import { systemCode } from '../../system/errors.ts';
import { type Limits, PROBE_AFTER_MS } from '../limits.ts';
import type { Origin } from '../origin.ts';
import { proxyFor } from '../proxy.ts';
import { unreachable } from '../unreachable.ts';
import { framingOf, SAFE } from './framing.ts';
import { throughProxy } from './proxied.ts';
import type { Upstream, UpstreamAnswer, UpstreamRequest } from './request.ts';
import { warmConnectionOf } from './warm-connection.ts';

/**
 * Connections to the platform, kept for a moment, through the environment's proxy where it names one. No redirect is
 * followed, no answer is buffered, and there is no limit to the first byte: a model may think for long.
 */
export function openUpstream(
  origin: Origin,
  env: Env,
  ca: readonly string[] | undefined,
  limits: Limits,
): Upstream {
  const proxy = proxyFor(new URL(origin), env);
  return proxy === undefined ? direct(origin, ca, limits) : throughProxy(origin, proxy, ca, limits);
}

/**
 * `node:http(s)` is loaded anyway. undici is no quicker for what passes here, and its import and its WebAssembly cost a
 * launch about 100 ms, which is felt at every start of an agent (docs/decisions/0005).
 */
function direct(origin: Origin, ca: readonly string[] | undefined, limits: Limits): Upstream {
  const url = new URL(origin);
  const { port } = url;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // Loaded for those alone who need it: on loopback nobody does.
  const secure = url.protocol === 'https:' ? process.getBuiltinModule('node:https') : undefined;
  const request = secure?.request ?? plain;
  const trust = { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca: [...ca] }) };
  const open = (options: AgentOptions): Agent => {
    const agent = secure === undefined ? new Agent(options) : new secure.Agent({ ...options, ...trust });
    // All its connections are alike. Node would tell them apart by name, and make one of all options, the certificates to
    // trust among them, twice for each request.
    return Object.assign(agent, { getName: () => url.origin });
  };
  const kept = open({ keepAlive: true, timeout: limits.idleMs });
  const fresh = open({ keepAlive: false });
  let freedAt = 0;
  kept.on('free', () => {
    freedAt = systemClock.now();
  });
  /** Timers stand still while a machine sleeps; the time of day does not. */
  const dropAsleep = (): void => {
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
        // A renewed session is a family of cookies of four kilobytes each.
        maxHeaderSize: 131_072,
        agent,
        headers: ['host', url.host, ...headers, ...framingOf(method, body)],
      });
      let isOver = false;
      onGone(() => {
        isOver = true;
        outgoing.destroy();
        reject(new Error('nobody waits for the answer any more'));
      });
      outgoing.on('error', (error) => {
        if (isOver) return;
        // A kept connection that the platform closed at the same moment. What changes nothing is asked once more on a new
        // one; of anything else only the agent knows whether to ask twice (RFC 9110 §9.2.2).
        const isCut = outgoing.reusedSocket && CUT.has(systemCode(error) ?? '');
        if (isCut && SAFE.has(method) && body.isReplayable()) resolve(send(wanted, fresh));
        else reject(error);
      });
      // Closed without an error where the other end switches to a protocol nobody asked for.
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
      dropAsleep();
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

/** A connection that does not come about would be waited for by the system for two minutes. */
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

/** An upload whose answer is over: nobody wants its rest, and nothing else may follow it on this connection. */
function cutShort(outgoing: ClientRequest): void {
  if (!outgoing.writableFinished) outgoing.destroy();
}
