import type { ManagedProject, ManagedStore } from '../../managed/store.ts';
import type { ApiOptions } from '../../options.ts';
import { userEvent } from '../activity.ts';
import { type Answer, ok } from '../answers.ts';
import { bodyIn, boolean, fields, list, queryIn, quotedList, text } from '../input.ts';
import { checkAssignmentLimit } from '../limit.ts';
import { refuse } from '../refusal.ts';
import type { Call } from '../routing.ts';
import { stamp } from '../stamp.ts';
import { authorizedProject } from './authorized.ts';
import {
  existingUser,
  existingUsers,
  isMember,
  notAssigned,
  refuseCreator,
  refusePersonal,
} from './member-checks.ts';

/** Members of a project, for its administrators. All changes of one request happen, or none. */

/** A user and their role in a project. */
export interface Assignment {
  readonly user_id: string;
  readonly is_project_admin: boolean;
}

const ASSIGNMENT = fields({ user_id: text(), is_project_admin: boolean });
const ROLE = fields({ is_project_admin: boolean });
const REMOVED = { user_id: list(text(), { least: 1, most: 100 }) };
const ASSIGNMENTS = fields({ users: list(ASSIGNMENT, { least: 1, most: 1000 }) });

/** `POST /v1/projects/{project}/assignment` */
export async function assign(call: Call, options: ApiOptions): Promise<Answer> {
  const read = (): Promise<Assignment> => bodyIn(call, ASSIGNMENT);
  return change(call, options, read, async (project, store, given) => {
    refusePersonal(project, call.account);
    const user = await existingUser(given.user_id, store);
    if (await isMember(user, project, store)) {
      refuse(
        409,
        'User already assigned to project',
        `User '${user.id}' is already a member of project '${project.name}'`,
        "Use PUT endpoint to update user's role instead",
      );
    }
    await checkAssignmentLimit([user], store);
    await write([given], project, call, store, options);
    return { message: 'User assigned to project successfully', ...given, project_name: project.name };
  });
}

/** `PUT /v1/projects/{project}/assignment/{id}` */
export async function changeRole(call: Call, options: ApiOptions): Promise<Answer> {
  const read = (): Promise<Omit<Assignment, 'user_id'>> => bodyIn(call, ROLE);
  return change(call, options, read, async (project, store, { is_project_admin }) => {
    refusePersonal(project, call.account);
    const user = await existingUser(call.parameters['id'] ?? '', store);
    if (!(await isMember(user, project, store)))
      notAssigned(user, project, 'Use POST endpoint to assign the user first');
    const given = { user_id: user.id, is_project_admin };
    await write([given], project, call, store, options);
    return { message: 'User role updated successfully', ...given, project_name: project.name };
  });
}

/** `DELETE /v1/projects/{project}/assignment/{id}` */
export async function unassign(call: Call, options: ApiOptions): Promise<Answer> {
  return change(call, options, nothing, async (project, store) => {
    const id = call.parameters['id'] ?? '';
    refusePersonal(project, call.account);
    await refuseCreator(project, [id], store);
    const user = await existingUser(id, store);
    if (!(await isMember(user, project, store)))
      notAssigned(user, project, 'Verify the user is assigned to this project');
    await remove([id], project, call, store, options);
    return {
      message: 'User removed from project successfully',
      user_id: id,
      project_name: project.name,
      is_project_admin: null,
    };
  });
}

/** `POST /v1/projects/{project}/assignments`: adds users and changes the roles of members. */
export async function assignAll(call: Call, options: ApiOptions): Promise<Answer> {
  const read = (): Promise<{ readonly users: readonly Assignment[] }> => bodyIn(call, ASSIGNMENTS);
  return change(call, options, read, async (project, store, { users }) => {
    const results = await assignEach(users, project, call, store, options);
    return bulkBody(`Bulk assignment completed: ${users.length} users processed`, project, results);
  });
}

