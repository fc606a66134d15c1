import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';

/** A request body on its way: passed on as it arrives, and kept for another try while it is small. */
export interface RequestBody {
  /** Where the agent named it, or all of it is here. */
  length(): number | undefined;
  isReplayable(): boolean;
  /**
   * Waits for the rest of what has arrived, so that a body of some pieces leaves in one write; and, where the agent did not
   * name its length, until it is known or the body turns out too large to be kept.
   */
  ready(): Promise<void>;
  /** Sends it from its beginning to `out`, and no longer to where it went before. */
  sendTo(out: Writable): void;
  /** There will be no other try: lets go of what was kept, which would lie about for as long as a model answers. */
  settle(): void;
}

const KEPT_BYTES = 32 * 1_048_576;

export function takeBody(request: IncomingMessage): RequestBody {
  let kept: Buffer[] | undefined = [];
  let size = 0;
  let length = lengthOf(request);
  let isTaken = false;
  let current: Writable | undefined;
  let wake: (() => void) | undefined;

  const pass = (out: Writable, chunk: Buffer): void => {
    if (!out.write(chunk)) request.pause();
  };
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    kept?.push(chunk);
    if (size > KEPT_BYTES) {
      wake?.();
      // What nobody has taken yet cannot be let go of; the agent waits meanwhile.
      if (isTaken) kept = undefined;
      else request.pause();
    }
    if (current !== undefined) pass(current, chunk);
  });
  request.once('end', () => {
    length = size;
    wake?.();
    current?.end();
  });
  request.once('close', () => wake?.());
  // That an agent hung up is told by its response.
  request.on('error', () => undefined);

  // No getters: V8 gives each object literal with one a shape of its own, and a request a part of the old generation.
  return {
    length: () => length,
    isReplayable: () => kept !== undefined && size <= KEPT_BYTES,
    ready: async () => {
      if (length === 0 || request.readableEnded || request.destroyed || size > KEPT_BYTES) return;
      await new Promise<void>((resolve) => {
        const turn = length === undefined ? undefined : setImmediate(resolve);
        wake = () => {
          clearImmediate(turn);
          resolve();
        };
      });
    },
    sendTo: (out) => {
      if (kept === undefined) throw new Error('this body cannot be sent twice');
      const before = current;
      isTaken = true;
      current = out;
      // Half a request keeps its connection from being used again.
      if (before?.writableEnded === false) before.destroy();
      out.on('drain', () => {
        if (current === out) request.resume();
      });
      // Nobody listens any more; the agent need not be held up to the end of what it has to say.
      out.once('close', () => {
        if (current !== out) return;
        current = undefined;
        request.resume();
      });
      request.resume();
      for (const chunk of kept) pass(out, chunk);
      if (request.readableEnded || length === 0) out.end();
    },
    settle: () => {
      kept = undefined;
    },
  };
}

function lengthOf({ headers }: IncomingMessage): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined;
  return Number(headers['content-length'] ?? 0);
}
