import type { LookupFunction } from 'node:net';
import { type CodemieError, systemCode } from '../system/errors.ts';
import type { Presented } from './certificate.ts';
import type { HttpProxy } from './proxy.ts';
import type { Roots } from './roots.ts';
import { certificateHint } from './unreachable.ts';

const LOOK_MS = 3000;

export interface Way {
  readonly proxy: HttpProxy | undefined;
  readonly ca: Roots;
  readonly signal: AbortSignal | undefined;
  /** The look at the certificate is a connection of its own: it must be judged, too. */
  readonly lookup?: LookupFunction | undefined;
}

/** @returns the error of an untrusted certificate with what the certificate says of itself, and what to do; any other error unchanged. */
export async function withIssuer(error: CodemieError, url: URL, way: Way): Promise<CodemieError> {
  if (error.code !== 'TLS_UNTRUSTED') return error;
  const { presentedBy } = await import('./certificate.ts');
  const presented = await presentedBy(url, { ...way, timeoutMs: LOOK_MS });
  const code = systemCode(error.cause) ?? '';
  const facts = [error.message.replace(/\.$/, ''), ...factsOf(code, presented)];
  return error.with({ message: `${facts.join('; ')}.`, hint: certificateHint(code, way.ca) });
}

/** @returns what a certificate says of itself, as far as it explains why it is not trusted (an error code of TLS). */
export function factsOf(code: string, { issuer, validTo, names }: Presented): readonly string[] {
  return [
    ...(issuer === undefined ? [] : [`it was issued by "${issuer}"`]),
    ...(code === 'CERT_HAS_EXPIRED' && validTo !== undefined ? [`it was valid until ${dayOf(validTo)}`] : []),
    ...(code === 'ERR_TLS_CERT_ALTNAME_INVALID' && names !== undefined ? [`it is for ${names}`] : []),
  ];
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
