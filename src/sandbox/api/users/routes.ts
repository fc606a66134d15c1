import { ok } from '../answers.ts';
import { requireAdmin } from '../guards.ts';
import type { Route, Routes } from '../routing.ts';
import {
  changeProjectRole,
  grantKnowledgeBase,
  grantProject,
  revokeKnowledgeBase,
  revokeProject,
  userKnowledgeBases,
  userProjects,
} from './access.ts';
import { changePassword, createUser } from './create.ts';
import { detailFor } from './detail.ts';
import { listUsers } from './list.ts';
import { deactivate, updateUser } from './update.ts';

/** Routes that exist only where the platform manages its users. */
const managed = (signedIn: Required<Route>['signedIn']): Route => ({
  exists: ({ mode }) => mode.userManagement,
  signedIn,
});

export const USER_ROUTES: Routes = {
  'GET /v1/admin/users': managed(listUsers),
  'POST /v1/admin/users': managed(createUser),
  'GET /v1/admin/users/{id}': managed(async ({ account, parameters }, options) =>
    ok(await detailFor(account, parameters['id'] ?? '', options.managed)),
  ),
  'PUT /v1/admin/users/{id}': managed(updateUser),
  'DELETE /v1/admin/users/{id}': managed(async ({ account, parameters }, options) => {
    requireAdmin(account);
    const actor = { actorId: account.id, now: options.now };
    await options.managed.transaction((store) => deactivate(parameters['id'] ?? '', store, actor));
    return ok({ message: 'User deactivated successfully' });
  }),
  'PUT /v1/admin/users/{id}/password': managed(changePassword),
  'GET /v1/admin/users/{id}/projects': managed(userProjects),
  'POST /v1/admin/users/{id}/projects': managed(grantProject),
  'PUT /v1/admin/users/{id}/projects/{project}': managed(changeProjectRole),
  'DELETE /v1/admin/users/{id}/projects/{project}': managed(revokeProject),
  'GET /v1/admin/users/{id}/knowledge-bases': managed(userKnowledgeBases),
  'POST /v1/admin/users/{id}/knowledge-bases': managed(grantKnowledgeBase),
  'DELETE /v1/admin/users/{id}/knowledge-bases/{name}': managed(revokeKnowledgeBase),
};
