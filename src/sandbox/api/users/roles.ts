import type { ManagedStore } from '../../managed/store.ts';
import type { Account } from '../account.ts';
import { refuse } from '../refusal.ts';

/**
 * Only a maintainer may say who is an administrator or a maintainer, also when creating a user. The store is asked, so
 * that a role that has just been taken away no longer counts.
 *
 * @throws Refusal (403)
 */
export async function checkRoleChange({ id }: Account, store: ManagedStore): Promise<void> {
  const actor = await store.user(id);
  if (actor?.isMaintainer === true) return;
  refuse(
    403,
    'Access denied',
    'Only maintainers can modify admin or maintainer roles',
    'Contact a maintainer to request platform role changes',
  );
}
