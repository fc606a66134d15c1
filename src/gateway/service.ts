import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { CodemieError, systemCode } from '../system/errors.ts';
import { ensurePrivateFolder, readTextIfAny, writeFileAtomic } from '../system/files.ts';
import { type Presence, presenceOf, type Running, type RunningSet, runningSet } from '../system/running.ts';
import { Secret } from '../system/secret.ts';

/** A gateway that runs for editors, as its private state file describes it. */
export interface RunningGateway extends Running {
  readonly url: string;
  readonly port: number;
  readonly origin: string;
  /** By which it is told from another program that has its process id or its port by now. */
  readonly key: string;
}

export function gatewaysOf(home: string): RunningSet<RunningGateway> {
  return runningSet(join(home, 'gateway'));
}

export interface Gateways {
  readonly answering: readonly RunningGateway[];
  /** Their processes exist and their ports are open, but nothing comes back. */
  readonly silent: readonly RunningGateway[];
}

/** Asks every gateway of this home whether it is there; state files that nobody stands behind are removed. */
export async function askGateways(context: Context): Promise<Gateways> {
  const set = gatewaysOf(context.home);
  const asked = await Promise.all(
    set.list().map(async (gateway) => ({ gateway, presence: await presence(context, gateway) })),
  );
  for (const { gateway, presence } of asked) if (presence === 'gone') set.forget(gateway.pid);
  // One may have ended while it was asked.
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

export function silentGateway({ url, pid }: RunningGateway, { platform }: Context): CodemieError {
  return new CodemieError({
    code: 'GATEWAY_SILENT',
    message: `The gateway at ${url} (process ${pid}) does not answer.`,
    hint: platform === 'win32' ? `taskkill /F /PID ${pid}` : `kill -KILL ${pid}`,
    exit: 'failed',
  });
}

/**
 * The key editors are configured with, the same at every start of this installation: 0600, made once. It opens nothing but
 * a gateway on this machine that is running.
 */
export function installationKey(home: string): Secret {
  const path = join(home, 'gateway-key');
  const key = `codemie-${randomBytes(32).toString('base64url')}`;
  const known = knownKey(path);
  if (known !== undefined) return known;
  if (!createFile(path, `${key}\n`)) {
    // Another process was quicker, and its key is the one; or what stands there is no key.
    const winner = knownKey(path);
    if (winner !== undefined) return winner;
    writeFileAtomic(path, `${key}\n`);
  }
  return new Secret(key);
}

function knownKey(path: string): Secret | undefined {
  const text = readTextIfAny(path)?.trim();
  return text !== undefined && /^codemie-[\w-]{43}$/.test(text) ? new Secret(text) : undefined;
}

/** @returns false when there is such a file already. */
function createFile(path: string, text: string): boolean {
  ensurePrivateFolder(join(path, '..'));
  let handle: number;
  try {
    handle = openSync(path, 'wx', 0o600);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return true;
}
