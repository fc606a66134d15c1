import { JSON_OPTION, type OptionSpec } from '../spec.ts';
import { DATABASE_OPTIONS } from './database-options.ts';
import { SOURCE_OPTIONS } from './source-options.ts';

/** Where a plan goes without `--out`. */
export const PLAN_FILE = 'migration-plan.jsonl';

/** Flags that decide what a plan says, beside its source. */
export const PLAN_OPTIONS = [
  ...DATABASE_OPTIONS,
  {
    name: 'policy',
    value: 'policy',
    choices: ['create-only', 'merge'],
    summary:
      'for users that exist: create-only leaves them alone; merge also writes what changed in the source, and keeps what people changed',
    default: 'create-only',
  },
  {
    name: 'rules',
    value: 'file',
    summary: 'YAML file that decides about conflicts: keep and skip list users, map renames projects',
  },
  {
    name: 'limit',
    value: 'number',
    summary: 'how many shared projects a regular user may have (USER_PROJECT_LIMIT)',
    default: '3',
  },
  {
    name: 'personal-projects',
    summary: 'also create personal projects, which the platform creates when people first sign in',
  },
  { name: 'redact', summary: 'mask names and addresses in what is printed: for a ticket' },
] as const satisfies readonly OptionSpec[];

export const VERIFY_OPTIONS: readonly OptionSpec[] = [...SOURCE_OPTIONS, ...PLAN_OPTIONS, JSON_OPTION];
