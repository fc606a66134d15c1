import type { IncomingMessage } from 'node:http';

/** A request body kept for one replay while it is small; a larger one streams through once. */
export interface ReplayableBody {
  readonly replayable: boolean;
  /** The body for a try. A body that is not replayable may be taken once. */
  take(): Buffer | AsyncIterable<Buffer>;
}

const KEPT_BYTES = 32 * 1_048_576;

export async function keepBody(request: IncomingMessage): Promise<ReplayableBody> {
  const chunks: Buffer[] = [];
  let size = 0;
  const source = request[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  for (;;) {
    const next = await source.next();
    if (next.done === true) {
      const whole = Buffer.concat(chunks);
      return { replayable: true, take: () => whole };
    }
    chunks.push(next.value);
    size += next.value.length;
    if (size > KEPT_BYTES) return { replayable: false, take: () => rest(chunks, source) };
  }
}

async function* rest(kept: Buffer[], source: AsyncIterator<Buffer>): AsyncIterable<Buffer> {
  yield* kept.splice(0);
  for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
}
