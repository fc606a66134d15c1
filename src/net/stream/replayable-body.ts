import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { CodemieError } from '../../system/errors.ts';

/** A request body on its way: passed on as it arrives, and kept for another try while it is small. */
export interface RequestBody {
  /** Where the agent named it, or all of it is here; undefined for one that goes on in chunks. */
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

export interface BodyLimits {
  /** Largest body kept, bytes. */
  readonly keptBytes: number;
  /** How long `out` may take nothing while more waits for it, ms. */
  readonly stallMs: number;
}

/** Whatever `out` does not take of a body that is not kept waits at the agent, which is not heard while it waits. */
export function takeBody(request: IncomingMessage, { keptBytes, stallMs }: BodyLimits): RequestBody {
  let kept: Buffer[] | undefined = [];
  let size = 0;
  let length = lengthOf(request);
  let isWhole = false;
  let isTaken = false;
  let current: Writable | undefined;
  let wake: (() => void) | undefined;
  let stalled: NodeJS.Timeout | undefined;

  const goOn = (): void => {
    clearTimeout(stalled);
    stalled = undefined;
    request.resume();
  };
  const pass = (out: Writable, chunk: Buffer): void => {
    // What is kept lies in memory anyway. To pause for it would only make us deaf to an agent that hangs up.
    if (out.write(chunk) || size <= keptBytes) return;
    request.pause();
    stalled ??= setTimeout(() => out.destroy(stall(stallMs)), stallMs);
  };
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    kept?.push(chunk);
    if (size > keptBytes) {
      wake?.();
      // Nothing can be dropped before it was sent once, so the agent waits.
      if (isTaken) kept = undefined;
      else request.pause();
    }
    if (current !== undefined) pass(current, chunk);
  });
  request.once('end', () => {
    isWhole = true;
    length = size;
    wake?.();
    current?.end();
  });
  request.once('close', () => {
    wake?.();
    // Half a request: nothing else may follow it on its connection.
    if (!isWhole) current?.destroy();
  });
  // That an agent hung up is told by its response.
  request.on('error', () => undefined);

  // No getters: V8 gives each object literal with one a shape of its own, and a request a part of the old generation.
  return {
    length: () => length,
    isReplayable: () => kept !== undefined && size <= keptBytes,
    ready: async () => {
      if (length === 0 || isWhole || request.destroyed || size > keptBytes) return;
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
      if (before?.writableFinished === false) before.destroy();
      if (request.destroyed && !isWhole) return void out.destroy();
      out.on('drain', () => {
        if (current === out) goOn();
      });
      // Nobody listens any more; the agent need not be held up to the end of what it has to say.
      out.once('close', () => {
        if (current !== out) return;
        current = undefined;
        goOn();
      });
      goOn();
      for (const chunk of kept) pass(out, chunk);
      if (isWhole || length === 0) out.end();
    },
    settle: () => {
      kept = undefined;
    },
  };
}

/** A body that is there in full. */
export function wholeBody(bytes: Uint8Array): RequestBody {
  return {
    length: () => bytes.length,
    isReplayable: () => true,
    ready: async () => undefined,
    sendTo: (out) => void out.end(bytes),
    settle: () => undefined,
  };
}

function lengthOf({ headers }: IncomingMessage): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined;
  return Number(headers['content-length'] ?? 0);
}

function stall(ms: number): CodemieError {
  return new CodemieError({
    code: 'UPLOAD_STALLED',
    message: `The platform read nothing of the request for ${Math.round(ms / 1000)} s.`,
    hint: 'codemie doctor',
  });
}
