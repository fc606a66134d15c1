import type { Server } from 'node:http';
import type { ErrorCode } from '../system/error-codes.ts';
import { CodemieError, systemCode } from '../system/errors.ts';

export interface Port {
  /** 0 for any free port. */
  readonly port: number;
  readonly host?: '127.0.0.1' | '::1';
  /** The error's code, and the setting that fixes the port. */
  readonly code: ErrorCode;
  readonly setting: string;
  readonly hint: string;
  readonly fix?: string | undefined;
}

/**
 * Binds a server to a loopback address.
 *
 * @throws `code`, naming the port and the setting, if the port is taken or reserved.
 */
export function listen(
  server: Server,
  { port, host = '127.0.0.1', code, setting, hint, fix }: Port,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // Never removed: an error after binding must not crash the program.
    server.on('error', (cause) => {
      const reasons: Readonly<Record<string, string>> = {
        EADDRINUSE: `Port ${port} (${setting}) is already in use.`,
        EACCES: `Port ${port} (${setting}) is reserved by the system.`,
      };
      const reason = systemCode(cause) ?? 'unknown reason';
      const message =
        port === 0
          ? `No port could be opened on ${host} (${reason}).`
          : (reasons[reason] ?? `Port ${port} (${setting}) could not be opened on ${host} (${reason}).`);
      reject(new CodemieError({ code, message, fix, hint, cause }));
    });
    // Use the literal address: `localhost` may resolve to another one (RFC 8252 §8.3).
    server.listen({ host, port, ipv6Only: host === '::1' }, () => resolve());
  });
}
