import { once } from 'node:events';
import { join } from 'node:path';
import type { Context } from '../../context.ts';
import type { Access } from '../../credentials/access.ts';
import { openAccess } from '../../credentials/find/find-access.ts';
import { longLivedAccess } from '../../credentials/find/long-lived-access.ts';
import { noteUse } from '../../credentials/lifecycle/in-use.ts';
import { hostIn, type Openings, originIn } from '../../gateway/openings.ts';
import { type Gateway, newSessionId, startGateway } from '../../gateway/server.ts';
import {
  type Addresses,
  addressesOf,
  askGateways,
  gatewaysOf,
  installationKey,
  keepPort,
  keptPort,
  type RunningGateway,
  silentGateway,
} from '../../gateway/service.ts';
import { fixedPort, type PortSetting } from '../../gateway/settings.ts';
import { CodemieError } from '../../system/errors.ts';
import { withLock } from '../../system/lock.ts';
import { parsePort } from '../../system/port.ts';
import { spawnDetached } from '../../system/process/detached.ts';
import type { CommandRun, OptionValues } from '../spec.ts';
import { linesToCopy } from './lines-to-copy.ts';

/** `codemie gateway start`: runs a gateway for editors until SIGTERM or SIGINT, which end it normally (exit 0). */
export const run: CommandRun = async ({ options }, context) => {
  const { port, setting } = portFrom(options, context);
  const openings = openingsFrom(options);
  await requireNone(context);
  if (options.on('detach')) return detach(options, context);
  const request = { profile: options.text('profile'), trustProject: options.on('trust-project') };
  const access = await openAccess(context, request);
  // Reports a dead credential now, rather than to the first editor.
  await access.fresh();
  const running = gatewaysOf(context.home);
  const { pid } = process;
  // When two start at once, the second one finds the first.
  const gateway = await withLock(join(context.home, 'locks', 'gateway.lock'), context, async () => {
    await requireNone(context);
    const key = installationKey(context.home);
    const started = await startGateway(context, {
      access: longLivedAccess(context, request, access),
      client: 'codemie-gateway',
      project: access.selection.project,
      sessionId: newSessionId(),
      port,
      portSetting: setting,
      key,
      openings,
    });
    try {
      keepPort(context.home, started.port);
      running.remember({ ...stateOf(started, access, context), ...openings });
    } catch (error) {
      await started.close();
      throw error;
    }
    return started;
  });
  const { url, key } = gateway;
  const addresses = addressesFor(access, url);
  const unused = noteUse(context, access, `the gateway at ${url}`);
  try {
    const { terminal } = context;
    if (options.on('json')) {
      const { port } = gateway;
      terminal.print(JSON.stringify({ schemaVersion: 1, url, key: key.reveal(), port, pid, addresses }));
    } else {
      terminal.say(`Gateway to ${access.origin} is running at ${url} (press Ctrl-C to stop).`);
      for (const line of linesToCopy(addresses, context)) terminal.say(line);
    }
    if (!context.signal.aborted) await once(context.signal, 'abort');
  } finally {
    await gateway.close();
    running.forget(pid);
    unused();
  }
  return 0;
};

function stateOf({ url, port, key }: Gateway, access: Access, { clock }: Context): RunningGateway {
  const startedAt = new Date(clock.now()).toISOString();
  const addresses = addressesFor(access, url);
  const { origin } = access;
  return { pid: process.pid, url, port, addresses, origin, startedAt, key: key.reveal() };
}

/** A key provider may speak only some of the APIs. */
function addressesFor({ selection }: Access, url: string): Addresses {
  return addressesOf(url, selection.keyProvider?.dialects);
}

/** @throws GATEWAY_RUNNING, or GATEWAY_SILENT when a gateway does not respond. */
async function requireNone(context: Context): Promise<void> {
  const { answering, silent } = await askGateways(context);
  if (answering[0] !== undefined) throw already(answering[0].url, answering[0].pid);
  if (silent[0] !== undefined) throw silentGateway(silent[0], context);
}

function portFrom(
  options: OptionValues,
  { env, home }: Context,
): { readonly port: number; readonly setting: PortSetting } {
  const text = options.text('port');
  if (text !== undefined) return { port: parsePort(text, '--port'), setting: '--port' };
  const fixed = fixedPort(env);
  if (fixed !== 0) return { port: fixed, setting: 'CODEMIE_PROXY_PORT' };
  return { port: keptPort(home), setting: 'as at the last start' };
}

function openingsFrom(options: OptionValues): Openings {
  return {
    allowHosts: options.list('allow-host').map(hostIn),
    allowOrigins: options.list('allow-origin').map(originIn),
  };
}

async function detach(options: OptionValues, context: Context): Promise<number> {
  const args = ['gateway', 'start', '--json'];
  for (const name of ['port', 'profile', 'ca-file']) {
    const value = options.text(name);
    if (value !== undefined) args.push(`--${name}`, value);
  }
  for (const name of ['allow-host', 'allow-origin'])
    for (const value of options.list(name)) args.push(`--${name}`, value);
  if (options.on('trust-project')) args.push('--trust-project');
  const { line, value } = await spawnDetached(args, context.env, 20_000);
  const { terminal } = context;
  if (options.on('json')) {
    terminal.print(line);
    return 0;
  }
  terminal.say(
    `Gateway is running at ${String(value['url'])} (process ${String(value['pid'])}). To stop it: codemie gateway stop`,
  );
  for (const copied of linesToCopy(value['addresses'] as Addresses, context)) terminal.say(copied);
  return 0;
}

function already(url: string, pid: number): CodemieError {
  return new CodemieError({
    code: 'GATEWAY_RUNNING',
    message: `A gateway is already running at ${url} (process ${pid}).`,
    hint: 'codemie gateway status, or codemie gateway stop',
  });
}
