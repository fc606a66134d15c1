import { createHash } from 'node:crypto';
import type { SourceCounts } from './source.ts';
import type { SourceRow } from './user.ts';

/** Counts rows as they pass, and keeps none of them. */
export interface Tally {
  add(row: SourceRow): void;
  counts(): SourceCounts;
  /** SHA-256 of the rows so far, in hexadecimal. */
  digest(): string;
}

export function createTally(): Tally {
  const hash = createHash('sha256');
  const projects = new Set<string>();
  const counts = { accounts: 0, users: 0, skipped: 0, memberships: 0, admins: 0, activeAdmins: 0 };
  return {
    add: (row) => {
      hash.update(`${JSON.stringify(row)}\n`);
      counts.accounts += 1;
      if (row.kind === 'skip') {
        counts.skipped += 1;
        return;
      }
      const { isAdmin, isActive, memberships } = row.user;
      counts.users += 1;
      counts.memberships += memberships.length;
      if (isAdmin) counts.admins += 1;
      if (isAdmin && isActive) counts.activeAdmins += 1;
      for (const { project } of memberships) projects.add(project.toLowerCase());
    },
    counts: () => ({ ...counts, projects: projects.size }),
    digest: () => hash.copy().digest('hex'),
  };
}
