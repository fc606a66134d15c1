import { record } from '../audit/log.ts';
import { readConfig } from '../config/file.ts';
import type { Profile } from '../config/profile.ts';
import { updateConfig } from '../config/write.ts';
import type { Context } from '../context.ts';
import { withLock } from '../system/lock.ts';
import { openStore, storeName } from './open-store.ts';
import { lockPath } from './refresher.ts';
import { type Revoked, revoke } from './revoke.ts';

export interface Forgotten {
  /** Profiles whose credential was removed. */
  readonly removed: readonly string[];
  readonly revoked: Revoked;
}

/**
 * Signs profiles out: tells the server (five seconds at most), and removes the credential here whatever the server
 * said (S34). The profile itself stays. Profiles without a credential are no error.
 */
export async function forget(context: Context, names: readonly string[]): Promise<Forgotten> {
  const removed: string[] = [];
  const answers: Revoked[] = [];
  // Also the road of a reset, where the settings may be unreadable.
  const { profiles } =
    names.length === 0 ? { profiles: {} as Record<string, Profile> } : readConfig(context.home);
  for (const name of names) {
    const reference = profiles[name]?.credential;
    if (reference === undefined) continue;
    const store = await openStore(storeName(reference.store), context);
    // Under the renewal's lock: a renewal on its way must not bring the credential back after it was removed.
    await withLock(lockPath(context, store.name, reference.id), { clock: context.clock }, async () => {
      try {
        const credential = await store.get(reference.id).catch(() => undefined);
        if (credential !== undefined) answers.push(await revoke(credential, context));
      } finally {
        await store.delete(reference.id);
      }
      const origin = reference.id.split('#')[0] ?? '';
      await record(context, {
        event: 'sign-out',
        profile: name,
        origin,
        revoked: answers.at(-1) ?? 'unsupported',
      });
    });
    await updateConfig(context, (config) => ({
      ...config,
      profiles: without(config.profiles, reference.id),
    }));
    removed.push(name);
  }
  return { removed, revoked: worst(answers) };
}

/** Every profile that pointed at the credential is signed out with it. */
function without(profiles: Readonly<Record<string, Profile>>, id: string): Record<string, Profile> {
  return Object.fromEntries(
    Object.entries(profiles).map(([name, profile]) => {
      if (profile.credential?.id !== id) return [name, profile];
      const { credential: _gone, ...rest } = profile;
      return [name, rest];
    }),
  );
}

function worst(answers: readonly Revoked[]): Revoked {
  if (answers.includes('no')) return 'no';
  return answers.includes('yes') ? 'yes' : 'unsupported';
}
