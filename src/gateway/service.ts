import { join } from 'node:path';
import type { Dialect } from '../config/providers.ts';
import type { Context } from '../context.ts';
import type { HttpResponse } from '../net/http.ts';
import { CodemieError, messageOf } from '../system/errors.ts';
import { readTextIfAny, writeFileAtomic } from '../system/files.ts';
import { objectIn } from '../system/json.ts';
import { portIn } from '../system/port.ts';
import {
  type Presence,
  presenceOf,
  type Running,
  type RunningSet,
  runningSet,
} from '../system/process/running.ts';
import type { Secret } from '../system/secret.ts';
import { GATEWAY_KEY, keyIn } from './keys.ts';
import type { Openings } from './openings.ts';
import { STATUS_PATH } from './routes.ts';
import type { SignInState } from './watch.ts';

/** A gateway that runs for editors, as described by its private state file. */
export interface RunningGateway extends Running, Partial<Openings> {
  readonly url: string;
  readonly port: number;
  /** The base URL for each API that is behind it. */
  readonly addresses?: Addresses;
  readonly origin: string;
  /** Distinguishes it from another program that has its process id or port by now. */
  readonly key: string;
}

export type Addresses = Readonly<Partial<Record<Dialect, string>>>;

/** @returns the base URLs for clients; they add the rest of the path. */
export function addressesOf(url: string, dialects: readonly Dialect[] = DIALECTS): Addresses {
  return Object.fromEntries(dialects.map((dialect) => [dialect, `${url}${PREFIXES[dialect]}`]));
}

const PREFIXES: Readonly<Record<Dialect, string>> = { openai: '/v1', anthropic: '', gemini: '' };
const DIALECTS: readonly Dialect[] = ['openai', 'anthropic', 'gemini'];

export function gatewaysOf(home: string): RunningSet<RunningGateway> {
  return runningSet(join(home, 'gateway'));
}

export interface Gateways {
  readonly answering: readonly RunningGateway[];
  /** Their processes exist and their ports are open, but they do not answer. */
  readonly silent: readonly RunningGateway[];
}

/** Checks every gateway of this home, and removes the state files of those that are gone. */
export async function askGateways(context: Context): Promise<Gateways> {
  const set = gatewaysOf(context.home);
  const asked = await Promise.all(
    set.list().map(async (gateway) => ({ gateway, presence: await presence(context, gateway) })),
  );
  for (const { gateway, presence } of asked) if (presence === 'gone') set.forget(gateway.pid);
  // One may have ended while we asked.
  const left = new Set(set.list().map(({ pid }) => pid));
  const those = (wanted: Presence): readonly RunningGateway[] =>
    asked
      .filter(({ gateway, presence }) => presence === wanted && left.has(gateway.pid))
      .map(({ gateway }) => gateway);
  return { answering: those('answers'), silent: those('silent') };
}

function presence({ http }: Context, { url, key }: RunningGateway): Promise<Presence> {
  return presenceOf(() =>
    http({ url: `${url}/metrics`, headers: { authorization: `Bearer ${key}` }, timeoutMs: 3000 }),
  );
}

/**
 * Asks a running gateway for its sign-in, and the platform through it, as its next client would.
 *
 * @returns undefined if the gateway is of an earlier version, which does not report it.
 */
export async function signInOf(
  { http, signal }: Context,
  { url, key }: RunningGateway,
): Promise<SignInState | undefined> {
  const ask = (path: string, timeoutMs: number): Promise<HttpResponse> =>
    http({ url: `${url}${path}`, headers: { authorization: `Bearer ${key}` }, timeoutMs, signal });
  const models = await ask('/v1/models', 10_000).catch((error: unknown) => {
    signal.throwIfAborted();
    return messageOf(error);
  });
  const response = await ask(STATUS_PATH, 20_000);
  const { signIn, message } = objectIn(response.body.toString('utf8')) ?? {};
  const state = SIGN_INS.find((known) => known === signIn);
  if (response.status !== 200 || state === undefined) return undefined;
  if (state !== 'valid') return { signIn: state, ...(typeof message === 'string' ? { message } : {}) };
  if (typeof models === 'string') return { signIn: 'unreachable', message: models };
  if (models.status !== 502) return { signIn: state };
  const { error } = objectIn(models.body.toString('utf8')) as { error?: { message?: string } };
  return { signIn: 'unreachable', message: error?.message ?? 'The platform does not answer.' };
}

const SIGN_INS = ['valid', 'ended', 'unreachable'] as const;

export function silentGateway({ url, pid }: RunningGateway, { platform }: Context): CodemieError {
  return new CodemieError({
    code: 'GATEWAY_SILENT',
    message: `The gateway at ${url} (process ${pid}) doesn't answer.`,
    fix: platform === 'win32' ? `taskkill /F /PID ${pid}` : `kill -KILL ${pid}`,
  });
}

/**
 * The key that editors are configured with: the same at every start, 0600, created once under the start lock. It only
 * gives access to a gateway running on this machine.
 */
export function installationKey(home: string): Secret {
  return keyIn(join(home, 'gateway-key'), GATEWAY_KEY);
}

/** @returns the port of the last gateway for editors, which they are configured with; 0 before the first one. */
export function keptPort(home: string): number {
  return portIn(readTextIfAny(join(home, 'gateway-port'))?.trim() ?? '') ?? 0;
}

export function keepPort(home: string, port: number): void {
  if (keptPort(home) !== port) writeFileAtomic(join(home, 'gateway-port'), `${port}\n`);
}
