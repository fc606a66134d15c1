import { askGateways, signInOf, silentGateway } from '../../gateway/service.ts';
import type { CommandRun } from '../spec.ts';

const EXITS = { valid: 0, ended: 4, unreachable: 5 } as const;

/**
 * `codemie gateway status`: whether a gateway runs, its URL, its sign-in, and with `--json` the key for editors.
 * Exits with 1 when none runs, 4 when its sign-in has ended, 5 when the sign-in cannot be renewed now.
 */
export const run: CommandRun = async ({ options }, context) => {
  const { answering, silent } = await askGateways(context);
  const [running] = answering;
  if (running === undefined && silent[0] !== undefined) throw silentGateway(silent[0], context);
  const { terminal } = context;
  if (running === undefined) {
    if (options.on('json')) terminal.print(JSON.stringify({ schemaVersion: 1, running: false }));
    else terminal.print('No gateway is running. Start one: codemie gateway start --detach');
    return 1;
  }
  const state = await signInOf(context, running);
  if (options.on('json'))
    terminal.print(JSON.stringify({ schemaVersion: 1, running: true, ...running, ...state }));
  else {
    terminal.print(`${running.url} to ${running.origin}, process ${running.pid}, since ${running.startedAt}`);
    const openTo = [...(running.allowHosts ?? []), ...(running.allowOrigins ?? [])];
    if (openTo.length > 0) terminal.print(`Also open to ${openTo.join(', ')}, with the key.`);
    if (state?.message !== undefined) terminal.print(`Requests are being rejected. ${state.message}`);
  }
  return EXITS[state?.signIn ?? 'valid'];
};
