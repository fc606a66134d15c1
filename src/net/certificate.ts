import { isIP, type LookupFunction, type Socket } from 'node:net';
import { connect } from 'node:tls';
import { CodemieError, systemCode } from '../system/errors.ts';
import { printable } from '../system/printable.ts';
import { connectTo } from './connect.ts';
import { bareHost } from './origin.ts';
import type { HttpProxy } from './proxy.ts';
import { isUnknownIssuer, type Roots } from './roots.ts';

export interface Presented {
  /** Why it is not trusted; absent if it is. */
  readonly error?: string;
  /** Organisation and common name of its issuer. */
  readonly issuer?: string;
  /** ms since the epoch. */
  readonly validTo?: number;
  /** Hosts and addresses it is for, as the certificate has them: `DNS:example.com, IP Address:127.0.0.1`. */
  readonly names?: string;
}

export interface LookOptions {
  readonly ca: Roots;
  readonly proxy: HttpProxy | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly lookup?: LookupFunction | undefined;
}

/**
 * Fetches the certificate a server presents, trusted or not, through a proxy if one applies. Only the handshake is
 * sent over this connection, and its result is used only in messages.
 */
export async function presentedBy(url: URL, options: LookOptions): Promise<Presented> {
  const plain = new URL(`http://${url.hostname}:${url.port || 443}`);
  const look = async (): Promise<Presented> => {
    const ca = options.ca();
    const socket = await connectTo(plain, options);
    return shown(socket, bareHost(url), ca, options.timeoutMs);
  };
  try {
    const presented = await look();
    const isUnknown = presented.error !== undefined && isUnknownIssuer(presented.error);
    return isUnknown && (await options.ca.addSystem?.()) === true ? await look() : presented;
  } catch (error) {
    return { error: error instanceof CodemieError ? error.message : (systemCode(error) ?? String(error)) };
  }
}

function shown(
  through: Socket,
  host: string,
  ca: readonly string[] | undefined,
  timeoutMs: number,
): Promise<Presented> {
  return new Promise((resolve) => {
    const socket = connect({
      socket: through,
      host,
      servername: isIP(host) === 0 ? host : '',
      rejectUnauthorized: false,
      ...(ca === undefined ? {} : { ca: [...ca] }),
    });
    const end = (seen: Presented): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(seen);
    };
    const timer = setTimeout(() => end({ error: 'no answer in time' }), timeoutMs);
    socket.once('error', (error) => end({ error: systemCode(error) ?? error.message }));
    socket.once('secureConnect', () => {
      const { issuer, valid_to, subjectaltname } = socket.getPeerCertificate();
      const name = [issuer?.O, issuer?.CN].filter((part) => typeof part === 'string').join(', ');
      const facts = {
        ...(name === '' ? {} : { issuer: printable(name) }),
        validTo: Date.parse(valid_to),
        ...(subjectaltname === undefined ? {} : { names: printable(subjectaltname) }),
      };
      end(socket.authorized ? facts : { ...facts, error: String(socket.authorizationError) });
    });
  });
}
