import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { CodemieError } from '../../system/errors.ts';

/** A request body in transit: passed on as it arrives, and kept for a retry while it is small. */
export interface RequestBody {
  /** The declared length, or the full one once all of it has arrived; undefined for a chunked body still arriving. */
  length(): number | undefined;
  isReplayable(): boolean;
  /**
   * Waits for pieces that have already arrived, so that a small body leaves in one write. Without a declared length,
   * waits until the body is complete or too large to be kept.
   */
  ready(): Promise<void>;
  /** Sends the body from its beginning to `out`, and stops sending it to the previous target. */
  sendTo(out: Writable): void;
  /** Frees the kept body: there will be no retry. Otherwise it would stay in memory while the model answers. */
  settle(): void;
}

export interface BodyLimits {
  /** Largest body kept, bytes. */
  readonly keptBytes: number;
  /** How long `out` may accept nothing while data waits, ms. */
  readonly stallMs: number;
}

/**
 * A body too large to be kept is passed on with backpressure: while `out` accepts nothing, reading from the agent
 * pauses.
 */
export function takeBody(request: IncomingMessage, { keptBytes, stallMs }: BodyLimits): RequestBody {
  let kept: Buffer[] | undefined = [];
  let size = 0;
  let length = lengthOf(request);
  let isWhole = false;
  let isTaken = false;
  let current: Writable | undefined;
  let wake: (() => void) | undefined;
  let stalled: NodeJS.Timeout | undefined;

  const resume = (): void => {
    clearTimeout(stalled);
    stalled = undefined;
    request.resume();
  };
  const pass = (out: Writable, chunk: Buffer): void => {
    // A kept body is in memory anyway. Pausing for it would only keep us from noticing that the agent hangs up.
    if (out.write(chunk) || size <= keptBytes) return;
    request.pause();
    stalled ??= setTimeout(() => out.destroy(stall(stallMs)), stallMs);
  };
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    kept?.push(chunk);
    if (size > keptBytes) {
      wake?.();
      // Nothing can be dropped before it has been sent once, so the agent waits.
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
    // A partial request: nothing else may follow it on its connection.
    if (!isWhole) current?.destroy();
  });
  // The response reports that an agent hung up.
  request.on('error', () => undefined);

  // No getters: V8 gives each object literal with a getter its own shape, which costs old-generation memory per
  // request.
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
        if (current === out) resume();
      });
      // `out` is closed; let the agent finish sending.
      out.once('close', () => {
        if (current !== out) return;
        current = undefined;
        resume();
      });
      resume();
      for (const chunk of kept) pass(out, chunk);
      if (isWhole || length === 0) out.end();
    },
    settle: () => {
      kept = undefined;
    },
  };
}

/** A complete body. */
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
    message: `The server stopped reading the request for ${Math.round(ms / 1000)} s.`,
    fix: 'codemie doctor',
  });
}
