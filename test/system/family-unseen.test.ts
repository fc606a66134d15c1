import { expect, it, vi } from 'vitest';
import { startChild } from '../../src/system/process/child.ts';
import { processTreeOf } from '../../src/system/process/tree.ts';
import { childOf, temporaryFolder } from '../support/context.ts';

/** A machine without free file descriptors. */
vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  readdirSync: () => {
    throw Object.assign(new Error('EMFILE: too many open files, scandir'), { code: 'EMFILE' });
  },
}));

it('a run continues when its processes cannot be listed', () => {
  expect(processTreeOf(process.pid, 'mark').members()).toEqual([]);
});

it('an agent is ended even if its tools cannot be listed', async () => {
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
