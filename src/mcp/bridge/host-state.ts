import type { JSONRPCRequest } from '@modelcontextprotocol/client';

type Call = Pick<JSONRPCRequest, 'method' | 'params'>;

/** What the host has set up at the server. A new session knows nothing of it. */
export interface HostState {
  /** Notes a request that succeeded. */
  keep(call: Call): void;
  /** Requests that set the same up again. */
  calls(): readonly Call[];
}

export function hostState(): HostState {
  let level: Call | undefined;
  const subscribed = new Map<unknown, Call>();
  return {
    keep: ({ method, params }) => {
      const uri = params?.['uri'];
      if (method === 'logging/setLevel') level = { method, params };
      if (method === 'resources/subscribe') subscribed.set(uri, { method, params });
      if (method === 'resources/unsubscribe') subscribed.delete(uri);
    },
    calls: () => [...(level === undefined ? [] : [level]), ...subscribed.values()],
  };
}
