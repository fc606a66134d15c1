import { join } from 'node:path';
import { type Running, type RunningSet, runningSet } from '../system/process/running.ts';

/** A running sandbox; its state file is private because it holds the control address. */
export interface RunningSandbox extends Running {
  readonly url: string;
  readonly controlUrl: string;
}

export function sandboxesOf(home: string): RunningSet<RunningSandbox> {
  return runningSet(join(home, 'sandbox'));
}
