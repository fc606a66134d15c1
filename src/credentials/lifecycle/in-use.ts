import { join } from 'node:path';
import { isSameReference, type StoredReference } from '../../config/profile.ts';
import type { Context } from '../../context.ts';
import { messageOf } from '../../system/errors.ts';
import { type Running, type RunningSet, runningSet } from '../../system/process/running.ts';
import type { Access } from '../access.ts';

/** A process that goes on spending a stored credential: a gateway, or an agent's launcher. */
export interface CredentialUser extends Running {
  /** As a person is told of it: `Claude Code`, `the gateway at http://127.0.0.1:4180`. */
  readonly name: string;
  readonly credential: StoredReference;
}

function usersIn(home: string): RunningSet<CredentialUser> {
  return runningSet(join(home, 'in-use'));
}

/**
 * Notes that this process spends a stored credential, so that a sign-out can name it. A credential of the command line or the
 * environment is nothing a sign-out ends.
 *
 * @returns takes the note back.
 */
export function noteUse(context: Context, access: Access, name: string): () => void {
  const credential = access.selection.profile?.credential;
  if (access.source !== 'store' || credential === undefined) return () => undefined;
  const users = usersIn(context.home);
  const quietly = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      // Only a sentence of a later sign-out depends on it.
      context.log.debug('use of the credential not noted', { reason: messageOf(error) });
    }
  };
  const startedAt = new Date(context.clock.now()).toISOString();
  quietly(() => users.remember({ pid: process.pid, startedAt, name, credential }));
  return () => quietly(() => users.forget(process.pid));
}

/** @returns who spends one of these credentials and is refused as soon as it notices, as a person is told. */
export function usersOf(
  home: string,
  references: readonly (StoredReference | undefined)[],
): readonly string[] {
  return usersIn(home)
    .list()
    .filter(({ credential }) => references.some((reference) => isSameReference(reference, credential)))
    .map(({ name, pid }) => `${name} (process ${pid})`);
}

/** Names who is refused, where anybody is. Each looks at the store now and then, so that takes a moment. */
export function sayStopped({ terminal }: Context, stopped: readonly string[]): void {
  if (stopped.length > 0) terminal.say(`Requests are refused within seconds in: ${stopped.join(', ')}.`);
}
