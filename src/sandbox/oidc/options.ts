import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import type { EventLog } from '../events.ts';
import type { Faults } from '../faults.ts';
import type { Tokens } from '../tokens.ts';

export interface IssuerOptions {
  readonly provider: Provider;
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
  readonly autoApprove: string | undefined;
  readonly resource: string;
  readonly events: EventLog;
  readonly faults: Faults;
  readonly tokens: Tokens;
  /** Seconds. */
  readonly accessTokenTtl: number;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}
