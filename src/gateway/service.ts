import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readTextIfAny, writeFileAtomic } from '../system/files.ts';
import { type Running, type RunningSet, runningSet } from '../system/running.ts';
import { Secret } from '../system/secret.ts';

/** A gateway that runs for editors, as its private state file describes it. */
export interface RunningGateway extends Running {
  readonly url: string;
  readonly port: number;
  readonly origin: string;
}

export function gatewaysOf(home: string): RunningSet<RunningGateway> {
  return runningSet(join(home, 'gateway'));
}

/**
 * The key editors are configured with, the same at every start of this installation: 0600, made once. It opens nothing but
 * a gateway on this machine that is running.
 */
export function installationKey(home: string): Secret {
  const path = join(home, 'gateway-key');
  const known = readTextIfAny(path)?.trim();
  if (known !== undefined && /^codemie-[\w-]{43}$/.test(known)) return new Secret(known);
  const key = new Secret(`codemie-${randomBytes(32).toString('base64url')}`);
  writeFileAtomic(path, `${key.reveal()}\n`);
  return key;
}
