import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { processTreeOf, RUN_MARK } from '../../../src/system/process/tree.ts';

it.skipIf(process.platform !== 'linux')('only the exact mark makes a process part of a run', async () => {
  const start = async (env: Record<string, string>): Promise<number> => {
    const child = spawn('/bin/sleep', ['30'], { env, detached: true });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child, 'spawn');
    return child.pid ?? 0;
  };
  const large = 'x'.repeat(100_000);
  const members = [
    await start({ [RUN_MARK]: 'one' }),
    await start({ A: large, B: large, [RUN_MARK]: 'one', C: large }),
    await start({ A: '', [RUN_MARK]: 'one' }),
  ];
  await start({ [`X${RUN_MARK}`]: 'one' });
  await start({ [RUN_MARK]: 'one more' });
  await start({ A: `${RUN_MARK}=one` });
  const found = processTreeOf(0, 'one').members();
  expect(found.map(({ pid }) => pid).sort()).toEqual(members.sort());
  // Each leads its own process group.
  for (const { pid, group } of found) expect(group).toBe(pid);
});
