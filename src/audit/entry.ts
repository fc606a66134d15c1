/** What happened to a credential or with it: names, addresses and outcomes. Never a secret, never a prompt. */
export type AuditEvent =
  | {
      readonly event: 'sign-in';
      readonly profile: string;
      readonly origin: string;
      readonly kind: string;
      readonly store: string;
      readonly person?: string | undefined;
      readonly credential?: string | undefined;
    }
  | {
      readonly event: 'refresh';
      readonly origin: string;
      readonly person?: string | undefined;
      readonly credential?: string | undefined;
      readonly outcome: string;
    }
  | {
      readonly event: 'sign-out';
      readonly profile: string;
      readonly origin: string;
      readonly revoked: string;
    }
  | {
      /** A stored sign-in at an MCP server. */
      readonly event: 'mcp-sign-in';
      readonly server: string;
      readonly issuer?: string | undefined;
      readonly store: string;
    }
  | {
      readonly event: 'mcp-sign-out';
      readonly server: string;
      readonly revoked: string;
    }
  | {
      readonly event: 'store-move';
      readonly profiles: readonly string[];
      readonly from: string;
      readonly to: string;
    }
  | {
      readonly event: 'agent-start';
      readonly agent: string;
      readonly origin: string;
      readonly source: string;
      readonly person?: string | undefined;
      readonly session: string;
    }
  | {
      readonly event: 'agent-session';
      readonly agent: string;
      readonly session: string;
      readonly prompts: number;
      readonly tools: Readonly<Record<string, number>>;
      readonly inputTokens: number;
      readonly outputTokens: number;
    }
  | {
      readonly event: 'agent-end';
      readonly agent: string;
      readonly session: string;
      readonly code: number;
      readonly seconds: number;
    }
  | {
      /** Denied by the platform on a route, or before sending because its list of models lacks the model. */
      readonly event: 'model-denied';
      readonly origin: string;
      readonly route?: string;
      readonly status?: number;
      readonly session?: string;
      readonly agent?: string;
    };

/** One line of the log: who, when, what, and the hash of the previous line (SHA-256, hex). */
export type AuditEntry = {
  readonly seq: number;
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly pid: number;
  readonly prev: string;
  readonly hash: string;
} & AuditEvent;
