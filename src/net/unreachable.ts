import { type Advice, CodemieError, systemCode } from '../system/errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ENOTFOUND: 'could not be found',
  EAI_AGAIN: 'could not be found (no answer from DNS)',
  ECONNRESET: 'closed the connection',
  EPIPE: 'closed the connection',
  UND_ERR_SOCKET: 'closed the connection',
  ETIMEDOUT: 'did not answer',
  EHOSTUNREACH: 'cannot be reached from this network',
  ENETUNREACH: 'cannot be reached from this network',
  EPROTO: "doesn't support HTTPS on that port",
};

const NO_NAME: Advice = { fix: 'codemie doctor', hint: 'Check the spelling, or connect to your VPN.' };

const ADVICE: Readonly<Record<string, Advice>> = {
  ENOTFOUND: NO_NAME,
  EAI_AGAIN: NO_NAME,
  EPROTO: { hint: 'For a local sandbox, use http://.' },
};

const TLS_CODES = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS)/;

/** @returns what happened to a connection, as the predicate of a sentence whose subject is the server. */
export function reasonOf(error: unknown): string {
  const code = systemCode(error) ?? '';
  if (TLS_CODES.test(code)) return `has a certificate that isn't trusted (${code})`;
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
  advice: Advice = ADVICE[code] ?? { fix: 'codemie doctor' },
): CodemieError {
  const tls = TLS_CODES.test(code);
  return new CodemieError({
    code: tls ? 'TLS_UNTRUSTED' : 'UNREACHABLE',
    message: `${typeof server === 'string' ? server : `${server.protocol}//${server.host}`} ${reason}.`,
    ...(tls
      ? { hint: 'If your company issued it, add its CA: codemie config set ca-file company-ca.pem' }
      : advice),
    cause,
  });
}
