import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { PassThrough, Readable, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/net/limits.ts';
import { takeBody } from '../../../src/net/stream/replayable-body.ts';

const MEBIBYTE = 1_048_576;

/** A request of `mebibytes` MiB, and a count of those read from it. */
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
  it('waits for a platform that does not read, once it exceeds the kept size', async () => {
    const { incoming, pulled } = request(100);
    takeBody(incoming, { ...LIMITS, keptBytes: 2 * MEBIBYTE }).sendTo(stuck());
    await rest();
    expect(pulled()).toBeLessThan(6);
  });

  it('is given up if the platform reads nothing for too long, and the agent can finish sending', async () => {
    const { incoming } = request(100);
    const out = stuck();
    const [failed, ended] = [once(out, 'error'), once(incoming, 'end')];
    takeBody(incoming, { keptBytes: MEBIBYTE, stallMs: 50 }).sendTo(out);
    expect(await failed).toMatchObject([{ code: 'UPLOAD_STALLED', exit: 'unreachable' }]);
    await ended;
  });

  it('is read to its end if small enough to be kept, whether the platform reads or not', async () => {
    const { incoming } = request(10);
    takeBody(incoming, LIMITS).sendTo(stuck());
    await once(incoming, 'end');
  });

  it('ends at the platform when its agent hangs up half-way', async () => {
    const { incoming } = request(100);
    const out = stuck();
    takeBody(incoming, { ...LIMITS, keptBytes: MEBIBYTE }).sendTo(out);
    await rest();
    incoming.destroy();
    await rest();
    expect(out.destroyed).toBe(true);
  });

  it('waits if it is too large to be kept and has no target yet, and then arrives whole', async () => {
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

  it('does not block the agent after the target closed', async () => {
    const { incoming } = request(100);
    const out = stuck();
    takeBody(incoming, LIMITS).sendTo(out);
    await rest();
    out.destroy();
    await once(incoming, 'end');
  });

  it('starts again from its beginning for a retry, and the first attempt ends', async () => {
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
    ['is sent whole if the rest has arrived', 2, 2],
    ['is sent in parts if the rest is still to come', 1, 1],
  ])('in two pieces %s', async (_name, here, sent) => {
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

  it('is freed once the response is final', async () => {
    const { incoming } = request(1);
    const body = takeBody(incoming, LIMITS);
    body.sendTo(new PassThrough().resume());
    await once(incoming, 'end');
    expect(body.isReplayable()).toBe(true);
    body.settle();
    expect(body.isReplayable()).toBe(false);
  });
});
