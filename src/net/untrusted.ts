import type { CodemieError } from '../system/errors.ts';
import type { HttpProxy } from './proxy.ts';

const LOOK_MS = 3000;

export interface Way {
  readonly proxy: HttpProxy | undefined;
  readonly ca: () => readonly string[] | undefined;
  readonly signal: AbortSignal | undefined;
}

/** @returns the error of a certificate that is not trusted with the name of its issuer; any other error as it is. */
export async function withIssuer(error: CodemieError, url: URL, way: Way): Promise<CodemieError> {
  if (error.code !== 'TLS_UNTRUSTED') return error;
  const { presentedBy } = await import('./certificate.ts');
  const { issuer } = await presentedBy(url, { ...way, timeoutMs: LOOK_MS });
  if (issuer === undefined) return error;
  return error.with({ message: `${error.message.replace(/\.$/, '')}; it was issued by "${issuer}".` });
}
