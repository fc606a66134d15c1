import { join } from 'node:path';
import type { Context } from '../context.ts';
import { sha256 } from '../system/digest.ts';
import { messageOf } from '../system/errors.ts';
import { readTextIfAny, removeFile, writeFileAtomic } from '../system/files.ts';
import { openStore } from './open-store.ts';
import type { SecretStore } from './store.ts';

/**
 * Warns of secrets that had to be left where an older program put them: once, and again only when something about that
 * changes. A script that calls us all day is not told all day; `codemie doctor` tells always.
 */
export function warnOnce(context: Context, topic: string, warnings: readonly string[]): void {
  const mark = join(context.home, `${topic}-announced`);
  const digest = sha256(warnings.join('\n'));
  try {
    if (warnings.length === 0) return void removeFile(mark);
    if (readTextIfAny(mark) === digest) return;
    writeFileAtomic(mark, digest);
  } catch (error) {
    context.log.debug('cannot remember a warning', { reason: messageOf(error) });
  }
  for (const warning of warnings) context.terminal.say(`warning: ${warning}`);
}

/** @returns the first store that nobody has to be asked for and that works, or undefined. */
export async function usableStore(context: Context): Promise<SecretStore | undefined> {
  const names =
    (context.env['CODEMIE_PASSPHRASE'] ?? '') === ''
      ? ['keychain' as const]
      : (['keychain', 'encrypted-file'] as const);
  for (const name of names) {
    try {
      const store = await openStore(name, context);
      await store.verify();
      return store;
    } catch (error) {
      context.log.debug('no place for the secrets of an older program', {
        store: name,
        reason: messageOf(error),
      });
    }
  }
  return undefined;
}

export const NO_STORE =
  'there is no secret store to move it to (unlock the keychain, or set CODEMIE_PASSPHRASE for an encrypted file)';
