import type { RequestBody } from './replayable-body.ts';
import type { FlatHeaders } from './request.ts';

/** RFC 9110 §9.2.1. */
export const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** What says where a body ends. Node gives none to a GET or a DELETE whose length is not known, whatever follows it. */
export function framingOf(method: string, body: RequestBody): FlatHeaders {
  const length = body.length();
  if (length === undefined) return ['transfer-encoding', 'chunked'];
  return length === 0 && SAFE.has(method) ? [] : ['content-length', String(length)];
}
