import type { ManagedProject, ManagedStore } from '../../managed/store.ts';
import type { Account } from '../account.ts';
import type { Mode } from '../mode.ts';
import { refuse } from '../refusal.ts';
import type { Call } from '../routing.ts';

/** @throws Refusal (400) on a platform that reads projects from the token. */
export function requireUserManagement({ userManagement }: Mode): void {
  if (!userManagement) refuse(400, 'User management not enabled');
}

/**
 * @returns the project of the path, for its creator, its administrators and those of the platform.
 * @throws Refusal (404) for everybody else, so that the project's existence stays hidden.
 */
export async function authorizedProject(
  { account, parameters }: Call,
  mode: Mode,
  store: ManagedStore,
): Promise<ManagedProject> {
  requireUserManagement(mode);
  const project = await store.project(parameters['project'] ?? '');
  if (project === undefined || project.deletedAt !== null || !mayChange(account, project))
    refuse(404, 'Project not found');
  return project;
}

function mayChange({ id, isAdmin, adminProjects }: Account, { createdBy, name }: ManagedProject): boolean {
  return isAdmin || createdBy === id || adminProjects.includes(name);
}
