import { connect as connectPlain, isIP, type LookupFunction, type Socket } from 'node:net';
import { PROBE_AFTER_MS } from './limits.ts';
import { bareHost } from './origin.ts';
import type { HttpProxy } from './proxy.ts';
import type { Roots } from './roots.ts';
import { nameOf, openTunnel } from './tunnel.ts';
import { unreachable } from './unreachable.ts';

export interface ConnectOptions {
  readonly proxy: HttpProxy | undefined;
  /** Read only if TLS is used. */
  readonly ca: Roots;
  /** Limit for DNS, TCP, the proxy's tunnel and TLS together, ms. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Resolves the host of a direct connection. Default: as this computer does. */
  readonly lookup?: LookupFunction | undefined;
}

/**
 * Opens a usable connection: through the proxy's tunnel if there is a proxy, and with TLS if the URL is https. TLS is
 * always verified (S41). Nothing is left open on failure.
 *
 * @throws the reason of `signal`; UNREACHABLE, naming the host that did not answer in time; a system or TLS error.
 */
export async function connectTo(url: URL, options: ConnectOptions): Promise<Socket> {
  const { proxy, timeoutMs, signal, lookup } = options;
  signal?.throwIfAborted();
  const limit = new AbortController();
  const onAbort = (): void => limit.abort(signal?.reason);
  let slow: URL | string = proxy === undefined ? url : nameOf(proxy);
  const timer = setTimeout(
    () => limit.abort(unreachable(slow, `did not answer within ${seconds(timeoutMs)}`, 'TIMEOUT')),
    timeoutMs,
  );
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const secure = url.protocol === 'https:';
    const host = bareHost(url);
    const port = Number(url.port || (secure ? 443 : 80));
    const ca = secure || proxy?.url.protocol === 'https:' ? options.ca() : undefined;
    const plain =
      proxy === undefined
        ? await opened(
            connectPlain({ host, port, noDelay: true, ...(lookup && { lookup }) }),
            'connect',
            limit.signal,
          )
        : await openTunnel(proxy, `${url.hostname}:${port}`, { ca, signal: limit.signal });
    plain.setKeepAlive(true, PROBE_AFTER_MS);
    slow = url;
    if (!secure) return plain;
    // Loaded only when needed: connections on loopback do not use TLS.
    const { connect } = process.getBuiltinModule('node:tls');
    const safe = connect({
      socket: plain,
      // An IP address has no server name, but is still compared with the certificate.
      host,
      servername: isIP(host) === 0 ? host : '',
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: true,
      ...(ca === undefined ? {} : { ca: [...ca] }),
    });
    return await opened(safe, 'secureConnect', limit.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function opened<Opened extends Socket>(
  socket: Opened,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<Opened> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    // Never removed: an error before the first use of the socket must not crash the program.
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
    socket.once(event, () => {
      signal.removeEventListener('abort', onAbort);
      resolve(socket);
    });
  });
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
