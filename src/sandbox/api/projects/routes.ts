import type { ApiOptions } from '../../options.ts';
import { type Answer, ok } from '../answers.ts';
import { requireAdmin } from '../guards.ts';
import { bodyIn, fields, text } from '../input.ts';
import { refuse } from '../refusal.ts';
import type { Call, Route, Routes } from '../routing.ts';
import { addProjectNamed } from '../sign-up.ts';
import { stamp } from '../stamp.ts';
import { changeProject, createProject, deleteProject } from './change.ts';
import { importUsers, validateImport } from './import.ts';
import { listApplications, listProjects, showProject } from './list.ts';
import { assign, assignAll, changeRole, unassign, unassignAll } from './members.ts';

const route = (signedIn: Required<Route>['signedIn']): Route => ({ signedIn });

/** A platform without user management has these routes too; all but the two for administrators answer 400. */
export const PROJECT_ROUTES: Routes = {
  'GET /v1/projects': route(listProjects),
  'POST /v1/projects': route(createProject),
  'GET /v1/projects/{project}': route(showProject),
  'PATCH /v1/projects/{project}': route(changeProject),
  'DELETE /v1/projects/{project}': route(deleteProject),
  'POST /v1/projects/{project}/assignment': route(assign),
  'PUT /v1/projects/{project}/assignment/{id}': route(changeRole),
  'DELETE /v1/projects/{project}/assignment/{id}': route(unassign),
  'POST /v1/projects/{project}/assignments': route(assignAll),
  'DELETE /v1/projects/{project}/assignments': route(unassignAll),
  'POST /v1/projects/{project}/import-users/validate': route(validateImport),
  'POST /v1/projects/{project}/import-users': route(importUsers),
  'GET /v1/admin/applications': route(listApplications),
  'POST /v1/admin/application': route(addApplication),
};

const APPLICATION = fields({ name: text() });

/** `POST /v1/admin/application`: a shared project of nobody, without the rules for names. */
async function addApplication(call: Call, { managed, now }: ApiOptions): Promise<Answer> {
  requireAdmin(call.account);
  const { name } = await bodyIn(call, APPLICATION);
  return managed.transaction(async (store) => {
    const taken = await store.projectInAnyCase(name);
    if (taken !== undefined)
      refuse(409, `Application '${taken.name}' already exists. Please choose a different name.`);
    await addProjectNamed(name, store, stamp(now()));
    return ok({ message: `Application name='${name}' has been created` });
  });
}
