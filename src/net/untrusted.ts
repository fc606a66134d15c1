import type { LookupFunction } from 'node:net';
import { type CodemieError, systemCode } from '../system/errors.ts';
import type { HttpProxy } from './proxy.ts';

const LOOK_MS = 3000;

export interface Way {
  readonly proxy: HttpProxy | undefined;
  readonly ca: () => readonly string[] | undefined;
  readonly signal: AbortSignal | undefined;
  /** The look at the certificate is a connection of its own: it must be judged, too. */
  readonly lookup?: LookupFunction | undefined;
}

/** @returns the error of an untrusted certificate with what the certificate says of itself; any other error unchanged. */
export async function withIssuer(error: CodemieError, url: URL, way: Way): Promise<CodemieError> {
  if (error.code !== 'TLS_UNTRUSTED') return error;
  const { presentedBy } = await import('./certificate.ts');
  const { issuer, validTo, names } = await presentedBy(url, { ...way, timeoutMs: LOOK_MS });
  const code = systemCode(error.cause);
  const facts = [
    ...(issuer === undefined ? [] : [`it was issued by "${issuer}"`]),
    ...(code === 'CERT_HAS_EXPIRED' && validTo !== undefined ? [`it was valid until ${dayOf(validTo)}`] : []),
    ...(code === 'ERR_TLS_CERT_ALTNAME_INVALID' && names !== undefined ? [`it is for ${names}`] : []),
  ];
  if (facts.length === 0) return error;
  return error.with({ message: `${error.message.replace(/\.$/, '')}; ${facts.join('; ')}.` });
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
