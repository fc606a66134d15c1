import { type Advice, CodemieError, systemCode } from '../system/errors.ts';
import { caAdvice } from './ca-advice.ts';
import type { Roots } from './roots.ts';

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

/** Certificates that a CA would not help. */
const CERTIFICATES: Readonly<Record<string, { readonly reason: string; readonly hint: string }>> = {
  CERT_HAS_EXPIRED: {
    reason: 'has a certificate that has expired',
    hint: 'Ask the administrator of that server to renew its certificate. If it is valid, set the clock of this computer.',
  },
  CERT_NOT_YET_VALID: {
    reason: 'has a certificate that is not valid yet',
    hint: 'Set the clock of this computer, or wait until the certificate is valid.',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    reason: 'has a certificate for another name',
    hint: 'Use the name that the certificate is for, or ask the administrator of that server for a certificate for this one. On a guest network, sign in to the network in your browser first.',
  },
};

/** @returns what to do about a certificate that is not trusted. */
export function certificateHint(code: string, roots?: Roots): string {
  return CERTIFICATES[code]?.hint ?? roots?.advice?.() ?? caAdvice();
}

/** The codes of certificates that are not trusted. Anything else went wrong before a certificate was seen. */
export const TLS_CODES = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS)/;

/** @returns what happened to a connection, as the predicate of a sentence whose subject is the server. */
export function reasonOf(error: unknown): string {
  const code = systemCode(error) ?? '';
  if (TLS_CODES.test(code))
    return `${CERTIFICATES[code]?.reason ?? "has a certificate that isn't trusted"} (${code})`;
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
    ...(tls ? { hint: certificateHint(code) } : advice),
    cause,
  });
}
