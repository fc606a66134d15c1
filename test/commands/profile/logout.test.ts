import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { readConfig } from '../../../src/config/file.ts';
import { startSandbox } from '../../../src/sandbox/start.ts';
import { lockPath } from '../../../src/secrets/lock-path.ts';
import { withLock } from '../../../src/system/lock.ts';
import { browse } from '../../support/browser.ts';
import { outcomeOf } from '../../support/commands.ts';
import { testContext } from '../../support/context.ts';

it('S34: a lock that is held forever does not stop a sign-out', async () => {
  const sandbox = await startSandbox({ autoApprove: 'ada' });
  onTestFinished(() => sandbox.close());
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const context = testContext({
    env: { DISPLAY: ':0' },
    onOpen: (address) => {
      void browse(address, () => false).catch(() => undefined);
      return true;
    },
  });
  const login = ['profile', 'login', '--url', sandbox.url, '--store', 'plaintext-file'];
  expect((await outcomeOf(context, ...login)).code).toBe(0);
  const id = readConfig(context.home).profiles['default']?.credential?.id ?? '';
  const waits = vi.fn(async (ms: number) => void vi.advanceTimersByTime(ms));
  // Every wait ends at once.
  const impatient = { ...context, clock: { now: context.clock.now, sleep: waits } };
  let release = (): void => undefined;
  const held = withLock(
    lockPath(context, 'plaintext-file', id),
    { clock: context.clock },
    () =>
      new Promise<void>((resolve) => {
        release = resolve;
      }),
  );
  const { code, stdout } = await outcomeOf(impatient, 'profile', 'logout', '--json');
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { removed: ['default'], revoked: 'yes' }]);
  // As long as a slow renewal can take, but no longer.
  const waited = waits.mock.calls.reduce((sum, [ms]) => sum + ms, 0);
  expect([waited > 19_000, waited < 22_000]).toEqual([true, true]);
  expect(readdirSync(join(context.home, 'credentials'))).toEqual([]);
  release();
  await held;
});
