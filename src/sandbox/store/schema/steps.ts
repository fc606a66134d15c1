import { ASSIGNED_BUDGETS, BUDGET_GROUPS, PROJECT_BUDGETS } from './budgets.ts';
import { PROJECT_NAMES, PROJECTS } from './projects.ts';
import { ACTIVITY, ADMIN_NAME, MAINTAINER, USERS } from './users.ts';

/** One change of the database schema. Steps are never edited: a new one is added at the end. */
export interface SchemaStep {
  /** The first version of the platform that has it. */
  readonly platform: string;
  readonly statements: string;
}

/**
 * The tables that the platform keeps users, projects, budgets and settings in, as it made them over its versions:
 * same names, types, constraints and defaults. A database that is migrated up to a step is one of that version.
 */
export const SCHEMA_STEPS: readonly SchemaStep[] = [
  { platform: '2.15', statements: `${USERS}${PROJECTS}` },
  { platform: '2.19', statements: ADMIN_NAME },
  { platform: '2.23', statements: `${MAINTAINER}${ASSIGNED_BUDGETS}` },
  { platform: '2.25', statements: PROJECT_BUDGETS },
  { platform: '2.36', statements: BUDGET_GROUPS },
  { platform: '2.39', statements: PROJECT_NAMES },
  { platform: '2.40', statements: ACTIVITY },
];
