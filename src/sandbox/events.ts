import { fingerprintOf } from '../system/secret.ts';

export type EventKind = 'authorize' | 'token' | 'revoke' | 'logout' | 'api' | 'model' | 'mcp';

/** One request that the sandbox answered. A credential appears only as the first 8 hex digits of its SHA-256. */
export interface SandboxEvent {
  readonly seq: number;
  /** ISO 8601. */
  readonly at: string;
  readonly kind: EventKind;
  readonly route: string;
  readonly status: number;
  readonly grant?: string;
  readonly outcome?: string;
  readonly user?: string;
  readonly credential?: string;
}

export interface EventLog {
  add(
    event: Omit<SandboxEvent, 'seq' | 'at' | 'credential'> & { readonly secret?: string | undefined },
  ): void;
  /** Events with a sequence number above `seq`. */
  since(seq: number): readonly SandboxEvent[];
}

const MOST = 10_000;

export function createEventLog(now: () => number): EventLog {
  const events: SandboxEvent[] = [];
  let seq = 0;
  return {
    add: ({ secret, ...event }) => {
      seq += 1;
      const credential = secret === undefined ? {} : { credential: fingerprintOf(secret) };
      events.push({ seq, at: new Date(now()).toISOString(), ...event, ...credential });
      if (events.length > MOST) events.shift();
    },
    since: (from) => events.filter((event) => event.seq > from),
  };
}
