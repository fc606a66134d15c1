import type { Context } from '../context.ts';
import type { Access } from '../credentials/access.ts';
import { createPlatform, withShortTimeout } from './client.ts';
import { type AccessControl, UNKNOWN_ACCESS } from './roles.ts';
import type { PlatformUser } from './shapes.ts';

/**
 * Asks the platform how it controls access. Never fails: what it does not answer is null.
 *
 * @param user who is signed in; undefined for a key provider, which has no users.
 */
export async function accessControlOf(
  context: Context,
  access: Access,
  user: PlatformUser | undefined,
): Promise<AccessControl> {
  if (user === undefined) return UNKNOWN_ACCESS;
  const platform = createPlatform(withShortTimeout(context), access.origin, access);
  const [info, managed] = await Promise.all([
    platform.info().catch(() => undefined),
    platform.isManaged().catch(() => undefined),
  ]);
  return {
    version: info?.version ?? null,
    access: managed === undefined ? null : managed ? 'platform' : 'keycloak',
    role: user.role,
  };
}
