/** Time and size limits. Tests use shorter ones. */
export interface Limits {
  /** Until a connection is usable, ms: DNS, TCP, a proxy's tunnel and TLS together. */
  readonly connectMs: number;
  /** For the whole exchange of a command's request, ms. */
  readonly exchangeMs: number;
  /** Pauses between attempts of a request that changes nothing, ms; half of each is random. */
  readonly pausesMs: readonly number[];
  /**
   * How long an idle connection is kept, ms. A connection that died while idle (sleep, another network) swallows a
   * request for minutes, which looks the same as a model that thinks. No server closes an idle connection this soon.
   */
  readonly idleMs: number;
  /** The same for the connection opened ahead of an agent's first request, ms. */
  readonly aheadMs: number;
  /** How long the platform may accept no data of a pending upload, ms. */
  readonly stallMs: number;
  /** How long an agent that reads its input first waits for a silent pipe when no user is watching, ms. */
  readonly inputMs: number;
  /**
   * How long the headers of a request to the gateway may take, and how long a connection may wait for its first
   * request, ms.
   */
  readonly headersMs: number;
  /** Largest request body kept for a retry, bytes. */
  readonly keptBytes: number;
}

/**
 * After this much silence, ms, the system sends TCP keep-alive probes; ten unanswered ones, a second apart, end the
 * connection. A model that thinks keeps its connection: its server's system answers the probes. `node:http` uses the
 * same value for the connections it keeps.
 */
export const PROBE_AFTER_MS = 1000;

/** Model routes have no limit to the first byte: 330 s have been seen, and the agent has its own time-out. */
export const LIMITS: Limits = {
  connectMs: 15_000,
  exchangeMs: 15_000,
  pausesMs: [200, 800],
  idleMs: 1000,
  aheadMs: 5000,
  stallMs: 60_000,
  inputMs: 10_000,
  headersMs: 300_000,
  keptBytes: 32 * 1_048_576,
};
