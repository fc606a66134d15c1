import { type IncomingMessage, request as openPlain } from 'node:http';
import type { Socket } from 'node:net';
import { type CodemieError, systemCode } from '../system/errors.ts';
import { bareHost } from './origin.ts';
import type { HttpProxy } from './proxy.ts';
import { reasonOf, unreachable } from './unreachable.ts';

export interface TunnelOptions {
  readonly ca: readonly string[] | undefined;
  /** Aborts at once and throws its reason. */
  readonly signal: AbortSignal;
}

/** @returns the name of a proxy for the start of a sentence. */
export const nameOf = ({ label }: HttpProxy): string => `The proxy ${label}`;

/**
 * Opens a tunnel through a proxy to `host:port` (CONNECT, RFC 9110 §9.3.6). All tunnels of this program are opened
 * here.
 *
 * @throws UNREACHABLE (5), naming the proxy, its variable and what it did.
 */
export async function openTunnel(
  proxy: HttpProxy,
  target: string,
  { ca, signal }: TunnelOptions,
): Promise<Socket> {
  signal.throwIfAborted();
  const { url } = proxy;
  const secure = url.protocol === 'https:' ? await import('node:https') : undefined;
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const basic = `Basic ${Buffer.from(login).toString('base64')}`;
  return new Promise((resolve, reject) => {
    const request = (secure?.request ?? openPlain)({
      host: bareHost(url),
      port: url.port || (secure === undefined ? 80 : 443),
      method: 'CONNECT',
      path: target,
      signal,
      agent: false,
      headers: { host: target, ...(login === ':' ? {} : { 'proxy-authorization': basic }) },
      ...(secure === undefined
        ? {}
        : { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca: [...ca] }) }),
    });
    request.once('error', (cause) =>
      reject(
        signal.aborted
          ? signal.reason
          : unreachable(nameOf(proxy), reasonOf(cause), systemCode(cause), cause),
      ),
    );
    request.once('connect', (answer, socket, head) => {
      socket.on('error', () => undefined);
      if ((answer.statusCode ?? 0) / 100 !== 2) {
        socket.destroy();
        return reject(refused(proxy, target, answer));
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket as Socket);
    });
    // A response that is not a tunnel and has a body.
    request.once('response', (answer) => {
      request.destroy();
      reject(refused(proxy, target, answer));
    });
    request.end();
  });
}

function refused(proxy: HttpProxy, target: string, { statusCode, headers }: IncomingMessage): CodemieError {
  const failure = (reason: string, hint?: string): CodemieError =>
    unreachable(
      nameOf(proxy),
      `answered HTTP ${statusCode}${reason}`,
      String(statusCode),
      undefined,
      hint === undefined ? undefined : { hint },
    );
  if (statusCode !== 407) return failure(` when asked to connect to ${target}`);
  const schemes = String(headers['proxy-authenticate'] ?? '');
  if (schemes !== '' && !/\bbasic\b/i.test(schemes))
    return failure(
      `: it requires ${namesOf(schemes)}, which codemie doesn't support`,
      `Run a local proxy that can sign in there (px, cntlm), and set ${proxy.variable} to it.`,
    );
  // Not as a URL: the redactor would mask the example as a password.
  const hint = `In ${proxy.variable}, write the user name, a colon, the password and @ before the host. Percent-encode special characters.`;
  return proxy.url.username === ''
    ? failure(': it requires a user name and password', hint)
    : failure(`: it rejected the user name and password in ${proxy.variable}`, hint);
}

/** Known scheme names only (RFC 9110 §11.6.1): the rest of the header is untrusted. */
function namesOf(schemes: string): string {
  const asked = ['Negotiate', 'NTLM', 'Digest', 'Kerberos', 'Bearer'].filter((name) =>
    new RegExp(`\\b${name}\\b`, 'i').test(schemes),
  );
  return asked.length === 0 ? 'another way to sign in' : asked.join(' or ');
}
