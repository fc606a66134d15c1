import { join } from 'node:path';
import { isSameReference, type StoredReference } from '../../config/profile.ts';
import type { Context } from '../../context.ts';
import { messageOf } from '../../system/errors.ts';
import { type Running, type RunningSet, runningSet } from '../../system/process/running.ts';
import type { Access } from '../access.ts';

/** A running process that uses a stored credential: a gateway, or an agent's launcher. */
export interface CredentialUser extends Running {
  /** For messages: `Claude Code`, `the gateway at http://127.0.0.1:4180`. */
  readonly name: string;
  readonly credential: StoredReference;
}

function usersIn(home: string): RunningSet<CredentialUser> {
  return runningSet(join(home, 'in-use'));
}

/**
 * Records that this process uses a stored credential, so that a sign-out can name it. Does nothing for credentials from the
 * command line or the environment, because a sign-out does not end them.
 *
 * @returns a function that removes the record.
 */
export function noteUse(context: Context, access: Access, name: string): () => void {
  const credential = access.selection.profile?.credential;
  if (access.source !== 'store' || credential === undefined) return () => undefined;
  const users = usersIn(context.home);
  const quietly = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      // The record only adds a message to a later sign-out.
      context.log.debug('use of the credential not recorded', { reason: messageOf(error) });
    }
  };
  const startedAt = new Date(context.clock.now()).toISOString();
  quietly(() => users.remember({ pid: process.pid, startedAt, name, credential }));
  return () => quietly(() => users.forget(process.pid));
}

/** @returns the processes that use one of these credentials, as messages name them. */
export function usersOf(
  home: string,
  references: readonly (StoredReference | undefined)[],
): readonly string[] {
  return usersIn(home)
    .list()
    .filter(({ credential }) => references.some((reference) => isSameReference(reference, credential)))
    .map(({ name, pid }) => `${name} (process ${pid})`);
}

/** Names the processes that a sign-out stops, if any. Each checks the store every few seconds, so they do not stop at once. */
export function sayStopped({ terminal }: Context, stopped: readonly string[]): void {
  if (stopped.length > 0) terminal.say(`These will stop working within seconds: ${stopped.join(', ')}.`);
}
