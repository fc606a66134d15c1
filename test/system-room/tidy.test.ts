import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createLog } from '../../src/system/log.ts';
import { tidyFolder } from '../../src/system/tidy.ts';
import { temporaryFolder } from '../support/context.ts';

/** A machine that lets a folder go after so many tries. */
function machine(failures: number) {
  const done = { tries: 0, waited: 0, said: [] as string[] };
  const context = {
    clock: {
      sleep: async (ms: number) => {
        done.waited += ms;
      },
    },
    log: createLog(
      true,
      () => 0,
      (line) => done.said.push(line),
    ),
  };
  const remove = (): void => {
    done.tries += 1;
    if (done.tries <= failures) throw Object.assign(new Error('EBUSY: resource busy'), { code: 'EBUSY' });
  };
  return { done, run: () => tidyFolder('C:\\Temp\\codemie-x', context, remove) };
}

it('what is open in a folder is waited for', async () => {
  const { done, run } = machine(4);
  expect(await run()).toBeUndefined();
  expect([done.tries, done.said]).toEqual([5, []]);
});

it('a folder that stays in use for two seconds is left, which is said to the debug log and is no error', async () => {
  const { done, run } = machine(Number.POSITIVE_INFINITY);
  expect(await run()).toContain('EBUSY');
  expect(done.waited).toBe(2000);
  expect(done.said).toEqual([expect.stringMatching(/left behind .*codemie-x.*EBUSY/)]);
});

it('removes a folder here, and minds none that is gone', async () => {
  const folder = join(temporaryFolder(), 'run');
  mkdirSync(folder);
  writeFileSync(join(folder, 'settings.json'), '{}');
  const context = {
    clock: { sleep: async () => undefined },
    log: createLog(
      false,
      () => 0,
      () => undefined,
    ),
  };
  expect(await tidyFolder(folder, context)).toBeUndefined();
  expect(existsSync(folder)).toBe(false);
  expect(await tidyFolder(folder, context)).toBeUndefined();
});
