import type { Adapter } from 'oidc-provider';
import type { SandboxStore } from '../store.ts';

/** The storage adapter that oidc-provider requires, one instance per kind of record, on top of the store. */
export function adapterFor(store: SandboxStore, now: () => number): (kind: string) => Adapter {
  return (kind) => ({
    upsert: (id, payload, expiresIn) =>
      store.set(kind, id, payload, expiresIn ? now() + expiresIn * 1000 : undefined),
    find: (id) => store.get(kind, id),
    findByUserCode: (userCode) => store.findBy(kind, 'userCode', userCode),
    findByUid: (uid) => store.findBy(kind, 'uid', uid),
    destroy: (id) => store.delete(kind, id),
    revokeByGrantId: (grantId) => store.deleteBy('grantId', grantId),
    consume: async (id) => {
      const payload = await store.get(kind, id);
      if (payload === undefined) return;
      // Kept until it expires: a second use is how reuse is detected.
      const expiresAt = payload.exp === undefined ? undefined : payload.exp * 1000;
      await store.set(kind, id, { ...payload, consumed: Math.floor(now() / 1000) }, expiresAt);
    },
  });
}
