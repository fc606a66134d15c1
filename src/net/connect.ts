import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { PROBE_AFTER_MS } from './limits.ts';
import type { HttpProxy } from './proxy.ts';
import { nameOf, openTunnel } from './tunnel.ts';
import { unreachable } from './unreachable.ts';

export interface ConnectOptions {
  readonly proxy: HttpProxy | undefined;
  /** Certificates to trust (PEM), asked for only where TLS is spoken; undefined for Node's own choice. */
  readonly ca: () => readonly string[] | undefined;
  /** For the name, TCP, the proxy's tunnel and TLS together, ms. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a connection that can be used: with the proxy's tunnel where there is one, and with TLS where the address has it,
 * which is always verified (S41). Nothing is left open when it fails.
 *
 * @throws what `signal` was aborted with; UNREACHABLE that says who did not answer in time; a system or TLS error.
 */
export async function connectTo(url: URL, options: ConnectOptions): Promise<Socket> {
  const { proxy, timeoutMs, signal } = options;
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
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = Number(url.port || (secure ? 443 : 80));
    const ca = secure || proxy?.url.protocol === 'https:' ? options.ca() : undefined;
    const plain =
      proxy === undefined
        ? await opened(connectPlain({ host, port, noDelay: true }), 'connect', limit.signal)
        : await openTunnel(proxy, `${url.hostname}:${port}`, { ca, signal: limit.signal });
    plain.setKeepAlive(true, PROBE_AFTER_MS);
    slow = url;
    if (!secure) return plain;
    // Loaded for those alone who need it: on loopback nobody does.
    const { connect } = process.getBuiltinModule('node:tls');
    const safe = connect({
      socket: plain,
      // An address has no server name, and is compared all the same.
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
    // Kept for good: an error between here and the first use must not end the program.
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
