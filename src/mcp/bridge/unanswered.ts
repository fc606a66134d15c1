import type { FetchLike } from '@modelcontextprotocol/client';
import { objectIn } from '../../system/json.ts';

export interface AnsweredOptions {
  readonly fetch: FetchLike;
  /** Whether a session is open. Before, a server of another era may say no to a request in its own way. */
  readonly isOpen: () => boolean;
  /** The error for a request that the server took and did not answer. */
  readonly unanswered: () => Error;
}

/**
 * Fails a request whose answer cannot come any more: the server says 202, or answers another request. The SDK would wait
 * for ever (Streamable HTTP: a request gets JSON or a stream).
 */
export function answeredFetch({ fetch, isOpen, unanswered }: AnsweredOptions): FetchLike {
  return async (url, init) => {
    const response = await fetch(url, init);
    const id = isOpen() && response.ok ? requestIn(init) : undefined;
    if (id === undefined) return response;
    if (response.status === 202) {
      await response.body?.cancel();
      throw unanswered();
    }
    const isJson =
      response.headers.get('content-type')?.toLowerCase().startsWith('application/json') ?? false;
    if (!isJson || response.body === null) return response;
    const text = await response.text();
    if (answersOnlyOthers(text, id)) throw unanswered();
    return new Response(text, response);
  };
}

/** An answer without an id is not JSON-RPC, and is told as such. Answers may be large: the search ends at the id. */
function answersOnlyOthers(text: string, id: number): boolean {
  let isOther = false;
  for (const [, found] of text.matchAll(/"id"\s*:\s*"?(\d+)/g)) {
    if (Number(found) === id) return false;
    isOther = true;
  }
  return isOther;
}

/** @returns the id of the request in a POST; our own ids are numbers. Undefined for an answer or a notification. */
function requestIn(init: RequestInit | undefined): number | undefined {
  if (init?.method !== 'POST') return undefined;
  const { id, method } = objectIn(String(init.body)) ?? {};
  return typeof method === 'string' && typeof id === 'number' ? id : undefined;
}
