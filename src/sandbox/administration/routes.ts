import { PROJECT_PAGE } from './pages/project.ts';
import { PROJECTS_PAGE } from './pages/projects.ts';
import { SETTINGS } from './pages/settings.ts';
import { USER_PAGE } from './pages/user.ts';
import { USERS_PAGE } from './pages/users.ts';
import type { Page } from './visit.ts';

const PAGES: readonly Page[] = [SETTINGS, USERS_PAGE, USER_PAGE, PROJECTS_PAGE, PROJECT_PAGE];

export interface FoundPage {
  readonly page: Page;
  readonly parameters: Readonly<Record<string, string>>;
}

/** @returns the page of a path, and what matches the `{…}` in it. */
export function findPage(path: string): FoundPage | undefined {
  const given = path.split('/').map(decoded);
  for (const page of PAGES) {
    const parts = page.path.split('/');
    const parameters: Record<string, string> = {};
    const matches = parts.every((part, at) => {
      const value = given[at];
      if (!part.startsWith('{')) return part === value;
      parameters[part.slice(1, -1)] = value ?? '';
      return value !== undefined && value !== '';
    });
    if (matches && parts.length === given.length) return { page, parameters };
  }
  return undefined;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
