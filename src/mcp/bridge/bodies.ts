import type { FetchLike } from '@modelcontextprotocol/client';
import { objectIn } from '../../system/json.ts';
import type { McpError } from '../errors.ts';
import { LARGEST } from './limit.ts';

export interface BodyOptions {
  readonly fetch: FetchLike;
  /** Waits while the host reads slower than the server sends. */
  readonly whenCalm: () => Promise<void>;
  readonly tooLarge: () => McpError;
  /** A message that is too large came on a stream that belongs to no single request. */
  readonly onTooLarge: (error: McpError) => void;
  /** The answer to a request instead of one that is too large. */
  readonly toAnswer: (error: McpError) => unknown;
}

/** Read of a page that is no answer, bytes and ms. Its text is shown to nobody. */
const PAGE_BYTES = 65_536;
const PAGE_MS = 5000;

/**
 * Holds what a server sends to what can be handed on: a JSON answer or one event of a stream to the largest message, any
 * other page to its beginning. Nothing is read faster than the host takes it.
 */
export function boundedFetch(options: BodyOptions): FetchLike {
  return async (url, init) => {
    const response = await options.fetch(url, init);
    const { body } = response;
    if (body === null) return response;
    const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
    if (response.ok && type === 'text/event-stream') return withBody(response, events(body, init, options));
    if (response.ok && type === 'application/json') return withBody(response, whole(body, options));
    return withBody(response, beginning(body));
  };
}

type Body = ReadableStream<Uint8Array>;

function withBody(response: Response, parts: AsyncIterable<Uint8Array>): Response {
  const { status, headers } = response;
  const bounded = new Response(ReadableStream.from(parts) as unknown as Body, { status, headers });
  return Object.defineProperty(bounded, 'url', { value: response.url });
}

async function* whole(body: Body, { whenCalm, tooLarge }: BodyOptions): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > LARGEST) throw tooLarge();
    await whenCalm();
    yield chunk;
  }
}

/**
 * Hands on whole lines only, which also spares the parser from searching a long line again for each small piece of it.
 * An event that is too large is left out; its request gets an error in its place, and the stream ends.
 */
async function* events(
  body: Body,
  init: RequestInit | undefined,
  options: BodyOptions,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let size = 0;
  let before = '';
  for await (const chunk of body) {
    const cut = endOfLine(chunk);
    size += chunk.length;
    if (size > LARGEST) return yield* inPlaceOfEvent(init, options);
    if (cut === 0) {
      held.push(chunk);
      continue;
    }
    const lines = Buffer.concat([...held, chunk.subarray(0, cut)]);
    held = cut < chunk.length ? [chunk.subarray(cut)] : [];
    const end = endOfEvent(lines, before);
    if (end !== undefined) size = lines.length - end + (chunk.length - cut);
    before = lines.toString('latin1', Math.max(0, lines.length - 2));
    await options.whenCalm();
    yield lines;
  }
  yield* held;
}

async function* inPlaceOfEvent(
  init: RequestInit | undefined,
  options: BodyOptions,
): AsyncGenerator<Uint8Array> {
  const error = options.tooLarge();
  const id = init?.method === 'POST' ? objectIn(String(init.body))?.['id'] : undefined;
  if (id === undefined) return options.onTooLarge(error);
  const answer = { jsonrpc: '2.0', id, error: options.toAnswer(error) };
  yield Buffer.from(`\n\ndata: ${JSON.stringify(answer)}\n\n`);
}

function endOfLine(chunk: Uint8Array): number {
  return Math.max(chunk.lastIndexOf(10), chunk.lastIndexOf(13)) + 1;
}

/** @returns where the last empty line is, which ends an event. `before` is what the lines follow. */
function endOfEvent(lines: Buffer, before: string): number | undefined {
  const last = Math.max(lines.lastIndexOf('\n\n'), lines.lastIndexOf('\n\r\n'));
  if (last !== -1) return last + 2;
  const start = before.slice(-1) + lines.toString('latin1', 0, 2);
  return /^\n\r?\n/.test(start) ? 1 : undefined;
}

async function* beginning(body: Body): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  const stop = (): void => void reader.cancel().catch(() => undefined);
  const late = AbortSignal.timeout(PAGE_MS);
  late.addEventListener('abort', stop);
  try {
    for (let size = 0; size < PAGE_BYTES; ) {
      const { value } = await reader.read();
      if (value === undefined) return;
      size += value.length;
      yield value;
    }
  } finally {
    late.removeEventListener('abort', stop);
    stop();
  }
}
