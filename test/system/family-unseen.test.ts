import { expect, it, vi } from 'vitest';
import { startChild } from '../../src/system/process/child.ts';
import { processTreeOf } from '../../src/system/process/tree.ts';
import { childOf, temporaryFolder } from '../support/context.ts';

/** A machine that has no file left to open. */
vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  readdirSync: () => {
    throw Object.assign(new Error('EMFILE: too many open files, scandir'), { code: 'EMFILE' });
  },
}));

it('processes that cannot be listed are none, so that looking at a run never ends it', () => {
  expect(processTreeOf(process.pid, 'mark').members()).toEqual([]);
});

it('an agent is still ended where its tools cannot be listed', async () => {
  const child = startChild({
    program: process.execPath,
    args: ['-e', 'setInterval(() => {}, 1000)'],
    env: childOf({}),
    cwd: temporaryFolder(),
    input: 'none',
    ownGroup: true,
  });
  child.signal('SIGTERM');
  expect(await child.ended).toBe(143);
  await child.reap(true);
});
