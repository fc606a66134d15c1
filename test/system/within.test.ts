import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { within } from '../../src/system/within.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Ends only by its signal, like a request to a server that never answers. */
function endless(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

it('ends after its time, also when garbage is collected in the meantime', async () => {
  const work = within(50, new AbortController().signal, async (signal) => {
    const ended = endless(signal);
    for (let i = 0; i < 3; i += 1) collectGarbage();
    return ended;
  });
  await expect(work).rejects.toThrow('Timed out');
});

it('ends with the outer signal and its reason, before or during the work', async () => {
  const outer = new AbortController();
  const work = within(60_000, outer.signal, endless);
  outer.abort(new Error('stopped'));
  await expect(work).rejects.toThrow('stopped');
  await expect(within(60_000, outer.signal, endless)).rejects.toThrow('stopped');
});

it('leaves nothing behind when the work is done', async () => {
  const outer = new AbortController();
  expect(await within(60_000, outer.signal, async () => 'done')).toBe('done');
  expect(getEventListeners(outer.signal, 'abort')).toEqual([]);
});
