import type { RequestBody } from './replayable-body.ts';
import type { FlatHeaders } from './request.ts';

/** RFC 9110 §9.2.1. */
export const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** The headers that frame a body. Node adds none to a GET or a DELETE with a body of unknown length. */
export function framingOf(method: string, body: RequestBody): FlatHeaders {
  const length = body.length();
  if (length === undefined) return ['transfer-encoding', 'chunked'];
  return length === 0 && SAFE.has(method) ? [] : ['content-length', String(length)];
}
