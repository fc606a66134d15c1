/** Where a fault applies by default: `api` is the API and the model routes, `upstream` the model proxy behind them. */
type Place = 'api' | 'model' | 'token' | 'upstream';

const FAULTS = {
  'expire-access': 'api',
  'revoke-session': 'api',
  'api-401': 'api',
  'api-403': 'api',
  'api-302-login': 'api',
  'api-200-login': 'api',
  'account-deactivated': 'api',
  'database-down': 'api',
  '429': 'api',
  '500': 'api',
  slow: 'api',
  drop: 'api',
  'clock-skew': 'api',
  'model-proxy-off': 'model',
  'model-denied': 'upstream',
  'model-team-denied': 'upstream',
  'model-bad-key': 'upstream',
  'model-budget': 'upstream',
  'model-rate': 'upstream',
  'model-down': 'upstream',
} as const satisfies Readonly<Record<string, Place>>;
type FaultName = keyof typeof FAULTS;

/** An injected fault, for a number of requests or seconds, or until it is cleared. */
export interface Fault {
  readonly fault: FaultName;
  /** How many requests it affects. */
  readonly count?: number;
  readonly seconds?: number;
  /** Seconds of delay (`slow`), of skew (`clock-skew`), or until a cached sign-in expires (`database-down`). */
  readonly value?: number;
  readonly route: Place;
}

interface Active extends Fault {
  left: number;
  readonly until: number;
  /** Milliseconds. */
  readonly since: number;
}

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  /** @returns the fault for this request, and counts it down. */
  hit(place: Place): (Fault & { readonly since: number }) | undefined;
  /** @returns whether a fault is active, without counting it down. */
  active(name: FaultName): boolean;
  /** How far the server's clock is off, in seconds. */
  skew(): number;
}

/** @throws TypeError with a message for the caller when the body is not a valid fault. */
export function parseFault(body: unknown): Fault {
  if (typeof body !== 'object' || body === null) throw new TypeError('a fault is a JSON object');
  const { fault, count, seconds, value, route } = body as Record<string, unknown>;
  const names = Object.keys(FAULTS) as FaultName[];
  const name = names.find((known) => known === fault);
  if (name === undefined) throw new TypeError(`"fault" is one of ${names.join(', ')}`);
  const number = (key: string, given: unknown): Record<string, number> => {
    if (given === undefined) return {};
    if (typeof given !== 'number' || !Number.isFinite(given)) throw new TypeError(`"${key}" is a number`);
    return { [key]: given };
  };
  const own: Place = FAULTS[name];
  const places: readonly Place[] = own === 'api' ? ['api', 'model', 'token'] : [own];
  const place = route === undefined ? own : places.find((known) => known === route);
  if (place === undefined) throw new TypeError(`"route" is ${places.join(', ')}`);
  return {
    fault: name,
    ...number('count', count),
    ...number('seconds', seconds),
    ...number('value', value),
    route: place,
  };
}

export function createFaults(now: () => number): Faults {
  let all: Active[] = [];
  const prune = (): void => {
    all = all.filter((fault) => fault.left > 0 && fault.until > now());
  };
  const applies = (fault: Active, place: Place): boolean =>
    fault.fault !== 'clock-skew' && (fault.route === place || (fault.route === 'api' && place === 'model'));
  return {
    add: (fault) => {
      const until = fault.seconds === undefined ? Number.POSITIVE_INFINITY : now() + fault.seconds * 1000;
      all.push({ ...fault, left: fault.count ?? Number.POSITIVE_INFINITY, until, since: now() });
    },
    clear: () => {
      all = [];
    },
    hit: (place) => {
      prune();
      const fault = all.find((entry) => applies(entry, place));
      if (fault !== undefined) fault.left -= 1;
      return fault;
    },
    active: (name) => {
      prune();
      return all.some((entry) => entry.fault === name);
    },
    skew: () => {
      prune();
      return all.find((entry) => entry.fault === 'clock-skew')?.value ?? 0;
    },
  };
}
