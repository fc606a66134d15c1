import type { Rule } from './rule.ts';
import { CLAIM_RULES } from './rules/claims.ts';
import { CONFIG_RULES } from './rules/configs.ts';
import { FLOW_RULES } from './rules/flows.ts';
import { GATE_RULES } from './rules/gates.ts';
import { IDENTITY_RULES } from './rules/identity.ts';
import { KEY_RULES } from './rules/keys.ts';
import { NAME_RULES } from './rules/names.ts';
import { PROVIDER_RULES } from './rules/providers.ts';
import { REFERENCE_RULES } from './rules/references.ts';
import { RETIRED_RULES } from './rules/retired.ts';
import { SECRET_RULES } from './rules/secrets.ts';
import { VALUE_RULES } from './rules/values.ts';

/** All rules. The reference is generated from this table. */
export const RULES: readonly Rule[] = [
  ...KEY_RULES,
  ...VALUE_RULES,
  ...PROVIDER_RULES,
  ...NAME_RULES,
  ...REFERENCE_RULES,
  ...IDENTITY_RULES,
  ...FLOW_RULES,
  ...CONFIG_RULES,
  ...GATE_RULES,
  ...SECRET_RULES,
  ...CLAIM_RULES,
  ...RETIRED_RULES,
];
