import type { Clock } from '../../system/clock.ts';
import { isPassing, SessionGone, wasNotRun } from './faults.ts';
import type { Upstream } from './upstream.ts';

export interface SessionOptions {
  readonly connect: () => Promise<Upstream>;
  /** Repeats what the host has set up, on a connection that knows nothing of it. */
  readonly restore: (upstream: Upstream) => Promise<void>;
  readonly clock: Clock;
  /** Aborted when the proxy ends. */
  readonly signal: AbortSignal;
}

export interface Session {
  /** Connects for the first time, without repeating. Calls share one attempt; after a failure the next one tries again. */
  open(): Promise<Upstream>;
  /** Runs a call on the current connection, and finds a lost session again. */
  run<T>(call: (upstream: Upstream) => Promise<T>): Promise<T>;
  /** Ends the session at the server. */
  close(): Promise<void>;
}

/** Pauses between attempts to connect again, ms. */
const PAUSES_MS = [250, 500, 1000, 2000, 4000];
/** No attempt begins later than this, ms: hosts give up on a request that is not answered. */
const LONGEST_MS = 8000;

/**
 * The session with the server, found again when it is lost. Calls that wait for it share one re-initialization.
 *
 * | what happened to a call | the server has run it | what follows |
 * |---|---|---|
 * | answered, also with an error | yes | handed on |
 * | the server does not know the session (404) | no | new session, sent again once |
 * | no connection was made (refused, name not found, TLS) | no | new session with pauses, sent again once |
 * | the connection was known to be lost before | no | new session, sent |
 * | the connection broke while the answer was awaited | perhaps | an error that says so; the next call finds a new session |
 */
export function keepSession({ connect, restore, clock, signal }: SessionOptions): Session {
  const busy = new Map<Upstream, number>();
  let current: Upstream | undefined;
  let opening: Promise<Upstream> | undefined;
  let renewing: Promise<Upstream> | undefined;

  const adopt = (next: Upstream): Upstream => {
    const before = current;
    current = next;
    // What is still being answered on the old connection may come to its end.
    if (before !== undefined && !busy.has(before)) before.drop();
    return next;
  };
  const again = async (): Promise<Upstream> => {
    const began = clock.now();
    for (let attempt = 0; ; attempt += 1) {
      try {
        const next = await connect();
        await restore(next);
        return adopt(next);
      } catch (error) {
        const pause = PAUSES_MS[attempt];
        if (pause === undefined || !isPassing(error) || clock.now() - began + pause > LONGEST_MS) throw error;
        await clock.sleep(pause, signal);
      }
    }
  };
  const renew = async (lost: Upstream | undefined): Promise<Upstream> => {
    if (current !== undefined && current !== lost && !current.isLost()) return current;
    renewing ??= again().finally(() => {
      renewing = undefined;
    });
    return renewing;
  };
  const using = async <T>(upstream: Upstream, call: (upstream: Upstream) => Promise<T>): Promise<T> => {
    if (upstream.isLost()) throw new SessionGone();
    busy.set(upstream, (busy.get(upstream) ?? 0) + 1);
    try {
      return await call(upstream);
    } catch (error) {
      throw upstream.failure() ?? error;
    } finally {
      const left = (busy.get(upstream) ?? 1) - 1;
      if (left > 0) busy.set(upstream, left);
      else busy.delete(upstream);
      if (left === 0 && upstream !== current) upstream.drop();
    }
  };

  return {
    open: async () => {
      if (current !== undefined) return current;
      opening ??= connect()
        .then(adopt)
        .finally(() => {
          opening = undefined;
        });
      return opening;
    },
    run: async (call) => {
      const first = await renew(current?.isLost() === false ? undefined : current);
      try {
        return await using(first, call);
      } catch (error) {
        if (!wasNotRun(error)) throw error;
        return using(await renew(first), call);
      }
    },
    close: async () => {
      await current?.close();
    },
  };
}
