import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type StdioAgent, stdioAgent } from './stdio-agent.ts';

/** An agent that also sees what its proxy tells a person, and when it ends. */
export interface Agent extends StdioAgent {
  readonly child: ChildProcess;
  /** Standard error so far. */
  said(): string;
  /** Its exit code; null after a signal. */
  ended(): Promise<number | null>;
}

export function agentOf(child: ChildProcess): Agent {
  let text = '';
  child.stderr?.on('data', (chunk) => {
    text += String(chunk);
  });
  // A proxy that was killed reads nothing more.
  child.stdin?.on('error', () => undefined);
  const exit = once(child, 'exit') as Promise<[number | null]>;
  return { ...stdioAgent(child), child, said: () => text, ended: async () => (await exit)[0] };
}
