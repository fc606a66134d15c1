import type { Context } from '../../context.ts';
import { type RunningSandbox, sandboxesOf } from '../../sandbox/running.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie sandbox stop`: ends every sandbox of this home and waits until they are gone. */
export const run: CommandRun = async ({ options }, context) => {
  const set = sandboxesOf(context.home);
  const running: RunningSandbox[] = [];
  for (const sandbox of set.list()) {
    // Its own control address answers, so the process id is still that of the sandbox and not of a later program.
    if (await answers(context, sandbox)) running.push(sandbox);
    else set.forget(sandbox.pid);
  }
  for (const sandbox of running) process.kill(sandbox.pid, 'SIGTERM');
  for (let i = 0; i < 100 && set.list().length > 0; i += 1) await context.clock.sleep(50, context.signal);
  const left = new Set(set.list().map((sandbox) => sandbox.pid));
  const stopped = running.filter((sandbox) => !left.has(sandbox.pid)).map((sandbox) => sandbox.pid);
  if (options.on('json')) context.terminal.print(JSON.stringify({ schemaVersion: 1, stopped }));
  else
    context.terminal.say(
      stopped.length === 0 ? 'No sandbox was running.' : `Stopped ${stopped.length} sandbox(es).`,
    );
  return left.size === 0 ? 0 : 1;
};

async function answers(context: Context, { controlUrl }: RunningSandbox): Promise<boolean> {
  try {
    const response = await context.http({ url: `${controlUrl}/events?since=1000000`, timeoutMs: 3000 });
    return response.status === 200;
  } catch {
    return false;
  }
}
