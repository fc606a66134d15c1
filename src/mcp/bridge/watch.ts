import type { FetchLike } from '@modelcontextprotocol/client';
import type { Clock } from '../../system/clock.ts';
import { SessionGone } from './faults.ts';

export interface WatchOptions {
  readonly fetch: FetchLike;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** With HTTP and SSE (2024-11-05), a second stream belongs to a new session that nobody has initialized. */
  readonly isOneStream: boolean;
  /** The session is lost, and every post has been answered. Called once. */
  readonly onOver?: () => void;
}

export interface Watch {
  readonly fetch: FetchLike;
  /** The handshake is over: from now on there is a session that can be lost. */
  begin(): void;
  isLost(): boolean;
  /** The session is lost for a reason that no exchange shows. */
  lose(): void;
}

/** Attempts to reopen the stream of the server's messages before the session counts as lost. */
const MOST_MISSES = 4;

/**
 * Sees every exchange with the server, and notices that it has forgotten the session: it answers 404, or 400 with a
 * text about the session, as servers do that were restarted.
 */
export function watchSession(options: WatchOptions): Watch {
  const pace = paceOf(options.clock, options.signal);
  let hasBegun = false;
  let isLost = false;
  let misses = 0;
  let posts = 0;
  // Later, so that a post that found out ends with its own error.
  const settle = (): void => {
    if (isLost && posts === 0) setImmediate(() => options.onOver?.());
  };
  const lose = (): SessionGone => {
    const isNews = !isLost;
    isLost = true;
    if (isNews) settle();
    return new SessionGone();
  };
  const stream: FetchLike = async (url, init) => {
    if (hasBegun && options.isOneStream) throw lose();
    await pace(new Headers(init?.headers).has('last-event-id'));
    try {
      const response = await options.fetch(url, init);
      misses = 0;
      if (hasBegun && response.status === 404) lose();
      return response;
    } catch (error) {
      misses += 1;
      if (hasBegun && misses >= MOST_MISSES) lose();
      throw error;
    }
  };
  const post: FetchLike = async (url, init) => {
    posts += 1;
    try {
      const response = await options.fetch(url, init);
      if (!hasBegun || !REFUSALS.has(response.status)) return response;
      const text = await response.text();
      const hasSession = options.isOneStream || new Headers(init?.headers).has('mcp-session-id');
      if (hasSession && saysGone(response.status, text)) throw lose();
      return new Response(text, response);
    } finally {
      posts -= 1;
      settle();
    }
  };
  return {
    begin: () => {
      hasBegun = true;
    },
    isLost: () => isLost,
    lose: () => void lose(),
    fetch: (url, init) => {
      if (init?.method === 'POST') return post(url, init);
      return init?.method === 'DELETE' ? options.fetch(url, init) : stream(url, init);
    },
  };
}

const REFUSALS = new Set([400, 404]);

function saysGone(status: number, text: string): boolean {
  return status === 404 || /\bsession\b|not initialized/i.test(text);
}

/** A stream that lived this long, ms, is no sign of a fault. */
export const CALM_MS = 5000;
/** Streams that may end early in a row before a pause is made. */
const FREE = 3;
/** Between two streams that end early. */
export const LONGEST_PAUSE_MS = 60_000;

/**
 * @returns a wait before a stream is opened again: none at first, then twice as long each time, a minute at most. The
 * rest of a broken answer (`isRest`) is fetched once a second.
 */
function paceOf(clock: Clock, signal: AbortSignal): (isRest: boolean) => Promise<void> {
  let opened = 0;
  let row = 0;
  return async (isRest) => {
    const since = clock.now() - opened;
    row = since > CALM_MS ? 0 : row + 1;
    const gap = row < FREE ? 0 : Math.min(isRest ? 1000 : LONGEST_PAUSE_MS, 1000 * 2 ** (row - FREE));
    if (gap > since) await clock.sleep(gap - since, signal);
    opened = clock.now();
  };
}
