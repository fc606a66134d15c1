import type { PlanCounts, PlanHeader } from '../../src/platform/migrate/plan/file.ts';

export const COUNTS: PlanCounts = {
  create: 0,
  update: 0,
  conflict: 0,
  skip: 0,
  memberships: 0,
  projects: 0,
  repair: 0,
  keep: 0,
  overLimit: 0,
};

export const HEADER: PlanHeader = {
  kind: 'plan',
  schemaVersion: 1,
  tool: 'codemie 1.0.0-test',
  source: { kind: 'export', place: 'acme-realm.json', realm: 'acme', digest: 'd', users: 3 },
  target: {
    database: '"codemie" on db:5432',
    schema: 'codemie',
    columns: { users: ['id', 'is_admin'], user_projects: ['id'], applications: ['id', 'git_repos'] },
    fingerprint: { projects: '', parts: {} },
  },
  policy: 'create-only',
  limit: 3,
};
