import type { FetchLike } from '@modelcontextprotocol/client';
import { record } from '../../audit/log.ts';
import type { Context } from '../../context.ts';
import { requireSecure } from '../../net/origin.ts';
import { lockPath } from '../../secrets/lock-path.ts';
import { openTexts } from '../../secrets/open.ts';
import { CodemieError, messageOf } from '../../system/errors.ts';
import { withLock } from '../../system/lock.ts';
import { within } from '../../system/within.ts';
import { signAsClient } from '../auth/client-auth.ts';
import type { McpSettings } from '../settings.ts';
import { forgetKept, type KeptSignIn } from './kept.ts';
import { readStored, type StoredSignIn } from './record.ts';

/** `unsupported`: the authorization server has no revocation endpoint. */
export type Revoked = 'yes' | 'no' | 'unsupported';

interface RemoveOptions {
  readonly context: Context;
  readonly settings: McpSettings;
  readonly fetch: FetchLike;
}

/** Longer than a refresh takes. A sign-in that waits for a person is not waited for. */
const LOCK_WAIT_MS = 20_000;
const REVOKE_MS = 5000;

/**
 * Removes a stored sign-in: revokes its tokens at the authorization server (RFC 7009, five seconds at most), then deletes
 * tokens and registration here, whatever the server answers.
 *
 * @returns undefined if there were no tokens to revoke.
 * @throws STORE_* (8) if the entry cannot be removed.
 */
export async function removeKept(
  { context, settings, fetch }: RemoveOptions,
  kept: KeptSignIn,
): Promise<Revoked | undefined> {
  const { id } = kept;
  const store = await openTexts(kept.store, context);
  let answer: Revoked | undefined;
  const work = async (): Promise<void> => {
    const stored = await readStored(store, id).catch((error: unknown) => {
      context.log.debug('the stored sign-in cannot be read', { reason: messageOf(error) });
      answer = 'no';
      return undefined;
    });
    if (stored?.tokens !== undefined) answer = await revoke(context, withSecret(stored, settings), fetch);
    await store.remove(id);
    forgetKept(context.home, id);
  };
  const onWait = (): void =>
    context.terminal.say('Another codemie process is using this sign-in. Waiting for it…');
  const options = { clock: context.clock, signal: context.signal, waitMs: LOCK_WAIT_MS, onWait };
  // Hold the lock, or a running refresh could store the sign-in again after it is deleted.
  await withLock(lockPath(context, kept.store, id), options, work).catch(async (error: unknown) => {
    if (!(error instanceof CodemieError) || error.code !== 'LOCK_TIMEOUT') throw error;
    await work();
  });
  const revoked = answer ?? 'unsupported';
  await record(context, { event: 'mcp-sign-out', server: kept.server, revoked });
  return answer;
}

async function revoke(
  context: Context,
  { tokens, client, revocationEndpoint }: StoredSignIn,
  fetch: FetchLike,
): Promise<Revoked> {
  if (revocationEndpoint === undefined || client === undefined || tokens === undefined) return 'unsupported';
  const { access_token: access, refresh_token: refresh } = tokens;
  try {
    requireSecure(new URL(revocationEndpoint));
    return await within(REVOKE_MS, context.signal, async (signal) => {
      const tell = async (token: string, hint: string): Promise<boolean> => {
        const form = new URLSearchParams({ token, token_type_hint: hint });
        const headers = new Headers({ 'content-type': 'application/x-www-form-urlencoded' });
        signAsClient(client, [], headers, form);
        const request = { method: 'POST', headers, body: form.toString(), signal };
        const response = await fetch(revocationEndpoint, request);
        await response.body?.cancel();
        return response.status === 200;
      };
      const ended = refresh === undefined || (await tell(refresh, 'refresh_token'));
      // A server may be unable to revoke a self-contained access token (RFC 7009 §2), so only the refresh token counts.
      const isAccessEnded = await tell(access, 'access_token').catch(() => false);
      return (refresh === undefined ? isAccessEnded : ended) ? 'yes' : 'no';
    });
  } catch (error) {
    context.log.debug('revocation failed', { reason: messageOf(error) });
    return 'no';
  }
}

/** The secret of a client that was registered by hand is not stored. */
function withSecret(stored: StoredSignIn, { client: own }: McpSettings): StoredSignIn {
  const { client } = stored;
  if (client === undefined || own?.secret === undefined || own.id !== client.client_id) return stored;
  return { ...stored, client: { ...client, client_secret: own.secret.reveal() } };
}
