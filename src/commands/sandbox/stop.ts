import { runningSandboxes } from '../../sandbox/running.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie sandbox stop`: ends every sandbox of this home and waits until they are gone. */
export const run: CommandRun = async ({ options }, context) => {
  const running = runningSandboxes(context.home);
  for (const sandbox of running) process.kill(sandbox.pid, 'SIGTERM');
  for (let i = 0; i < 100 && runningSandboxes(context.home).length > 0; i += 1)
    await context.clock.sleep(50, context.signal);
  const left = new Set(runningSandboxes(context.home).map((sandbox) => sandbox.pid));
  const stopped = running.filter((sandbox) => !left.has(sandbox.pid)).map((sandbox) => sandbox.pid);
  if (options.on('json')) context.terminal.print(JSON.stringify({ schemaVersion: 1, stopped }));
  else
    context.terminal.say(
      stopped.length === 0 ? 'No sandbox was running.' : `Stopped ${stopped.length} sandbox(es).`,
    );
  return left.size === 0 ? 0 : 1;
};
