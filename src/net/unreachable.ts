import { CodemieError, systemCode } from '../system/errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ENOTFOUND: 'has a host name that could not be found',
  EAI_AGAIN: 'has a host name that could not be looked up (no DNS answer)',
  ECONNRESET: 'closed the connection',
  EPIPE: 'closed the connection',
  UND_ERR_SOCKET: 'closed the connection',
  ETIMEDOUT: 'did not answer',
  EHOSTUNREACH: 'cannot be reached from this network',
  ENETUNREACH: 'cannot be reached from this network',
  EPROTO: 'does not speak TLS there',
};

const TLS_CODES = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS)/;

/** @returns what happened to a connection, as the predicate of a sentence whose subject is the server. */
export function reasonOf(error: unknown): string {
  const code = systemCode(error) ?? '';
  if (TLS_CODES.test(code)) return `presented a certificate that is not trusted (${code})`;
  return REASONS[code] ?? `could not be reached (${code === '' ? String(error) : code})`;
}

/**
 * @param server its URL or its name.
 * @returns the error for a server that sent no HTTP response: exit 5.
 */
export function unreachable(
  server: URL | string,
  reason: string,
  code = 'UNKNOWN',
  cause?: unknown,
  hint = 'Run: codemie doctor',
): CodemieError {
  const tls = TLS_CODES.test(code);
  return new CodemieError({
    code: tls ? 'TLS_UNTRUSTED' : 'UNREACHABLE',
    message: `${typeof server === 'string' ? server : `${server.protocol}//${server.host}`} ${reason}.`,
    hint: tls
      ? 'If your company issues it, add its CA: codemie config set ca-file /path/to/company-ca.pem'
      : hint,
    cause,
  });
}
