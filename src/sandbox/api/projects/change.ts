import type { ManagedProject, ManagedStore } from '../../managed/store.ts';
import type { ApiOptions } from '../../options.ts';
import type { Account } from '../account.ts';
import { projectEvent } from '../activity.ts';
import { type Answer, invalid, ok } from '../answers.ts';
import { bodyIn, boolean, fields, optional, text, withDefault } from '../input.ts';
import { checkAssignmentLimit } from '../limit.ts';
import { Refusal, refuse } from '../refusal.ts';
import type { Call } from '../routing.ts';
import { stamp } from '../stamp.ts';
import { existing } from '../users/detail.ts';
import { authorizedProject, requireUserManagement } from './authorized.ts';
import { acceptedDescription, acceptedDisplayName, acceptedName } from './names.ts';

const NEW_PROJECT = fields({
  name: text(),
  display_name: optional(text()),
  description: text(),
  cost_center_id: optional(text()),
});

/** `POST /v1/projects`: a shared project; its creator becomes its administrator. */
export async function createProject(call: Call, { managed, mode, now }: ApiOptions): Promise<Answer> {
  const { account } = call;
  const given = await bodyIn(call, NEW_PROJECT);
  requireUserManagement(mode);
  const name = acceptedName(given.name);
  const description = acceptedDescription(given.description);
  const displayName = typeof given.display_name === 'string' ? acceptedDisplayName(given.display_name) : null;
  return managed.transaction(async (store) => {
    await checkCreationLimit(account, store);
    if (typeof given.cost_center_id === 'string') refuse(404, 'Selected cost center not found');
    await checkFree(name, store);
    const date = stamp(now());
    const project: ManagedProject = {
      name,
      displayName,
      description,
      type: 'shared',
      createdBy: account.id,
      date,
      updateDate: date,
      deletedAt: null,
    };
    await store.addProject(project);
    await store.setMemberships([{ userId: account.id, project: name, isProjectAdmin: true, date }], date);
    await store.addEvents([projectEvent('project.created', name, { now, actorId: account.id })]);
    return { status: 201, body: created(project, account) };
  });
}

const CHANGES = fields({
  name: optional(text()),
  display_name: optional(text()),
  clear_display_name: withDefault(boolean, false),
  description: optional(text()),
  cost_center_id: optional(text()),
  clear_cost_center: withDefault(boolean, false),
  enforce_member_spend_limits: optional(boolean),
});

type Changes = Extract<ReturnType<typeof CHANGES.read>, { value: unknown }>['value'];

/** `PATCH /v1/projects/{project}` */
export async function changeProject(call: Call, { managed, mode, now }: ApiOptions): Promise<Answer> {
  const { account, parameters } = call;
  const changes = await bodyIn(call, CHANGES);
  checkTogether(changes);
  requireUserManagement(mode);
  const old = parameters['project'] ?? '';
  return managed.transaction(async (store) => {
    const project = await store.project(old);
    if (project === undefined || project.deletedAt !== null) refuse(404, 'Project not found');
    if (!account.isAdmin && !account.adminProjects.includes(old)) refuse(403, 'Access denied');
    const name = typeof changes.name === 'string' ? acceptedName(changes.name) : project.name;
    if (typeof changes.name === 'string') await checkRename(old, name, store);
    if (typeof changes.cost_center_id === 'string') refuse(404, 'Selected cost center not found');
    const changed: ManagedProject = {
      ...project,
      name,
      description:
        typeof changes.description === 'string'
          ? acceptedDescription(changes.description)
          : project.description,
      displayName: displayNameAfter(changes, project),
      updateDate: stamp(now()),
    };
    await store.updateProject(old, changed);
    await store.addEvents([projectEvent('project.updated', name, { now, actorId: account.id })]);
    return ok(created(changed, account));
  });
}

/** `DELETE /v1/projects/{project}`: only its creator may still be a member. */
export async function deleteProject(call: Call, { managed, mode, now }: ApiOptions): Promise<Answer> {
  return managed.transaction(async (store) => {
    const { name, type, createdBy } = await authorizedProject(call, mode, store);
    if (type === 'personal') refuse(403, 'Cannot delete a personal project');
    const others = (await store.membersOf(name)).filter(({ userId }) => userId !== createdBy);
    if (others.length > 0) {
      const reason = `Project '${name}' cannot be deleted because it has assigned users. Remove all users first.`;
      refuse(409, reason, `Assigned users: ${others.length}`);
    }
    await store.removeProject(name);
    await store.addEvents([projectEvent('project.deleted', name, { now, actorId: call.account.id })]);
    return ok({ message: `Project '${name}' deleted successfully`, name });
  });
}

/**
 * The platform counts the projects a user created. As a creator is a member too, the limit of memberships also holds.
 */
async function checkCreationLimit({ id, isAdmin }: Account, store: ManagedStore): Promise<void> {
  if (isAdmin) return;
  const user = await existing(id, store);
  const limit = user.projectLimit;
  if (limit === null) refuse(403, 'Invalid project limit configuration. Contact administrator.');
  const count = await store.countProjectsCreatedBy(id);
  const reached = `Project creation limit reached (${count}/${limit}).`;
  if (count > limit) refuse(403, `${reached} Delete ${count - limit} or more projects to create new ones.`);
  if (count === limit) refuse(403, `${reached} Contact administrator to increase your limit.`);
  await checkAssignmentLimit([user], store);
}

async function checkFree(name: string, store: ManagedStore): Promise<void> {
  const taken = await store.projectInAnyCase(name);
  if (taken !== undefined)
    refuse(409, `Project '${taken.name}' already exists. Please choose a different name.`);
}

async function checkRename(old: string, name: string, store: ManagedStore): Promise<void> {
  if (name.toLowerCase() !== old.toLowerCase()) await checkFree(name, store);
  if ((await store.membersOf(old)).length > 0)
    refuse(409, 'Project name cannot be changed while users are assigned to it');
}

function displayNameAfter(changes: Changes, { displayName }: ManagedProject): string | null {
  if (typeof changes.display_name === 'string') return acceptedDisplayName(changes.display_name) || null;
  return changes.clear_display_name ? null : displayName;
}

function checkTogether(changes: Changes): void {
  const { name, display_name, description, cost_center_id, enforce_member_spend_limits } = changes;
  const given = [name, display_name, description, cost_center_id, enforce_member_spend_limits];
  const isEmpty = given.every((value) => value === undefined || value === null);
  const error =
    isEmpty && !changes.clear_cost_center && !changes.clear_display_name
      ? 'At least one mutable field must be provided'
      : typeof cost_center_id === 'string' && changes.clear_cost_center
        ? 'Provide either cost_center_id or clear_cost_center'
        : typeof display_name === 'string' && changes.clear_display_name
          ? 'Provide either display_name or clear_display_name'
          : undefined;
  if (error === undefined) return;
  const msg = `Value error, ${error}`;
  throw new Refusal(invalid({ type: 'value_error', loc: ['body'], msg, input: changes, ctx: { error } }));
}

function created(project: ManagedProject, { id }: Account): Record<string, unknown> {
  return {
    name: project.name,
    display_name: project.displayName,
    description: project.description ?? '',
    project_type: project.type,
    created_by: project.createdBy ?? id,
    created_at: project.date,
    cost_center_id: null,
    cost_center_name: null,
    enforce_member_spend_limits: false,
  };
}
