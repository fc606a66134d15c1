import { askGateways, gatewaysOf, silentGateway } from '../../gateway/service.ts';
import { CodemieError, systemCode } from '../../system/errors.ts';
import { isRunning } from '../../system/files.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie gateway stop`: stops the gateway of this installation and waits until it is gone. */
export const run: CommandRun = async ({ options }, context) => {
  const { answering, silent } = await askGateways(context);
  for (const { pid } of answering) if (isRunning(pid)) end(pid);
  const left = (): readonly number[] => {
    const running = new Set(
      gatewaysOf(context.home)
        .list()
        .map((gateway) => gateway.pid),
    );
    return answering.map(({ pid }) => pid).filter((pid) => running.has(pid));
  };
  for (let i = 0; i < 100 && left().length > 0; i += 1) await context.clock.sleep(50, context.signal);
  const [lasting] = left();
  if (lasting !== undefined) throw stillRunning(lasting);
  // A process that does not respond may no longer be a gateway, so it is neither stopped nor forgotten.
  if (silent[0] !== undefined) throw silentGateway(silent[0], context);
  const stopped = answering.map(({ pid }) => pid);
  if (options.on('json')) context.terminal.print(JSON.stringify({ schemaVersion: 1, stopped }));
  else context.terminal.say(stopped.length === 0 ? 'No gateway was running.' : 'Stopped the gateway.');
  return 0;
};

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return;
    throw new CodemieError({
      code: 'GATEWAY_RUNNING',
      message: `The gateway (process ${pid}) can't be stopped from here (${systemCode(error)}): it was started as administrator or by another user.`,
      hint: 'Run the command in a terminal like the one that the gateway was started in.',
      cause: error,
    });
  }
}

function stillRunning(pid: number): CodemieError {
  return new CodemieError({
    code: 'GATEWAY_RUNNING',
    message: `The gateway (process ${pid}) is still running after it was asked to stop.`,
    fix: 'codemie gateway stop',
  });
}
