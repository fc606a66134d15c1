import type { ManagedProject, ManagedStore, ManagedUser } from '../../managed/store.ts';
import type { Account } from '../account.ts';
import { quotedList } from '../input.ts';
import { refuse } from '../refusal.ts';
import { isUuid } from '../uuid.ts';

/** @throws Refusal: 403 for those who know the personal project, 404 for others. */
export function refusePersonal({ type, createdBy }: ManagedProject, { id, isAdmin }: Account): void {
  if (type !== 'personal') return;
  if (isAdmin || createdBy === id) refuse(403, 'Cannot modify membership of a personal project');
  refuse(404, 'Project not found');
}

export async function refuseCreator(
  { name, createdBy }: ManagedProject,
  ids: readonly string[],
  store: ManagedStore,
): Promise<void> {
  if (createdBy === null || !ids.includes(createdBy)) return;
  const creator = (await store.user(createdBy))?.username ?? createdBy;
  refuse(
    400,
    'Cannot remove the project creator from the project',
    `User '${creator}' is the creator of project '${name}' and cannot be unassigned`,
    'The project creator must always remain a member of the project',
  );
}

export async function existingUser(id: string, store: ManagedStore): Promise<ManagedUser> {
  checkId(id);
  const help = 'Verify the user ID and try again';
  return (await store.user(id)) ?? refuse(404, 'User not found', `No user found with ID '${id}'`, help);
}

export async function existingUsers(
  ids: readonly string[],
  store: ManagedStore,
): Promise<readonly ManagedUser[]> {
  const twice = new Set(ids.filter((id, at) => ids.indexOf(id) !== at));
  if (twice.size > 0) {
    refuse(
      400,
      'Duplicate user IDs in request',
      `Duplicate user_ids: ${quotedList([...twice])}`,
      'Each user_id must appear only once in the request',
    );
  }
  for (const id of ids) checkId(id);
  const users = await store.usersById(ids);
  const found = new Set(users.map(({ id }) => id));
  const unknown = ids.filter((id) => !found.has(id));
  if (unknown.length === 0) return users;
  return refuse(
    404,
    'One or more users not found',
    `Users not found: ${quotedList(unknown)}`,
    'Verify all user IDs and try again',
  );
}

function checkId(id: string): void {
  if (!isUuid(id)) refuse(400, 'Invalid user_id format', 'user_id must be a valid UUID');
}

export function notAssigned({ id }: ManagedUser, { name }: ManagedProject, help: string): never {
  const details = `User '${id}' is not a member of project '${name}'`;
  return refuse(404, 'User is not assigned to this project', details, help);
}

export async function isMember(
  { id }: ManagedUser,
  { name }: ManagedProject,
  store: ManagedStore,
): Promise<boolean> {
  return (await store.membersOf(name)).some(({ userId }) => userId === id);
}
