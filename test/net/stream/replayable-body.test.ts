import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { PassThrough, Readable, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/net/limits.ts';
import { takeBody } from '../../../src/net/stream/replayable-body.ts';

const MEBIBYTE = 1_048_576;

/** A request of so many mebibytes, and how many of them were asked for. */
function request(mebibytes: number): { readonly incoming: IncomingMessage; readonly pulled: () => number } {
  let count = 0;
  const incoming = new Readable({
    highWaterMark: 1,
    read() {
      if (count === mebibytes) return void this.push(null);
      count += 1;
      this.push(Buffer.alloc(MEBIBYTE, count));
    },
  });
  const headers = { 'content-length': String(mebibytes * MEBIBYTE) };
  return {
    incoming: Object.assign(incoming, { headers }) as unknown as IncomingMessage,
    pulled: () => count,
  };
}

const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));
const stuck = (): Writable => new Writable({ highWaterMark: 1, write: () => undefined });

describe('the body of a request', () => {
  it('waits for a platform that does not read, once it is more than what is kept', async () => {
    const { incoming, pulled } = request(100);
    takeBody(incoming, { ...LIMITS, keptBytes: 2 * MEBIBYTE }).sendTo(stuck());
    await rest();
    expect(pulled()).toBeLessThan(6);
  });

  it('of which the platform takes nothing for too long is given up, and the agent is let go on', async () => {
    const { incoming } = request(100);
    const out = stuck();
    const [failed, ended] = [once(out, 'error'), once(incoming, 'end')];
    takeBody(incoming, { keptBytes: MEBIBYTE, stallMs: 50 }).sendTo(out);
    expect(await failed).toMatchObject([{ code: 'UPLOAD_STALLED', exit: 'unreachable' }]);
    await ended;
  });

  it('that is small enough to be kept is read to its end, whether the platform reads or not', async () => {
    const { incoming } = request(10);
    takeBody(incoming, LIMITS).sendTo(stuck());
    await once(incoming, 'end');
  });

  it('whose agent hangs up half-way ends at the platform, too', async () => {
    const { incoming } = request(100);
    const out = stuck();
    takeBody(incoming, { ...LIMITS, keptBytes: MEBIBYTE }).sendTo(out);
    await rest();
    incoming.destroy();
    await rest();
    expect(out.destroyed).toBe(true);
  });

  it('waits when it is too large to be kept and nobody has taken it yet, and is whole when somebody does', async () => {
    const { incoming, pulled } = request(100);
    const body = takeBody(incoming, LIMITS);
    await rest();
    expect(pulled()).toBeLessThan(40);
    const hold = new PassThrough();
    let bytes = 0;
    hold.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    body.sendTo(hold);
    await once(hold, 'end');
    expect([bytes, body.isReplayable()]).toEqual([100 * MEBIBYTE, false]);
    expect(() => body.sendTo(new PassThrough())).toThrow('cannot be sent twice');
  });

  it('does not hold the agent up when nobody listens any more', async () => {
    const { incoming } = request(100);
    const out = stuck();
    takeBody(incoming, LIMITS).sendTo(out);
    await rest();
    out.destroy();
    await once(incoming, 'end');
  });

  it('goes to a second try from its beginning, and what is left of the first one ends', async () => {
    const { incoming } = request(3);
    const body = takeBody(incoming, LIMITS);
    const first = stuck();
    body.sendTo(first);
    await rest();
    const second = new PassThrough();
    const chunks: Buffer[] = [];
    second.on('data', (chunk: Buffer) => chunks.push(chunk));
    body.sendTo(second);
    await once(second, 'end');
    expect(first.destroyed).toBe(true);
    expect(Buffer.concat(chunks).equals(Buffer.concat([1, 2, 3].map((i) => Buffer.alloc(MEBIBYTE, i))))).toBe(
      true,
    );
  });

  it.each([
    ['the rest of which has arrived leaves as a whole', 2, 2],
    ['the rest of which has yet to come goes on as it is', 1, 1],
  ])('of two pieces, %s', async (_name, here, sent) => {
    const incoming = new Readable({ read: () => undefined });
    const headers = { 'content-length': '6' };
    const body = takeBody(Object.assign(incoming, { headers }) as unknown as IncomingMessage, LIMITS);
    for (const piece of ['one', 'two'].slice(0, here)) incoming.push(piece);
    if (here === 2) incoming.push(null);
    await body.ready();
    const out = new PassThrough();
    body.sendTo(out);
    expect(out.writableLength + out.readableLength).toBe(3 * sent);
  });

  it('is let go of when the answer stands', async () => {
    const { incoming } = request(1);
    const body = takeBody(incoming, LIMITS);
    body.sendTo(new PassThrough().resume());
    await once(incoming, 'end');
    expect(body.isReplayable()).toBe(true);
    body.settle();
    expect(body.isReplayable()).toBe(false);
  });
});
