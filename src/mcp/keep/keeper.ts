import type { Context } from '../../context.ts';
import { lockPath } from '../../secrets/lock-path.ts';
import { openTexts } from '../../secrets/open.ts';
import type { StoreName, TextStore } from '../../secrets/store.ts';
import { formatSpan } from '../../system/duration.ts';
import { CodemieError, messageOf } from '../../system/errors.ts';
import { readTextIfAny, writeFileAtomic } from '../../system/files.ts';
import { objectIn } from '../../system/json.ts';
import { withLock } from '../../system/lock.ts';
import type { AuthSession } from '../auth/session.ts';
import { type McpCode, McpError } from '../errors.ts';
import { type McpLog, plainAddress } from '../log.ts';
import type { McpSettings } from '../settings.ts';
import { keptAt, keptId, noteKept } from './kept.ts';
import { deserialize, serialize } from './record.ts';

/** Keeps the sign-in at one server beyond this process, and shares it with the other processes of this machine. */
export interface Keeper {
  /** Whether the sign-in is stored, or will be. */
  isOn(): boolean;
  /** Fills the session with what is stored. Does nothing in memory mode while nothing is stored. */
  load(): Promise<void>;
  /** Stores the session. Does nothing in memory mode while nothing is stored. */
  save(): Promise<void>;
  /**
   * Runs a refresh or a sign-in while no other process does so at the same server. The session holds the newest state
   * when `work` begins. Whoever waited while a sign-in failed gets that failure, instead of a browser of its own.
   */
  alone<T>(options: AloneOptions, work: () => Promise<T>): Promise<T>;
}

export interface AloneOptions {
  /** Ends the wait; a failure after it is nobody else's. */
  readonly signal: AbortSignal;
  /** Called when another process has been at it for two seconds. */
  readonly onWait: () => void;
}

export interface KeeperOptions {
  readonly context: Context;
  readonly settings: McpSettings;
  readonly session: AuthSession;
  readonly log: McpLog;
}

/** A process waits for the person at another one's browser, and a moment longer for that one to finish. */
const MOMENT_MS = 30_000;

/**
 * Where the sign-in at a server is kept:
 *
 * | `--persist` | stored already  | it is kept                                     |
 * |-------------|-----------------|------------------------------------------------|
 * | no          | no              | in memory                                      |
 * | no          | by `mcp login`  | where it is stored, refreshed there            |
 * | yes         | no              | in the store of `settings.tokenStore`          |
 * | yes         | yes             | where it is stored                             |
 */
export function createKeeper({ context, settings, session, log }: KeeperOptions): Keeper {
  const { home, clock } = context;
  const { url, tokenStore } = settings;
  const id = keptId(url);
  const opened = new Map<StoreName, Promise<TextStore>>();
  /** What this process last read or wrote; to be dropped when it is removed elsewhere. */
  let wasKept = false;

  const storeName = (): StoreName | undefined => keptAt(home, id)?.store ?? tokenStore;
  const open = (name: StoreName): Promise<TextStore> => {
    const store = opened.get(name) ?? openTexts(name, context);
    opened.set(name, store);
    return store;
  };
  /** A store that does not work is an error if it was asked for. Otherwise the sign-in lives in memory. */
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      context.signal.throwIfAborted();
      const told = storeFailed(url, error);
      log.error('store', { reason: told.message });
      if (tokenStore !== undefined) throw told;
      context.terminal.say(`warning: ${told.message} You may have to sign in again.`);
    }
  };
  const read = async (): Promise<void> => {
    const name = storeName();
    const store = name === undefined ? undefined : await open(name);
    const text = await store?.read(id);
    if (store !== undefined && text !== undefined) {
      const stored = deserialize(text, store.where(id));
      const { client } = settings;
      const isOurs = client === undefined || client.id === stored.client?.client_id;
      Object.assign(session, stored, isOurs ? {} : { tokens: undefined, expiresAt: undefined });
      wasKept = true;
      return;
    }
    // Somebody signed out.
    if (wasKept) Object.assign(session, { tokens: undefined, client: undefined, redirectUri: undefined });
    wasKept = false;
  };
  const write = async (): Promise<void> => {
    const name = storeName();
    if (name === undefined || (!wasKept && session.tokens === undefined && session.client === undefined))
      return;
    const store = await open(name);
    const { tokens, client, expiresAt } = session;
    const issuer = tokens?.issuer ?? client?.issuer;
    noteKept(home, {
      id,
      server: plainAddress(url),
      store: name,
      isSignedIn: tokens !== undefined,
      ...(issuer === undefined ? {} : { issuer }),
      scopes: tokens?.scope?.split(' ').filter((scope) => scope !== '') ?? [],
      ...(tokens === undefined || expiresAt === undefined ? {} : { expiresAt }),
      isRefreshable: tokens?.refresh_token !== undefined,
    });
    await store.write(id, serialize(session));
    wasKept = true;
  };

  return {
    isOn: () => storeName() !== undefined,
    load: () => attempt(read),
    save: () => attempt(write),
    alone: async ({ signal, onWait }, work) => {
      const name = storeName();
      if (name === undefined) {
        await attempt(read);
        return work();
      }
      const path = lockPath(context, name, id);
      const began = clock.now();
      const waitMs = settings.timeoutMs + MOMENT_MS;
      const options = { clock, signal: AbortSignal.any([signal, context.signal]), waitMs, onWait };
      try {
        return await withLock(path, options, async () => {
          const failure = failureSince(path, began);
          if (failure !== undefined) throw failure;
          await attempt(read);
          return work().catch((error: unknown) => {
            if (error instanceof McpError && !options.signal.aborted) noteFailure(path, error, clock.now());
            throw error;
          });
        });
      } catch (error) {
        throw error instanceof CodemieError && error.code === 'LOCK_TIMEOUT'
          ? waitedTooLong(url, waitMs)
          : error;
      }
    },
  };
}

const failurePath = (lock: string): string => `${lock}.failed`;

function noteFailure(lock: string, { code, message, hint }: McpError, at: number): void {
  try {
    writeFileAtomic(failurePath(lock), JSON.stringify({ at, code, message, hint }));
  } catch {
    // Then each process that waits tries for itself.
  }
}

/** @returns the failure of the process that held the lock while this one waited. */
function failureSince(lock: string, began: number): McpError | undefined {
  const { at, code, message, hint } = objectIn(readTextIfAny(failurePath(lock))) ?? {};
  const isOne = typeof code === 'string' && typeof message === 'string' && typeof hint === 'string';
  if (!isOne || typeof at !== 'number' || at <= began) return undefined;
  return new McpError(code as McpCode, message, hint);
}

function storeFailed(server: URL, error: unknown): McpError {
  return new McpError(
    'MCP_STORE_FAILED',
    `The stored sign-in to ${server.host} could not be used: ${messageOf(error)}`,
    'Set CODEMIE_MCP_TOKEN_STORE to a store that works here, keychain or file (file also needs CODEMIE_PASSPHRASE), or leave out --persist.',
    error,
  );
}

function waitedTooLong(server: URL, waitMs: number): McpError {
  return new McpError(
    'MCP_SIGN_IN_TIMED_OUT',
    `Another codemie process has been signing in to ${server.host} for more than ${formatSpan(waitMs)}.`,
    'Finish the sign-in in your browser, then reconnect to the server.',
  );
}
