import { sandboxesOf } from '../../sandbox/running.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie sandbox status`: lists running sandboxes, without their control addresses. */
export const run: CommandRun = async ({ options }, context) => {
  const sandboxes = sandboxesOf(context.home)
    .list()
    .map(({ pid, url, startedAt }) => ({
      pid,
      url,
      startedAt,
    }));
  if (options.on('json')) context.terminal.print(JSON.stringify({ schemaVersion: 1, sandboxes }));
  else if (sandboxes.length === 0)
    context.terminal.print('No sandbox is running. Start one: codemie sandbox start');
  else
    for (const { pid, url, startedAt } of sandboxes)
      context.terminal.print(`${url}  process ${pid}, since ${startedAt}`);
  return 0;
};
