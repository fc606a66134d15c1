import { join } from 'node:path';
import { isSameReference, type StoredReference } from '../../config/profile.ts';
import type { Context } from '../../context.ts';
import { storeName } from '../../secrets/open.ts';
import { sha256 } from '../../system/digest.ts';
import { messageOf } from '../../system/errors.ts';
import { namesIn, readTextIfAny, removeFile, writeFileAtomic } from '../../system/files.ts';
import { objectIn } from '../../system/json.ts';
import { withLock } from '../../system/lock.ts';
import type { Credential } from '../credential.ts';
import { openStore } from '../keep/open-store.ts';
import { lockPath } from '../renew/renewal-lock.ts';
import { revoke } from './revoke.ts';

const folderOf = ({ home }: Pick<Context, 'home'>): string => join(home, 'unfinished');

/**
 * Writes down where a credential is, or is about to be, that no profile names: a keychain does not list what it holds, so
 * that of a sign-in that is killed before its profile is written, or that cannot be removed now, nobody would know. For one
 * that is about to be put there, to be called under the credential's lock, which is held until the profile is written.
 *
 * @returns takes the note back.
 */
export function noteOrphan(context: Context, { store, id }: StoredReference): () => void {
  const name = sha256(`${store}\n${id}`).slice(0, 32);
  const path = join(folderOf(context), `${name}.json`);
  writeFileAtomic(path, JSON.stringify({ store, id }));
  return () => void removeFile(path);
}

/**
 * Removes what was noted and no profile came to name, where its store can be opened, and tells the server; what cannot be
 * removed now stays noted.
 *
 * @param named the credentials that profiles name, asked for when it counts.
 */
export async function removeOrphans(
  context: Context,
  named: () => readonly StoredReference[],
  end = (lost: Credential): Promise<unknown> => revoke(lost, context),
): Promise<void> {
  const { clock, signal } = context;
  for (const name of namesIn(folderOf(context)).filter((entry) => entry.endsWith('.json'))) {
    const path = join(folderOf(context), name);
    const { store: place, id } = objectIn(readTextIfAny(path)) ?? {};
    if (typeof place !== 'string' || typeof id !== 'string') continue;
    try {
      const store = await openStore(storeName(place), context);
      await withLock(lockPath(context, store.name, id), { clock, signal }, async () => {
        // Whoever noted it may have finished while we waited.
        if (readTextIfAny(path) === undefined) return;
        const references = named();
        if (!references.some((reference) => isSameReference(reference, { store: place, id }))) {
          const lost = await store.get(id).catch(() => undefined);
          await store.delete(id);
          // The same account in another store may be of the same session of the provider.
          if (lost !== undefined && !references.some((reference) => reference.id === id)) await end(lost);
        }
        removeFile(path);
      });
    } catch (error) {
      signal.throwIfAborted();
      context.log.debug('an unfinished sign-in could not be removed', { reason: messageOf(error) });
    }
  }
}
