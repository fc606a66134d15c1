import type { ActivityEvent, KnowledgeBase, ManagedProject, ManagedUser, Membership } from './store.ts';

/** All rows of a platform. */
export interface Rows {
  readonly users: readonly ManagedUser[];
  readonly projects: readonly ManagedProject[];
  readonly memberships: readonly Membership[];
  readonly knowledgeBases: readonly (KnowledgeBase & { readonly userId: string })[];
  readonly events: readonly ActivityEvent[];
}

export const NO_ROWS: Rows = { users: [], projects: [], memberships: [], knowledgeBases: [], events: [] };
