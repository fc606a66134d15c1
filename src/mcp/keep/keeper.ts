import { record } from '../../audit/log.ts';
import type { Context } from '../../context.ts';
import { lockPath } from '../../secrets/lock-path.ts';
import { openTexts } from '../../secrets/open.ts';
import type { StoreName, TextStore } from '../../secrets/store.ts';
import { formatSpan } from '../../system/duration.ts';
import { CodemieError } from '../../system/errors.ts';
import { withLock } from '../../system/lock.ts';
import type { AuthSession } from '../auth/session.ts';
import { McpError } from '../errors.ts';
import { type McpLog, plainAddress } from '../log.ts';
import type { McpSettings } from '../settings.ts';
import { failureSince, isLocked, shareFailure, storeFailed } from './failure.ts';
import { type KeptSignIn, keptAt, keptId, noteKept } from './kept.ts';
import { readStored, type StoredSignIn, serialize } from './record.ts';

/** Keeps the sign-in at one server beyond this process, and shares it with the other processes of this machine. */
export interface Keeper {
  /** Whether the sign-in is stored, or will be. */
  isOn(): boolean;
  /** @throws STORE_* (8) if the store does not work. */
  verify(): Promise<void>;
  /** Fills the session with what is stored. Does nothing in memory mode while nothing is stored. */
  load(): Promise<void>;
  /** Stores the session. Does nothing in memory mode while nothing is stored. An outcome goes into the audit log. */
  save(outcome?: 'signed-in' | 'refreshed'): Promise<void>;
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
  /** For a sign-in ahead: it leaves what is stored alone until the new one is complete. */
  readonly isAhead?: boolean;
}

const NOTHING: StoredSignIn = {
  tokens: undefined,
  expiresAt: undefined,
  client: undefined,
  redirectUri: undefined,
  scope: undefined,
};

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
export function createKeeper({ context, settings, session, log, isAhead }: KeeperOptions): Keeper {
  const { home, clock } = context;
  const { url, tokenStore } = settings;
  const id = keptId(url);
  const opened = new Map<StoreName, Promise<TextStore>>();
  /** What this process last read or wrote; to be dropped when it is removed elsewhere. */
  let wasKept = false;
  let hasWarned = false;

  /** Memory mode needs no folder of ours. */
  const noted = (): KeptSignIn | undefined => {
    try {
      return keptAt(home, id);
    } catch (error) {
      if (tokenStore !== undefined) throw storeFailed(url, error);
      return undefined;
    }
  };
  const storeName = (): StoreName | undefined => {
    const kept = isAhead === true ? undefined : noted();
    // In memory mode, a registration that nobody completed is no reason to store tokens.
    const counts = tokenStore !== undefined || wasKept || kept?.isSignedIn === true;
    return counts && kept !== undefined ? kept.store : tokenStore;
  };
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
      log.error('store', { code: told.code, reason: told.message });
      if (tokenStore !== undefined) throw told;
      const wayOut = isLocked(error) ? ` ${told.hint}` : '';
      if (!hasWarned)
        context.terminal.say(`warning: ${told.message} You may have to sign in again.${wayOut}`);
      hasWarned = true;
    }
  };
  const stored = async (): Promise<StoredSignIn | undefined> => {
    const name = storeName();
    if (name === undefined) return undefined;
    return readStored(await open(name), id);
  };
  const read = async (): Promise<void> => {
    if (isAhead === true && !wasKept) {
      // What cannot be read is replaced.
      const { client, redirectUri } = (await stored().catch(() => undefined)) ?? {};
      Object.assign(session, { client, redirectUri });
      return;
    }
    const found = await stored();
    // Gone: somebody signed out.
    if (found === undefined && wasKept) Object.assign(session, NOTHING);
    wasKept = found !== undefined;
    if (found === undefined) return;
    const isOurs = settings.client === undefined || settings.client.id === found.client?.client_id;
    Object.assign(session, isOurs ? found : NOTHING);
  };
  const write = async (): Promise<void> => {
    const name = storeName();
    const { tokens, client, expiresAt } = session;
    const isReady = tokens !== undefined || (client !== undefined && isAhead !== true);
    if (name === undefined || !(isReady || wasKept)) return;
    const store = await open(name);
    const before = keptAt(home, id)?.store;
    const issuer = tokens?.issuer ?? client?.issuer;
    noteKept(home, {
      id,
      server: plainAddress(url),
      store: name,
      isSignedIn: tokens !== undefined,
      ...(issuer === undefined ? {} : { issuer }),
      // A server leaves the scope out when it is the one that was asked for (RFC 6749 §5.1).
      scopes: (tokens?.scope ?? session.scope)?.split(' ').filter((scope) => scope !== '') ?? [],
      ...(tokens === undefined || expiresAt === undefined ? {} : { expiresAt }),
      isRefreshable: tokens?.refresh_token !== undefined,
    });
    await store.write(id, serialize(session));
    wasKept = true;
    if (before !== undefined && before !== name) await (await open(before)).remove(id);
  };
  const audit = async (outcome: 'signed-in' | 'refreshed'): Promise<void> => {
    const kept = noted();
    if (kept === undefined || storeName() === undefined) return;
    const { server, issuer, store } = kept;
    if (outcome === 'signed-in') await record(context, { event: 'mcp-sign-in', server, issuer, store });
    else await record(context, { event: 'refresh', origin: url.origin, outcome: 'ok' });
  };

  return {
    isOn: () => storeName() !== undefined,
    verify: async () => (await open(tokenStore ?? 'keychain')).verify(),
    load: () => attempt(read),
    save: async (outcome) => {
      await attempt(write);
      if (outcome !== undefined) await audit(outcome);
    },
    alone: async ({ signal, onWait }, work) => {
      const name = storeName();
      if (name === undefined) {
        await attempt(read);
        return work();
      }
      const path = lockPath(context, name, id);
      const began = clock.now();
      const before = JSON.stringify(keptAt(home, id));
      const waitMs = settings.timeoutMs + MOMENT_MS;
      const options = { clock, signal: AbortSignal.any([signal, context.signal]), waitMs, onWait };
      try {
        return await withLock(path, options, async () => {
          const failure = failureSince(path, began);
          const kept = keptAt(home, id);
          // Somebody has signed in at the browser of the process we waited for.
          if (kept?.isSignedIn === true && JSON.stringify(kept) !== before) wasKept = true;
          await attempt(read);
          // What a person did not do, a refresh may still do without them.
          const isHopeless =
            failure?.code === 'MCP_TOKEN_FAILED' || session.tokens?.refresh_token === undefined;
          if (failure !== undefined && isHopeless) throw failure;
          return work().catch((error: unknown) => {
            if (error instanceof McpError && !options.signal.aborted) shareFailure(path, error, clock.now());
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

function waitedTooLong(server: URL, waitMs: number): McpError {
  return new McpError(
    'MCP_SIGN_IN_TIMED_OUT',
    `Another codemie process has been signing in to ${server.host} for more than ${formatSpan(waitMs)}.`,
    'Finish the sign-in in your browser, then reconnect to the server.',
  );
}
