import { record } from '../../audit/log.ts';
import { readConfig } from '../../config/file.ts';
import { isSameReference } from '../../config/profile.ts';
import { requireProfile } from '../../config/profiles.ts';
import { option } from '../../config/sign-in-again.ts';
import { updateConfig } from '../../config/write.ts';
import type { Context } from '../../context.ts';
import { lockPath } from '../../secrets/lock-path.ts';
import { storeName } from '../../secrets/open.ts';
import type { StoreName } from '../../secrets/store.ts';
import { CodemieError, SIGN_IN } from '../../system/errors.ts';
import { withLock } from '../../system/lock.ts';
import { movedFrom, type Place } from '../keep/moved.ts';
import { openStore } from '../keep/open-store.ts';
import { noteOrphan } from './orphans.ts';

export interface MoveResult {
  readonly from: StoreName;
  readonly to: StoreName;
  /** All profiles that use this credential. */
  readonly profiles: readonly string[];
}

/**
 * Moves a profile's credential to another store. Writes it there, reads it back, updates the profiles, and only then deletes
 * the original, so a crash leaves the credential in one store or in both, but never in neither.
 *
 * @throws PROFILE_UNKNOWN (9), AUTH_MISSING (4) if there is nothing to move, STORE_* (8).
 */
export async function moveCredential(context: Context, name: string, to: StoreName): Promise<MoveResult> {
  const config = readConfig(context.home);
  requireProfile(config, name);
  const reference = config.profiles[name]?.credential;
  if (reference === undefined) throw nothingToMove(name);
  const { id } = reference;
  const from = storeName(reference.store);
  const profiles = Object.values(config.profiles)
    .filter(({ credential }) => isSameReference(credential, reference))
    .map((profile) => profile.name);
  if (from === to) return { from, to, profiles: [] };
  const [source, target] = [await openStore(from, context), await openStore(to, context)];
  await target.verify();
  const options = { clock: context.clock, signal: context.signal };
  const work = async (): Promise<void> => {
    const credential = await source.get(id);
    if (credential === undefined) throw await nothingHere(context, name, { store: source, id });
    // If this process is killed, a later sign-in removes the copy that no profile references.
    const finished = [from, to].map((store) => noteOrphan(context, { store, id }));
    await target.set(id, credential);
    if ((await target.get(id)) === undefined) throw notReadBack(to);
    await updateConfig(context, (current) => ({
      ...current,
      profiles: Object.fromEntries(
        Object.entries(current.profiles).map(([key, profile]) =>
          isSameReference(profile.credential, reference)
            ? [key, { ...profile, credential: { store: to, id } }]
            : [key, profile],
        ),
      ),
    }));
    await source.delete(id);
    for (const takeBack of finished) takeBack();
    await record(context, { event: 'store-move', profiles, from, to });
  };
  // Hold the renewal locks of both stores (they may share one), or a running renewal would write to the old store.
  const [here, there] = [lockPath(context, from, id), lockPath(context, to, id)];
  await withLock(here, options, () => (here === there ? work() : withLock(there, options, work)));
  return { from, to, profiles };
}

async function nothingHere(context: Context, name: string, place: Place): Promise<CodemieError> {
  const moved = await movedFrom(context, name, place);
  if (moved === undefined) return nothingToMove(name);
  return new CodemieError({
    code: 'AUTH_MISSING',
    message: `Another codemie process has just moved this sign-in to ${moved.store.name}.`,
    hint: 'If you want it in another store, move it again.',
  });
}

function nothingToMove(name: string): CodemieError {
  return new CodemieError({
    code: 'AUTH_MISSING',
    message: `You're not signed in with profile "${name}", so there is nothing to move.`,
    fix: `${SIGN_IN}${option('profile', name)}`,
  });
}

function notReadBack(to: StoreName): CodemieError {
  return new CodemieError({
    code: 'STORE_DAMAGED',
    message: `Couldn't read your sign-in back from ${to}, so it stays where it was.`,
    fix: 'codemie doctor',
  });
}
