import { Agent } from 'node:http';
import type { Socket } from 'node:net';

/** Shorter than servers and proxies keep idle connections: one that closes while a request begins loses that request. */
const IDLE_MS = 2000;

/**
 * Connections that serve one request after another. An idle one does not keep the program running.
 *
 * @param open connects to an origin.
 * @returns the agent for an origin.
 */
export function keptConnections(
  open: (url: URL, signal: AbortSignal | undefined) => Promise<Socket>,
): (url: URL) => Agent {
  const agents = new Map<string, Agent>();
  return (url) => {
    const known = agents.get(url.origin);
    if (known !== undefined) return known;
    const agent = new Agent({ keepAlive: true, timeout: IDLE_MS });
    agent.createConnection = ({ signal }, done) => {
      open(url, signal).then(
        (socket) => done?.(null, socket),
        (error: Error) => done?.(error, undefined as never),
      );
      return undefined;
    };
    agents.set(url.origin, agent);
    return agent;
  };
}
