import { askGateways, silentGateway } from '../../gateway/service.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie gateway status`: whether one runs, where, and with `--json` the key editors need. Exit 1 when none runs. */
export const run: CommandRun = async ({ options }, context) => {
  const { answering, silent } = await askGateways(context);
  const [running] = answering;
  if (running === undefined && silent[0] !== undefined) throw silentGateway(silent[0], context);
  const { terminal } = context;
  if (options.on('json'))
    terminal.print(JSON.stringify({ schemaVersion: 1, running: running !== undefined, ...running }));
  else if (running === undefined)
    terminal.print('No gateway is running. Start one: codemie gateway start --detach');
  else
    terminal.print(`${running.url} to ${running.origin}, process ${running.pid}, since ${running.startedAt}`);
  return running === undefined ? 1 : 0;
};
