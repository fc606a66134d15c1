import type { ManagedStore } from '../../managed/store.ts';
import type { ApiOptions } from '../../options.ts';
import { type Answer, ok } from '../answers.ts';
import { requireAdmin } from '../guards.ts';
import { bodyIn, boolean, fields, text, withDefault } from '../input.ts';
import { checkAssignmentLimit } from '../limit.ts';
import { refuse } from '../refusal.ts';
import type { Call } from '../routing.ts';
import { addProjectNamed } from '../sign-up.ts';
import { stamp } from '../stamp.ts';
import { existing } from './detail.ts';

/** The projects and knowledge bases of one user, for administrators. These routes write no activity. */

const GRANT = fields({ project_name: text(), is_project_admin: withDefault(boolean, false) });
const ROLE = fields({ is_project_admin: boolean });
const KNOWLEDGE_BASE = fields({ kb_name: text() });
const NO_PROJECT_ACCESS = 'User does not have access to this project';
const NO_KB_ACCESS = 'User does not have access to this knowledge base';

const idIn = ({ parameters }: Call): string => parameters['id'] ?? '';

export async function userProjects(call: Call, { managed }: ApiOptions): Promise<Answer> {
  requireAdmin(call.account);
  await existing(idIn(call), managed);
  const memberships = await managed.membershipsOf([idIn(call)]);
  return ok({
    projects: memberships.map(({ project, isProjectAdmin, date }) => ({
      project_name: project,
      is_project_admin: isProjectAdmin,
      date,
    })),
  });
}

export async function grantProject(call: Call, { managed, now }: ApiOptions): Promise<Answer> {
  requireAdmin(call.account);
  const { project_name: project, is_project_admin } = await bodyIn(call, GRANT);
  return managed.transaction(async (store) => {
    const user = await existing(idIn(call), store);
    await refusePersonal(project, store);
    if (await isMember(user.id, project, store)) refuse(409, 'User already has access to this project');
    await checkAssignmentLimit([user], store);
    const date = stamp(now());
    await addProjectNamed(project, store, date);
    const membership = { userId: user.id, project, isProjectAdmin: is_project_admin, date };
    await store.setMemberships([membership], date);
    return ok({ message: 'Project access granted successfully' });
  });
}

export async function changeProjectRole(call: Call, { managed, now }: ApiOptions): Promise<Answer> {
  requireAdmin(call.account);
  const { is_project_admin: isProjectAdmin } = await bodyIn(call, ROLE);
  return managed.transaction(async (store) => {
    const [userId, project] = await memberIn(call, store);
    const date = stamp(now());
    await store.setMemberships([{ userId, project, isProjectAdmin, date }], date);
    return ok({ message: 'Project access updated successfully' });
  });
}

export async function revokeProject(call: Call, { managed }: ApiOptions): Promise<Answer> {
  requireAdmin(call.account);
  return managed.transaction(async (store) => {
    const [userId, project] = await memberIn(call, store);
    await store.removeMemberships(project, [userId]);
    return ok({ message: 'Project access removed successfully' });
  });
}

export async function userKnowledgeBases(call: Call, { managed }: ApiOptions): Promise<Answer> {
  requireAdmin(call.account);
  await existing(idIn(call), managed);
  const all = await managed.knowledgeBasesOf(idIn(call));
  return ok({ knowledge_bases: all.map(({ name, date }) => ({ kb_name: name, date })) });
}

export async function grantKnowledgeBase(call: Call, { managed, now }: ApiOptions): Promise<Answer> {
  requireAdmin(call.account);
  const { kb_name: name } = await bodyIn(call, KNOWLEDGE_BASE);
  return managed.transaction(async (store) => {
    const { id } = await existing(idIn(call), store);
    if ((await store.knowledgeBasesOf(id)).some((one) => one.name === name))
      refuse(409, 'User already has access to this knowledge base');
    await store.addKnowledgeBase(id, { name, date: stamp(now()) });
    return ok({ message: 'Knowledge base access granted successfully' });
  });
}

export async function revokeKnowledgeBase(call: Call, { managed }: ApiOptions): Promise<Answer> {
  requireAdmin(call.account);
  const { id } = await existing(idIn(call), managed);
  if (!(await managed.removeKnowledgeBase(id, call.parameters['name'] ?? ''))) refuse(404, NO_KB_ACCESS);
  return ok({ message: 'Knowledge base access removed successfully' });
}

/** @returns user and project of the path, when the user is a member. */
async function memberIn(call: Call, store: ManagedStore): Promise<readonly [string, string]> {
  const project = call.parameters['project'] ?? '';
  const { id } = await existing(idIn(call), store);
  await refusePersonal(project, store);
  if (!(await isMember(id, project, store))) refuse(404, NO_PROJECT_ACCESS);
  return [id, project];
}

/** Only administrators come here, so it is a 403 and never the 404 that hides a project. */
async function refusePersonal(name: string, store: ManagedStore): Promise<void> {
  const project = await store.project(name);
  if (project?.type === 'personal') refuse(403, 'Cannot modify membership of a personal project');
}

async function isMember(userId: string, project: string, store: ManagedStore): Promise<boolean> {
  return (await store.membershipsOf([userId])).some((one) => one.project === project);
}
