import type { ServerFacts } from '../../../src/realm/lint/facts.ts';
import { BUILT_IN_FACTS } from '../../../src/realm/lint/facts.ts';
import type { JsonObject } from '../../../src/system/json.ts';

/** For one rule: a file with this mistake and nothing else, and the same file without it. */
export interface Example {
  readonly bad: JsonObject;
  /** The place of the finding. */
  readonly path: string;
  readonly good: JsonObject;
  /** What the server has; without it, no server is asked. */
  readonly facts?: ServerFacts;
}

/** A server with nothing but Keycloak's own providers. */
export const STOCK_SERVER: ServerFacts = { ...BUILT_IN_FACTS, isServer: true };
