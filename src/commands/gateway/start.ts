import { once } from 'node:events';
import type { Context } from '../../context.ts';
import { openAccess } from '../../credentials/access.ts';
import { lastingAccess } from '../../credentials/lasting.ts';
import { spendable } from '../../credentials/spendable.ts';
import { fixedPort, newSessionId, startGateway } from '../../gateway/server.ts';
import { gatewaysOf, installationKey } from '../../gateway/service.ts';
import { spawnDetached } from '../../system/detached.ts';
import { CodemieError, usageError } from '../../system/errors.ts';
import type { CommandRun, OptionValues } from '../spec.ts';

/** `codemie gateway start`: a gateway for editors, until SIGTERM or SIGINT, which are its normal end (exit 0). */
export const run: CommandRun = async ({ options }, context) => {
  const port = portFrom(options, context);
  const running = gatewaysOf(context.home);
  const [other] = running.list();
  if (other !== undefined) throw already(other.url, other.pid);
  if (options.on('detach')) return detach(options, context);
  const request = { profile: options.text('profile'), trustProject: options.on('trust-project') };
  const access = await openAccess(context, request);
  // A dead credential is said now, and not to the first editor that asks.
  await spendable(access);
  const key = installationKey(context.home);
  const gateway = await startGateway(context, {
    access: lastingAccess(context, request, access),
    client: 'codemie-gateway',
    project: access.selection.project,
    sessionId: newSessionId(),
    port,
    key,
  });
  const { pid } = process;
  const { url } = gateway;
  try {
    const startedAt = new Date(context.clock.now()).toISOString();
    running.remember({ pid, url, port: gateway.port, origin: access.origin, startedAt });
    const { terminal } = context;
    if (options.on('json'))
      terminal.print(JSON.stringify({ schemaVersion: 1, url, key: key.reveal(), port: gateway.port, pid }));
    else for (const line of welcome(url, access.origin)) terminal.say(line);
    if (!context.signal.aborted) await once(context.signal, 'abort');
  } finally {
    running.forget(pid);
    await gateway.close();
  }
  return 0;
};

function welcome(url: string, origin: string): readonly string[] {
  return [
    `A gateway to ${origin} runs at ${url} (Ctrl-C stops it).`,
    'Editors take it as the address of their provider, with this installation’s key:',
    `  Anthropic API  ${url}`,
    `  OpenAI API     ${url}/v1`,
    '  key            codemie gateway status --json | jq -r .key',
  ];
}

function portFrom(options: OptionValues, { env }: Context): number {
  const text = options.text('port');
  if (text === undefined) return fixedPort(env);
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw usageError(`--port takes a number from 0 to 65535, not "${text}".`);
}

async function detach(options: OptionValues, context: Context): Promise<number> {
  const args = ['gateway', 'start', '--json'];
  for (const name of ['port', 'profile', 'ca-file']) {
    const value = options.text(name);
    if (value !== undefined) args.push(`--${name}`, value);
  }
  if (options.on('trust-project')) args.push('--trust-project');
  const { line, value } = await spawnDetached(args, context.env, 20_000);
  const { terminal } = context;
  if (options.on('json')) terminal.print(line);
  else
    terminal.say(
      `A gateway runs at ${String(value['url'])} (process ${String(value['pid'])}). Stop it with: codemie gateway stop`,
    );
  return 0;
}

function already(url: string, pid: number): CodemieError {
  return new CodemieError({
    code: 'GATEWAY_RUNNING',
    message: `A gateway of this installation runs already at ${url} (process ${pid}).`,
    hint: 'codemie gateway status, or codemie gateway stop',
    exit: 'failed',
  });
}
