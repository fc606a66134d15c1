import type { Adapter, AdapterPayload } from 'oidc-provider';

/** Where the sandbox keeps its state. In memory now; a database is another implementation of this. */
export interface SandboxStore {
  get(kind: string, id: string): AdapterPayload | undefined;
  set(kind: string, id: string, payload: AdapterPayload, expiresAt: number | undefined): void;
  delete(kind: string, id: string): void;
  find(kind: string, match: (payload: AdapterPayload) => boolean): AdapterPayload | undefined;
  deleteWhere(match: (payload: AdapterPayload, kind: string) => boolean): number;
}

interface Row {
  readonly kind: string;
  readonly payload: AdapterPayload;
  readonly expiresAt: number | undefined;
}

/** State for as long as the process lives. */
export function createMemoryStore(now: () => number): SandboxStore {
  const rows = new Map<string, Row>();
  const key = (kind: string, id: string): string => `${kind}:${id}`;
  const alive = (row: Row | undefined): row is Row =>
    row !== undefined && (row.expiresAt === undefined || row.expiresAt > now());
  return {
    get: (kind, id) => {
      const row = rows.get(key(kind, id));
      return alive(row) ? row.payload : undefined;
    },
    set: (kind, id, payload, expiresAt) => void rows.set(key(kind, id), { kind, payload, expiresAt }),
    delete: (kind, id) => void rows.delete(key(kind, id)),
    find: (kind, match) => {
      for (const row of rows.values())
        if (row.kind === kind && alive(row) && match(row.payload)) return row.payload;
      return undefined;
    },
    deleteWhere: (match) => {
      let count = 0;
      for (const [id, row] of rows) {
        if (!match(row.payload, row.kind)) continue;
        rows.delete(id);
        count += 1;
      }
      return count;
    },
  };
}

/** The adapter oidc-provider asks for, one instance per model, over the store. */
export function adapterFor(store: SandboxStore, now: () => number): (name: string) => Adapter {
  return (name) => ({
    upsert: async (id, payload, expiresIn) => {
      store.set(name, id, payload, expiresIn ? now() + expiresIn * 1000 : undefined);
    },
    find: async (id) => store.get(name, id),
    findByUserCode: async (userCode) => store.find(name, (payload) => payload.userCode === userCode),
    findByUid: async (uid) => store.find(name, (payload) => payload.uid === uid),
    destroy: async (id) => store.delete(name, id),
    revokeByGrantId: async (grantId) => {
      store.deleteWhere((payload) => payload.grantId === grantId);
    },
    consume: async (id) => {
      const payload = store.get(name, id);
      if (payload !== undefined) payload.consumed = Math.floor(now() / 1000);
    },
  });
}