/** @returns what happened to each user. */
export async function assignEach(
  assignments: readonly Assignment[],
  project: ManagedProject,
  call: Call,
  store: ManagedStore,
  options: ApiOptions,
): Promise<readonly Record<string, unknown>[]> {
  refusePersonal(project, call.account);
  const users = await existingUsers(
    assignments.map(({ user_id }) => user_id),
    store,
  );
  const members = new Set((await store.membersOf(project.name)).map(({ userId }) => userId));
  await checkAssignmentLimit(
    users.filter(({ id }) => !members.has(id)),
    store,
  );
  await write(assignments, project, call, store, options);
  return assignments.map(({ user_id, is_project_admin }) => ({
    user_id,
    action: members.has(user_id) ? 'updated' : 'assigned',
    is_project_admin,
  }));
}

/** `DELETE /v1/projects/{project}/assignments?user_id=…&user_id=…` */
export async function unassignAll(call: Call, options: ApiOptions): Promise<Answer> {
  const read = (): { readonly user_id: readonly string[] } => queryIn(call, REMOVED, ['user_id']);
  return change(call, options, read, async (project, store, { user_id: ids }) => {
    refusePersonal(project, call.account);
    await refuseCreator(project, ids, store);
    await existingUsers(ids, store);
    const members = new Set((await store.membersOf(project.name)).map(({ userId }) => userId));
    const strangers = ids.filter((id) => !members.has(id));
    if (strangers.length > 0) {
      refuse(
        404,
        'One or more users are not assigned to this project',
        `Users not assigned: ${quotedList(strangers)}`,
        'Verify all users are members of this project',
      );
    }
    await remove(ids, project, call, store, options);
    const results = ids.map((user_id) => ({ user_id, action: 'removed', is_project_admin: null }));
    return bulkBody(`Bulk removal completed: ${ids.length} users removed`, project, results);
  });
}

/**
 * Runs a change of the path's project in a transaction, for those who may change the project.
 *
 * @param read reads the request. It runs before the transaction, which must not wait for a client.
 */
export async function change<T>(
  call: Call,
  { managed, mode }: ApiOptions,
  read: () => T | Promise<T>,
  work: (project: ManagedProject, store: ManagedStore, given: T) => Promise<Record<string, unknown>>,
): Promise<Answer> {
  await authorizedProject(call, mode, managed);
  const given = await read();
  return managed.transaction(async (store) =>
    ok(await work(await authorizedProject(call, mode, store), store, given)),
  );
}

function nothing(): undefined {
  return undefined;
}

export function bulkBody(
  message: string,
  { name }: ManagedProject,
  results: readonly Record<string, unknown>[],
): Record<string, unknown> {
  return { message, project_name: name, total: results.length, results };
}

/** Stores memberships that were checked, and the activity. */
async function write(
  assignments: readonly Assignment[],
  { name }: ManagedProject,
  { account }: Call,
  store: ManagedStore,
  { now }: ApiOptions,
): Promise<void> {
  const date = stamp(now());
  const members = new Set((await store.membersOf(name)).map(({ userId }) => userId));
  await store.setMemberships(
    assignments.map(({ user_id, is_project_admin }) => ({
      userId: user_id,
      project: name,
      isProjectAdmin: is_project_admin,
      date,
    })),
    date,
  );
  await store.addEvents(
    assignments.map(({ user_id, is_project_admin }) => {
      const type = members.has(user_id) ? 'user.project.role_updated' : 'user.project.assigned';
      return userEvent(type, user_id, {
        now,
        actorId: account.id,
        attributes: { project_name: name, is_project_admin },
      });
    }),
  );
}

async function remove(
  ids: readonly string[],
  { name }: ManagedProject,
  { account }: Call,
  store: ManagedStore,
  { now }: ApiOptions,
): Promise<void> {
  await store.removeMemberships(name, ids);
  const happening = { now, actorId: account.id, attributes: { project_name: name } };
  await store.addEvents(ids.map((id) => userEvent('user.project.removed', id, happening)));
}
