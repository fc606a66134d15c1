import { request as openPlain } from 'node:http';
import { request as openSecure } from 'node:https';
import type { Socket } from 'node:net';
import { connect } from 'node:tls';
import { systemCode } from '../system/errors.ts';
import { printable } from '../system/printable.ts';

export interface Presented {
  /** Why it is not trusted; absent when it is. */
  readonly error?: string;
  /** Organisation and name of its issuer. */
  readonly issuer?: string;
  /** ms since the epoch. */
  readonly validTo?: number;
}

export interface LookOptions {
  readonly ca: readonly string[] | undefined;
  /** Address of the proxy that leads there, maybe with user and password. */
  readonly proxy?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Looks at the certificate a server presents, trusted or not, through a proxy where one leads there. Nothing is sent over
 * this connection but the handshake, and nothing of it is used for anything but telling.
 */
export async function presentedBy(url: URL, { ca, proxy, signal }: LookOptions): Promise<Presented> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || 443);
  let through: Socket | undefined;
  try {
    through =
      proxy === undefined ? undefined : await tunnel(new URL(proxy), `${url.hostname}:${port}`, ca, signal);
  } catch (error) {
    return { error: systemCode(error) ?? String(error) };
  }
  return new Promise((resolve) => {
    const socket = connect({
      ...(through === undefined ? { host, port } : { socket: through }),
      servername: /^[\d.:]+$/.test(host) ? '' : host,
      rejectUnauthorized: false,
      ...(ca === undefined ? {} : { ca: [...ca] }),
    });
    const end = (seen: Presented): void => {
      socket.destroy();
      resolve(seen);
    };
    signal.addEventListener('abort', () => end({ error: 'no answer in time' }), { once: true });
    socket.once('error', (error) => end({ error: systemCode(error) ?? error.message }));
    socket.once('secureConnect', () => {
      const { issuer, valid_to } = socket.getPeerCertificate();
      const name = [issuer?.O, issuer?.CN].filter((part) => typeof part === 'string').join(', ');
      const facts = { ...(name === '' ? {} : { issuer: printable(name) }), validTo: Date.parse(valid_to) };
      end(socket.authorized ? facts : { ...facts, error: String(socket.authorizationError) });
    });
  });
}

/** RFC 9110 §9.3.6. */
function tunnel(
  proxy: URL,
  target: string,
  ca: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<Socket> {
  const open = proxy.protocol === 'https:' ? openSecure : openPlain;
  const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return new Promise((resolve, reject) => {
    const request = open({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: target,
      signal,
      agent: false,
      headers: {
        host: target,
        ...(login === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }),
      },
      ...(ca === undefined ? {} : { ca: [...ca] }),
    });
    request.once('error', reject);
    request.once('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new Error(`the proxy answered ${statusCode}`));
    });
    request.end();
  });
}
