import type { JSONRPCRequest } from '@modelcontextprotocol/client';

type Call = Pick<JSONRPCRequest, 'method' | 'params'>;

/** What the host has set up at the server. A new session knows nothing of it. */
export interface HostState {
  /** Notes a request that succeeded. */
  keep(call: Call): void;
  /** Requests that set the same up again. */
  calls(): readonly Call[];
  /** The lowest level of log messages that the host wants. */
  level(): unknown;
  /** Resources whose changes the host wants to know. */
  uris(): readonly string[];
  /** Resolves when the resources have changed. */
  changed(): Promise<void>;
}

export function hostState(): HostState {
  let level: Call | undefined;
  const subscribed = new Map<string, Call>();
  let waiting: (() => void)[] = [];
  const tell = (): void => {
    const all = waiting;
    waiting = [];
    for (const go of all) go();
  };
  return {
    keep: ({ method, params }) => {
      const uri = String(params?.['uri']);
      if (method === 'logging/setLevel') level = { method, params };
      if (method === 'resources/subscribe') subscribed.set(uri, { method, params });
      if (method === 'resources/unsubscribe') subscribed.delete(uri);
      if (method.startsWith('resources/') && method.endsWith('subscribe')) tell();
    },
    calls: () => [...(level === undefined ? [] : [level]), ...subscribed.values()],
    level: () => level?.params?.['level'],
    uris: () => [...subscribed.keys()],
    changed: () => new Promise((resolve) => waiting.push(resolve)),
  };
}
