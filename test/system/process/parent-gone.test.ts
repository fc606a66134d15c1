import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { onParentGone, type Parent } from '../../../src/system/process/parent-gone.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it.each([
  ['Linux, where an orphan gets another parent', 'linux', { pid: 1 }],
  ['macOS, where an orphan gets another parent', 'darwin', { pid: 1 }],
  ['Windows, where an orphan keeps its parent id', 'win32', { isRunning: false }],
] as const)('the end of the host is noticed once, on %s', (_system, platform, after) => {
  let state: { readonly pid: number; readonly isRunning: boolean } = { pid: 4711, isRunning: true };
  const parent: Parent = { platform, pid: () => state.pid, isRunning: () => state.isRunning };
  const gone = vi.fn();
  onParentGone(100, gone, parent);
  vi.advanceTimersByTime(1000);
  expect(gone).not.toHaveBeenCalled();
  state = { ...state, ...after };
  vi.advanceTimersByTime(1000);
  expect(gone).toHaveBeenCalledTimes(1);
});

it('nothing is watched any more once it was stopped', () => {
  const gone = vi.fn();
  const pid = vi.fn().mockReturnValueOnce(4711).mockReturnValue(1);
  onParentGone(100, gone, { platform: 'linux', pid, isRunning: () => true })();
  vi.advanceTimersByTime(1000);
  expect(gone).not.toHaveBeenCalled();
});
