import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Outcome, outcomeOf } from './commands.ts';
import { type TestContext, testContext } from './context.ts';
import { fakeAgents } from './fake-agents.ts';

/** Somebody who has every agent, in a folder that is also their home. */
export interface McpUser {
  readonly context: TestContext;
  path(name: string): string;
  read(name: string): string;
  write(name: string, text: string): void;
  mcp(...args: string[]): Promise<Outcome>;
}

/** @param env more variables. */
export function mcpUser(env: Record<string, string> = {}): McpUser {
  const context = testContext({ env: { PATH: fakeAgents(), ...env } });
  const path = (name: string): string => join(context.cwd, name);
  return {
    context,
    path,
    read: (name) => readFileSync(path(name), 'utf8'),
    write: (name, text) => {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), text);
    },
    mcp: (...args) => outcomeOf(context, 'mcp', ...args),
  };
}
