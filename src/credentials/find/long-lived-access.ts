import type { Context } from '../../context.ts';
import { CodemieError } from '../../system/errors.ts';
import { printable } from '../../system/printable.ts';
import type { Access, AccessRequest } from '../access.ts';
import { type Credential, fingerprintOf } from '../credential.ts';
import { type Found, findAccess } from './find-access.ts';

/**
 * An access for a process that outlives its credential. When the credential can no longer be renewed, this reads the token file,
 * or the settings and the store, again, and switches to a newer credential, if it is for the same person on the same platform, or a key of
 * the same provider.
 */
export function longLivedAccess(context: Context, request: AccessRequest, first: Access): Access {
  let current = first;
  const useNewerSignIn = async (
    ended: unknown,
    act: (access: Access) => Promise<Credential>,
  ): Promise<Credential> => {
    if (!(ended instanceof CodemieError) || ended.exit !== 'auth') throw ended;
    const found = await findNewer(context, request).catch(() => undefined);
    if (found?.state !== 'found' || found.access.origin !== first.origin) throw ended;
    if (fingerprintOf(found.access.credential) === fingerprintOf(current.credential)) throw ended;
    if (isAnotherPerson(found.access.credential, first.credential))
      throw found.access.source === 'store' ? anotherAccount(found.access, first) : ended;
    context.log.debug('a newer credential was found; using it');
    current = found.access;
    return act(current);
  };
  return {
    ...first,
    // Any other token from the command line or the environment cannot change while the process runs.
    refreshable: first.refreshable || first.source === 'store' || request.token?.again !== undefined,
    fresh: (minTtlMs) =>
      current
        .fresh(minTtlMs)
        .catch((error: unknown) => useNewerSignIn(error, (access) => access.fresh(minTtlMs))),
    renew: (refused) =>
      // The stored sign-in may be the one that was refused. Returning it without a renewal would hide that it has ended.
      current
        .renew(refused)
        .catch((error: unknown) => useNewerSignIn(error, (access) => access.renew(refused))),
    observe: (lines) => current.observe(lines),
  };
}

/** A token file replaces only itself. Other tokens of the command line do not count here: they have ended. */
async function findNewer(context: Context, { token, ...request }: AccessRequest): Promise<Found> {
  if (token?.again === undefined) return findAccess(context, request);
  const value = await token.again();
  // An empty flag would count as missing, and the next source would be used.
  if (value.reveal().trim() === '') throw new Error('the token file is empty');
  return findAccess(context, { ...request, token: { ...token, value } });
}

/** A new API key of the same provider replaces the old one. Keys belong to no person that we know. */
function isAnotherPerson(a: Credential, b: Credential): boolean {
  if (a.kind === 'api-key' && b.kind === 'api-key') return false;
  return a.identity.id !== undefined && b.identity.id !== undefined && a.identity.id !== b.identity.id;
}

/** One conversation is never sent, and billed, under two accounts. */
function anotherAccount(next: Access, first: Access): CodemieError {
  const [now, then] = [next, first].map(({ credential: { identity } }) =>
    printable(identity.name ?? identity.email ?? identity.id ?? 'somebody else', 64),
  );
  return new CodemieError({
    code: 'AUTH_IDENTITY_CHANGED',
    message: `Profile "${next.selection.profileName}" was signed in as ${now} after this was started as ${then}.`,
    hint: `Start it again to work as ${now}.`,
  });
}
