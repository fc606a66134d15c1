import { join } from 'node:path';
import { type Running, type RunningSet, runningSet } from '../system/process/running.ts';

/** A running sandbox. Its state file is private because it contains the control address. */
export interface RunningSandbox extends Running {
  readonly url: string;
  readonly controlUrl: string;
}

export function sandboxesOf(home: string): RunningSet<RunningSandbox> {
  return runningSet(join(home, 'sandbox'));
}
