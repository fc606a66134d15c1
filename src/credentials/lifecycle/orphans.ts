import { join } from 'node:path';
import { isSameReference, type StoredReference } from '../../config/profile.ts';
import type { Context } from '../../context.ts';
import { lockPath } from '../../secrets/lock-path.ts';
import { storeName } from '../../secrets/open.ts';
import { sha256 } from '../../system/digest.ts';
import { messageOf } from '../../system/errors.ts';
import { namesIn, readTextIfAny, removeFile, writeFileAtomic } from '../../system/files.ts';
import { objectIn } from '../../system/json.ts';
import { withLock } from '../../system/lock.ts';
import type { Credential } from '../credential.ts';
import { openStore } from '../keep/open-store.ts';
import { revoke } from './revoke.ts';

const folderOf = ({ home }: Pick<Context, 'home'>): string => join(home, 'unfinished');

/**
 * Records a stored credential that no profile references, or not yet. A keychain cannot be listed, so without this record a
 * sign-in that is killed half-way, or a failed deletion, would leak its entry. To record a credential that is about to be
 * stored, hold its lock from this call until the profile is written.
 *
 * @returns a function that removes the record.
 */
export function noteOrphan(context: Context, { store, id }: StoredReference): () => void {
  const name = sha256(`${store}\n${id}`).slice(0, 32);
  const path = join(folderOf(context), `${name}.json`);
  writeFileAtomic(path, JSON.stringify({ store, id }));
  return () => void removeFile(path);
}

/**
 * Deletes and revokes the recorded credentials that no profile references. Those whose store cannot be opened stay recorded.
 *
 * @param named returns the credentials that profiles reference; called under each credential's lock.
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
        // The process that made this record may have finished while we waited for the lock.
        if (readTextIfAny(path) === undefined) return;
        const references = named();
        if (!references.some((reference) => isSameReference(reference, { store: place, id }))) {
          const lost = await store.get(id).catch(() => undefined);
          await store.delete(id);
          // The same account in another store may belong to the same session at the provider.
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
