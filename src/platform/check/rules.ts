import type { Rule } from './rule.ts';
import { FILE_RULES } from './rules/files.ts';
import { LEFTOVER_RULES } from './rules/leftovers.ts';
import { LIST_RULES } from './rules/lists.ts';
import { LIVE_RULES } from './rules/live.ts';
import { MIGRATION_RULES } from './rules/migration.ts';
import { MODE_RULES } from './rules/mode.ts';
import { SECRET_RULES } from './rules/secrets.ts';
import { VARIABLE_RULES } from './rules/variables.ts';

/** All rules. The reference is generated from this table. */
export const RULES: readonly Rule[] = [
  ...LIST_RULES,
  ...VARIABLE_RULES,
  ...SECRET_RULES,
  ...MODE_RULES,
  ...MIGRATION_RULES,
  ...LEFTOVER_RULES,
  ...FILE_RULES,
  ...LIVE_RULES,
];
