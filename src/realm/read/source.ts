import type { KeycloakAdmin } from '../../keycloak/admin.ts';
import { MissingRole, roleMissing } from '../../keycloak/errors.ts';
import { type Json, type JsonObject, objectsIn } from '../../system/json.ts';
import { type IdKind, idKey, type NotCovered, type Unseen } from '../reading.ts';
import { objectOf } from './shape.ts';

/** What all parts of a reading share: requests, and what they note on the way. */
export interface Source {
  object(path: string): Promise<JsonObject>;
  list(path: string): Promise<readonly JsonObject[]>;
  /** A list whose default page is short. */
  pages(path: string): Promise<readonly JsonObject[]>;
  /** @returns undefined for 404. */
  find(path: string): Promise<Json | undefined>;
  /** Keycloak's own export of the realm without clients, groups and roles. Needs manage-realm. */
  partialExport(): Promise<JsonObject>;
  /**
   * Runs `read`. If the account lacks a role for it, notes that.
   *
   * @param members of the representation that are then incomplete.
   * @returns undefined if it may not be seen.
   */
  seen<T>(what: string, members: readonly string[], read: () => Promise<T>): Promise<T | undefined>;
  /** @throws what a 403 for this path throws. */
  refuse(path: string): never;
  notCovered(type: string, count: number): void;
  id(kind: IdKind, names: readonly string[], id: Json | undefined): void;
}

export interface Notes {
  readonly unseen: Unseen[];
  readonly notCovered: NotCovered[];
  readonly ids: Map<string, string>;
}

/** @param signal ends the reading. */
export function createSource(admin: KeycloakAdmin, signal: AbortSignal, notes: Notes): Source {
  return {
    object: async (path) => objectOf(await admin.get(path, signal)),
    list: async (path) => objectsIn(await admin.get(path, signal)),
    pages: (path) => admin.getAll(path, signal),
    find: async (path) => {
      const { status, body, failure } = await admin.call('GET', path, { signal });
      if (failure !== undefined && status !== 404) throw failure;
      return failure === undefined ? body : undefined;
    },
    partialExport: async () => {
      const { body, failure } = await admin.call('POST', '/partial-export', { signal });
      if (failure !== undefined) throw failure;
      return objectOf(body);
    },
    seen: async (what, members, read) => {
      try {
        return await read();
      } catch (error) {
        if (!(error instanceof MissingRole)) throw error;
        notes.unseen.push({ what, permission: error.role, members });
        return undefined;
      }
    },
    refuse: (path) => {
      throw roleMissing({ ...admin, loginRealm: admin.loginRealm(), path });
    },
    notCovered: (type, count) => {
      if (count > 0) notes.notCovered.push({ type, count });
    },
    id: (kind, names, id) => {
      if (typeof id === 'string') notes.ids.set(idKey(kind, ...names), id);
    },
  };
}
