import type { TestDatabase } from './postgres-server.ts';

/** A row of `users`; what is not said is as for somebody who signed in once. */
export interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly isAdmin?: boolean;
  readonly isMaintainer?: boolean;
  readonly isActive?: boolean;
  readonly isDeleted?: boolean;
  readonly limit?: number | null;
}

/** Adds users to the newest tables of a platform. */
export async function addUsers({ query }: TestDatabase, users: readonly UserRow[]): Promise<void> {
  for (const { id, email, isAdmin = false, isMaintainer = false, ...row } of users) {
    const { isActive = true, isDeleted = false, limit = isAdmin ? null : 3 } = row;
    await query(
      `INSERT INTO users (id, username, email, date, is_admin, is_maintainer, is_active, deleted_at, project_limit)
       VALUES ($1, $2, $2, '2026-01-01', $3, $4, $5, $6, $7)`,
      [id, email, isAdmin, isMaintainer, isActive, isDeleted ? '2026-02-02' : null, limit],
    );
  }
}
