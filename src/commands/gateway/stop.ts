import type { Context } from '../../context.ts';
import { gatewaysOf, installationKey, type RunningGateway } from '../../gateway/service.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie gateway stop`: ends the gateway of this installation and waits until it is gone. */
export const run: CommandRun = async ({ options }, context) => {
  const set = gatewaysOf(context.home);
  const stopped: number[] = [];
  for (const gateway of set.list()) {
    // It knows this installation's key, so the process id is still the gateway's and not a later program's.
    if (await answers(context, gateway)) {
      process.kill(gateway.pid, 'SIGTERM');
      stopped.push(gateway.pid);
    } else set.forget(gateway.pid);
  }
  for (let i = 0; i < 100 && set.list().length > 0; i += 1) await context.clock.sleep(50, context.signal);
  const left = set.list().length;
  if (options.on('json')) context.terminal.print(JSON.stringify({ schemaVersion: 1, stopped }));
  else context.terminal.say(stopped.length === 0 ? 'No gateway was running.' : 'Stopped the gateway.');
  return left === 0 ? 0 : 1;
};

async function answers(context: Context, { url }: RunningGateway): Promise<boolean> {
  try {
    const headers = { authorization: `Bearer ${installationKey(context.home).reveal()}` };
    return (await context.http({ url: `${url}/metrics`, headers, timeoutMs: 3000 })).status === 200;
  } catch {
    return false;
  }
}
