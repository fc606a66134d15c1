import type { GateRules } from './gates.ts';
import type { RowRules } from './row.ts';

/** What to import, and what to stop for. */
export interface SourceRules extends Omit<RowRules, 'adminVia'>, GateRules {}
