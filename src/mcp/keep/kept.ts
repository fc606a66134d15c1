import { join } from 'node:path';
import type { StoreName } from '../../secrets/store.ts';
import { STORE_NAMES } from '../../secrets/store.ts';
import { sha256 } from '../../system/digest.ts';
import { namesIn, readTextIfAny, removeFile, writeFileAtomic } from '../../system/files.ts';
import { objectIn } from '../../system/json.ts';

/** What is known of a stored sign-in without opening its store: no secrets. A keychain cannot be listed. */
export interface KeptSignIn {
  /** Its id in the store. */
  readonly id: string;
  /** Address of the MCP server without its query, which may hold a secret. */
  readonly server: string;
  readonly store: StoreName;
  /** False for a registration whose sign-in was not completed or has ended. */
  readonly isSignedIn: boolean;
  /** The authorization server, once it is known. */
  readonly issuer?: string;
  readonly scopes: readonly string[];
  /** When the access token expires, epoch ms; absent if the server did not say. */
  readonly expiresAt?: number;
  /** Whether there is a refresh token. */
  readonly isRefreshable: boolean;
}

/**
 * @returns the id of a server's sign-in in a store. Servers that differ in path or query, which may hold a secret, have
 *   sign-ins of their own.
 */
export function keptId(server: URL): string {
  return `mcp#${server.origin}#${sha256(server.href).slice(0, 16)}`;
}

const folderOf = (home: string): string => join(home, 'mcp');
const pathOf = (home: string, id: string): string => join(folderOf(home), `${sha256(id).slice(0, 32)}.json`);

/** @returns what is stored for a server; undefined if nothing is. */
export function keptAt(home: string, id: string): KeptSignIn | undefined {
  return read(pathOf(home, id));
}

/** @returns all stored sign-ins, by address. */
export function allKept(home: string): readonly KeptSignIn[] {
  return namesIn(folderOf(home))
    .filter((name) => /^[0-9a-f]{32}\.json$/.test(name))
    .flatMap((name) => read(join(folderOf(home), name)) ?? [])
    .toSorted((a, b) => a.id.localeCompare(b.id));
}

/** The facts of a stored sign-in for scripts. */
export function keptFacts({ server, issuer, store, scopes, expiresAt, isRefreshable }: KeptSignIn) {
  return {
    server,
    issuer: issuer ?? null,
    store,
    scopes,
    expiresAt: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
    refreshable: isRefreshable,
  };
}

/** Call it before the store is written, so that no entry of a store is ever without a note of it. */
export function noteKept(home: string, kept: KeptSignIn): void {
  writeFileAtomic(pathOf(home, kept.id), `${JSON.stringify({ version: 1, ...kept })}\n`);
}

/** Call it after the entry was removed from its store. */
export function forgetKept(home: string, id: string): void {
  removeFile(pathOf(home, id));
}

/** A damaged note counts as absent: the next sign-in writes a new one. */
function read(path: string): KeptSignIn | undefined {
  const { id, server, store, isSignedIn, issuer, scopes, expiresAt, isRefreshable } =
    objectIn(readTextIfAny(path)) ?? {};
  const known = STORE_NAMES.find((name) => name === store);
  if (typeof id !== 'string' || typeof server !== 'string' || known === undefined) return undefined;
  return {
    id,
    server,
    store: known,
    isSignedIn: isSignedIn === true,
    ...(typeof issuer === 'string' ? { issuer } : {}),
    scopes: Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === 'string') : [],
    ...(typeof expiresAt === 'number' ? { expiresAt } : {}),
    isRefreshable: isRefreshable === true,
  };
}
