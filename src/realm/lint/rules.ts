import type { Rule } from './rule.ts';
import { KEY_RULES } from './rules/keys.ts';
import { PROVIDER_RULES } from './rules/providers.ts';

/** All rules. The reference is generated from this table. */
export const RULES: readonly Rule[] = [...KEY_RULES, ...PROVIDER_RULES];
