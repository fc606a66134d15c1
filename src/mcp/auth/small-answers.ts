import type { FetchLike } from '@modelcontextprotocol/client';
import { isSecure } from '../../net/origin.ts';
import { CodemieError, messageOf } from '../../system/errors.ts';
import { isRecord, objectIn } from '../../system/json.ts';
import { printable } from '../../system/printable.ts';
import { McpError, SEE_LOG } from '../errors.ts';

export type Ask = (url: URL, init?: RequestInit) => Promise<Response>;

const LARGEST = 1_048_576;
const LIMIT_MS = 10_000;

/**
 * Requests whose answer is a small document: metadata, a registration, tokens. Each answer is held to 1 MiB and to
 * `limitMs`, and has arrived whole. Redirects are followed within the origin.
 *
 * @throws McpError for plain http to another machine, which would show secrets to the network.
 */
export function smallAnswers(fetch: FetchLike, limitMs = LIMIT_MS): Ask {
  return async (url, init) => {
    if (!isSecure(url))
      throw new McpError(
        'MCP_DESTINATION_REFUSED',
        `${url.protocol}//${url.host} isn't secure. It was not contacted.`,
        'Ask whoever runs the server to use https:// for the addresses in its metadata.',
      );
    const signal = AbortSignal.timeout(limitMs);
    const response = await fetch(url, { redirect: 'follow', ...init, signal });
    return whole(response, url.host);
  };
}

/** Reads a whole answer, so that its size is known and nothing keeps the connection. */
async function whole(response: Response, host: string): Promise<Response> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > LARGEST)
      throw new McpError(
        'MCP_DISCOVERY_FAILED',
        `${host} sent more than 1 MiB where a small document was expected.`,
        SEE_LOG,
      );
    chunks.push(chunk);
  }
  const isEmpty = [204, 205, 304].includes(response.status);
  const { status, headers } = response;
  return new Response(isEmpty ? null : Buffer.concat(chunks), { status, headers });
}

/** @returns the JSON object of an answer, whatever its content type; undefined for anything else. */
export async function recordIn(response: Response): Promise<Record<string, unknown> | undefined> {
  const value = objectIn(await response.clone().text());
  return isRecord(value) ? value : undefined;
}

/** @returns what an OAuth error answer says of itself (RFC 6749 §5.2); empty where it says nothing. */
export async function reasonIn(response: Response): Promise<string> {
  const { error, error_description: description } = (await recordIn(response)) ?? {};
  const parts = [error, description].filter((part) => typeof part === 'string' && part !== '');
  return printable(parts.join(': '), 300);
}

/** @returns the error for a request without an answer: what was asked, which part of the way failed and the next move. */
export function unanswered(
  code: 'MCP_UNREACHABLE' | 'MCP_TOKEN_FAILED',
  what: string,
  error: unknown,
): McpError {
  const isLate = error instanceof Error && error.name === 'TimeoutError';
  const why = isLate ? 'did not answer in time.' : `gave no answer: ${printable(messageOf(error), 300)}`;
  const hint = error instanceof CodemieError ? error.hint : undefined;
  return new McpError(
    code,
    `${what} ${why}`,
    hint ?? 'Try again. If that does not help, check your network connection.',
    error,
  );
}

/** A refusal of our own does not change when it is asked again. */
export function isFinal(error: unknown): boolean {
  return error instanceof McpError || (error instanceof CodemieError && error.exit !== 'unreachable');
}
