import { EventEmitter } from 'node:events';
import { expect, it, vi } from 'vitest';
import { listenForSignals } from '../../../src/system/process/stop-signals.ts';

it.each([
  ['SIGINT', 'INTERRUPTED'],
  ['SIGBREAK', 'INTERRUPTED'],
  ['SIGTERM', 'TERMINATED'],
  ['SIGHUP', 'HUNG_UP'],
])('%s (SIGBREAK is Ctrl-Break on Windows): the first one unwinds, the second one ends', (signal, code) => {
  const source = new EventEmitter();
  const stop = new AbortController();
  const end = vi.fn();
  listenForSignals(source, stop, end);
  source.emit(signal);
  expect(stop.signal.reason).toMatchObject({ code });
  expect(end).not.toHaveBeenCalled();
  source.emit(signal);
  expect(end).toHaveBeenCalledWith(expect.objectContaining({ code }));
});

it('a launched agent gets Ctrl-Break as Ctrl-C', () => {
  const source = new EventEmitter();
  const stop = new AbortController();
  const heard = vi.fn();
  const release = listenForSignals(source, stop, vi.fn())(heard);
  source.emit('SIGBREAK');
  expect(heard.mock.calls).toEqual([['SIGINT']]);
  expect(stop.signal.aborted).toBe(false);
  release();
  source.emit('SIGBREAK');
  expect(stop.signal.aborted).toBe(true);
});
