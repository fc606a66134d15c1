import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import type { Context } from '../context.ts';
import { readCertificates } from '../net/pem.ts';
import { readText } from '../system/decode-text.ts';
import { CodemieError, messageOf } from '../system/errors.ts';
import { type DatabaseAddress, isOnThisMachine, isSocket } from './address.ts';

/** How to encrypt a connection. */
export interface Encryption {
  readonly tls: ConnectionOptions | false;
  /** Whether to go on in plain text with a server that has no TLS. */
  readonly plainToo: boolean;
}

/**
 * What libpq does for each `sslmode`, but for two things. Without a mode, libpq sends data to another machine in plain
 * text if the server has no TLS; we refuse. Without a root certificate, libpq cannot verify; we verify with the
 * certificates that Node and `--ca-file` trust, and always check the host name then.
 *
 * @throws CA_FILE (9) if a certificate file cannot be read.
 */
export function encryptionFor(
  address: DatabaseAddress,
  { ca, userHome }: Pick<Context, 'ca' | 'userHome'>,
): Encryption {
  const { mode, rootCert, cert, key } = address.tls;
  if (mode === 'disable' || isSocket(address.host)) return { tls: false, plainToo: true };
  const own = { ...read('cert', cert), ...read('key', key) };
  const file = rootCert ?? existing(join(userHome, '.postgresql', 'root.crt'));
  const isVerified =
    mode === 'verify-ca' || mode === 'verify-full' || (mode === 'require' && file !== undefined);
  if (!isVerified) {
    const plainToo =
      mode === 'prefer' || mode === 'allow' || (mode === undefined && isOnThisMachine(address));
    return { tls: { ...own, rejectUnauthorized: false }, plainToo };
  }
  const fromFile = file === 'system' ? {} : read('ca', file);
  const trusted = fromFile.ca ?? ca();
  const tls = {
    ...own,
    ...(trusted === undefined ? {} : { ca: [trusted].flat() }),
    rejectUnauthorized: true,
    ...(mode === 'verify-full' || fromFile.ca === undefined ? {} : { checkServerIdentity: () => undefined }),
  };
  return { tls, plainToo: false };
}

function existing(path: string): string | undefined {
  return existsSync(path) ? path : undefined;
}

function read(
  name: 'ca' | 'cert' | 'key',
  path: string | undefined,
): { ca?: string; cert?: string; key?: string } {
  if (path === undefined) return {};
  try {
    return { [name]: name === 'ca' ? readCertificates(path).join('\n') : readText(path) };
  } catch (cause) {
    throw new CodemieError({
      code: 'CA_FILE',
      message: `Couldn't read the certificate file ${path}: ${messageOf(cause)}.`,
      hint: 'Check sslrootcert, sslcert and sslkey in the address of the database, or PGSSLROOTCERT, PGSSLCERT and PGSSLKEY.',
    });
  }
}
