import type { ManagedStore, ManagedUser } from '../managed/store.ts';
import { quotedList } from './input.ts';
import { refuse } from './refusal.ts';

/**
 * The users who may not get one more shared project. The limit is the one in the user's row. Administrators have none.
 * The platform's documentation promises this limit; its server applies it only to the creation of projects.
 */
export async function usersAtLimit(
  users: readonly ManagedUser[],
  store: ManagedStore,
): Promise<readonly ManagedUser[]> {
  const limited = users.filter(
    ({ isAdmin, isMaintainer, projectLimit }) => !isAdmin && !isMaintainer && projectLimit !== null,
  );
  const memberships = await store.membershipsOf(limited.map(({ id }) => id));
  return limited.filter(({ id, projectLimit }) => {
    const shared = memberships.filter(({ userId, type }) => userId === id && type === 'shared');
    return shared.length >= (projectLimit ?? 0);
  });
}

/** @throws Refusal (403) */
export async function checkAssignmentLimit(
  users: readonly ManagedUser[],
  store: ManagedStore,
): Promise<void> {
  const full = await usersAtLimit(users, store);
  if (full.length === 0) return;
  refuse(
    403,
    'Project assignment limit reached',
    `Users with as many shared projects as they may have: ${quotedList(full.map(({ id }) => id))}`,
    'Raise the project limit of the user, or remove the user from another project',
  );
}
