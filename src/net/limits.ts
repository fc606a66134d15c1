/** What is waited for, and how long. Tests give shorter ones. */
export interface Limits {
  /** Until a connection can be used, ms: the name, TCP, a proxy's tunnel and TLS together. */
  readonly connectMs: number;
  /** The whole exchange of a command's request, ms. */
  readonly exchangeMs: number;
  /** Pauses between tries of a request that changes nothing, ms; half of each is left to chance. */
  readonly pausesMs: readonly number[];
  /**
   * How long a connection without a request is kept, ms. One that died in the meantime (sleep, another network) swallows a
   * request for minutes, and nobody can tell that from a model that thinks. No server closes one so soon, either.
   */
  readonly idleMs: number;
  /** The same for the connection that is opened ahead of an agent's first request, ms. */
  readonly aheadMs: number;
  /** How long a platform may take nothing of an upload that waits for it, ms. */
  readonly stallMs: number;
  /** How long an agent that reads its input first waits for a silent pipe where nobody sees that it does, ms. */
  readonly inputMs: number;
  /** How long the headers of a request to the gateway may take, ms; also how long a connection may wait for its first request. */
  readonly headersMs: number;
  /** Largest request body that is kept for another try, bytes. */
  readonly keptBytes: number;
}

/**
 * After this long in silence the system asks the other end whether it is still there, ms; ten questions a second apart
 * without an answer end the connection. A model that thinks keeps its connection: the system of its server answers.
 * The same as `node:http` sets for the connections it keeps.
 */
export const PROBE_AFTER_MS = 1000;

/** On a model route there is no limit to the first byte: 330 s were seen, and the agent has its own patience. */
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
