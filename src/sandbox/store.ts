import type { AdapterPayload } from 'oidc-provider';

/** Fields for looking up records, besides their ID. */
export type Lookup = 'grantId' | 'uid' | 'userCode';

/**
 * Where the sandbox stores what its provider issues. This one is in memory; a database could replace it, because
 * every call is asynchronous and looks up one kind by one field.
 */
export interface SandboxStore {
  get(kind: string, id: string): Promise<AdapterPayload | undefined>;
  /** @param expiresAt milliseconds since the epoch; undefined when it never expires. */
  set(kind: string, id: string, payload: AdapterPayload, expiresAt: number | undefined): Promise<void>;
  delete(kind: string, id: string): Promise<void>;
  findBy(kind: string, field: Lookup, value: string): Promise<AdapterPayload | undefined>;
  deleteBy(field: Lookup, value: string): Promise<void>;
  /** Removes every record of these kinds. */
  clear(kinds: readonly string[]): Promise<void>;
}

interface Row {
  readonly kind: string;
  readonly payload: AdapterPayload;
  readonly expiresAt: number | undefined;
}

/** A store that lives as long as the process. */
export function createMemoryStore(now: () => number): SandboxStore {
  const rows = new Map<string, Row>();
  const key = (kind: string, id: string): string => `${kind}:${id}`;
  const alive = (row: Row | undefined): row is Row =>
    row !== undefined && (row.expiresAt === undefined || row.expiresAt > now());
  const deleteWhere = (match: (row: Row) => boolean): void => {
    for (const [id, row] of rows) if (match(row)) rows.delete(id);
  };
  return {
    get: async (kind, id) => {
      const row = rows.get(key(kind, id));
      return alive(row) ? row.payload : undefined;
    },
    set: async (kind, id, payload, expiresAt) => {
      rows.set(key(kind, id), { kind, payload, expiresAt });
    },
    delete: async (kind, id) => {
      rows.delete(key(kind, id));
    },
    findBy: async (kind, field, value) => {
      for (const row of rows.values()) {
        if (row.kind === kind && alive(row) && row.payload[field] === value) return row.payload;
      }
      return undefined;
    },
    deleteBy: async (field, value) => deleteWhere((row) => row.payload[field] === value),
    clear: async (kinds) => deleteWhere((row) => kinds.includes(row.kind)),
  };
}
