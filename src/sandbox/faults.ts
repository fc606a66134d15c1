export const FAULTS = [
  'expire-access',
  'revoke-session',
  'api-401',
  'api-403',
  'api-302-login',
  'api-200-login',
  '429',
  '500',
  'slow',
  'drop',
  'clock-skew',
] as const;
export type FaultName = (typeof FAULTS)[number];

/** A fault to answer with, for a number of requests or seconds, or until it is cleared. */
export interface Fault {
  readonly fault: FaultName;
  /** How many requests it hits. */
  readonly count?: number;
  readonly seconds?: number;
  /** Seconds of delay (`slow`) or of skew (`clock-skew`). */
  readonly value?: number;
  /** `api` (default: API and model routes) or `token` (the token endpoint). */
  readonly route?: 'api' | 'token';
}

interface Active extends Fault {
  left: number;
  readonly until: number;
}

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  /** @returns the fault that hits this request, and counts it down. */
  hit(route: 'api' | 'token'): Fault | undefined;
  /** Seconds the server's clock is off. */
  skew(): number;
}

/** @throws TypeError with a sentence for the caller when the body is no fault. */
export function parseFault(body: unknown): Fault {
  if (typeof body !== 'object' || body === null) throw new TypeError('a fault is a JSON object');
  const { fault, count, seconds, value, route } = body as Record<string, unknown>;
  const name = FAULTS.find((known) => known === fault);
  if (name === undefined) throw new TypeError(`"fault" is one of ${FAULTS.join(', ')}`);
  const number = (key: string, given: unknown): Record<string, number> => {
    if (given === undefined) return {};
    if (typeof given !== 'number' || !Number.isFinite(given)) throw new TypeError(`"${key}" is a number`);
    return { [key]: given };
  };
  if (route !== undefined && route !== 'api' && route !== 'token')
    throw new TypeError('"route" is api or token');
  return {
    fault: name,
    ...number('count', count),
    ...number('seconds', seconds),
    ...number('value', value),
    ...(route === undefined ? {} : { route }),
  };
}

export function createFaults(now: () => number): Faults {
  let active: Active[] = [];
  const prune = (): void => {
    active = active.filter((fault) => fault.left > 0 && fault.until > now());
  };
  return {
    add: (fault) => {
      const until = fault.seconds === undefined ? Number.POSITIVE_INFINITY : now() + fault.seconds * 1000;
      active.push({ ...fault, left: fault.count ?? Number.POSITIVE_INFINITY, until });
    },
    clear: () => {
      active = [];
    },
    hit: (route) => {
      prune();
      const fault = active.find((entry) => entry.fault !== 'clock-skew' && (entry.route ?? 'api') === route);
      if (fault !== undefined) fault.left -= 1;
      return fault;
    },
    skew: () => {
      prune();
      return active.find((entry) => entry.fault === 'clock-skew')?.value ?? 0;
    },
  };
}
