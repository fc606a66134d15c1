import type { LookupFunction } from 'node:net';
import type { CodemieError } from '../system/errors.ts';
import type { HttpProxy } from './proxy.ts';

const LOOK_MS = 3000;

export interface Way {
  readonly proxy: HttpProxy | undefined;
  readonly ca: () => readonly string[] | undefined;
  readonly signal: AbortSignal | undefined;
  /** The look at the certificate is a connection of its own: it must be judged, too. */
  readonly lookup?: LookupFunction | undefined;
}

/** @returns the error of an untrusted certificate with its issuer's name added; any other error unchanged. */
export async function withIssuer(error: CodemieError, url: URL, way: Way): Promise<CodemieError> {
  if (error.code !== 'TLS_UNTRUSTED') return error;
  const { presentedBy } = await import('./certificate.ts');
  const { issuer } = await presentedBy(url, { ...way, timeoutMs: LOOK_MS });
  if (issuer === undefined) return error;
  return error.with({ message: `${error.message.replace(/\.$/, '')}; it was issued by "${issuer}".` });
}
