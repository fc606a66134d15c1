import type { Tab } from './layout.ts';
import type { Visit } from './visit.ts';

export const SETTINGS_PATH = '/settings';
export const ADMINISTRATION = `${SETTINGS_PATH}/administration`;
export const USERS_PATH = `${ADMINISTRATION}/users`;
export const PROJECTS_PATH = `${ADMINISTRATION}/projects`;

type Viewer = Pick<Visit, 'person' | 'features'>;

export function seesUsers({ person, features }: Viewer): boolean {
  return features.userManagement && person.isAdmin;
}

/**
 * Projects management is there without user management too, as a list of names for administrators. With it,
 * administrators of single projects see theirs.
 */
export function seesProjects({ person, features }: Viewer): boolean {
  return person.isAdmin || (features.userManagement && person.administersAny);
}

/** The tabs of Administration. Without one, the person does not see Administration at all. */
export function tabsFor(viewer: Viewer, path = ''): readonly Tab[] {
  const tab = (name: string, to: string): Tab => ({
    name,
    path: to,
    isCurrent: path === to || path.startsWith(`${to}/`),
  });
  return [
    ...(seesUsers(viewer) ? [tab('Users management', USERS_PATH)] : []),
    ...(seesProjects(viewer) ? [tab('Projects management', PROJECTS_PATH)] : []),
  ];
}
