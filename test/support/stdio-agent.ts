import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Message {
  readonly [name: string]: unknown;
  readonly result?: {
    readonly serverInfo?: { readonly name: string };
    readonly tools?: readonly { readonly name: string }[];
    readonly content?: unknown;
  };
  readonly error?: {
    readonly message: string;
    readonly data: { readonly code: string; readonly hint: string };
  };
}

/** A coding agent with the built proxy on its pipes. */
export interface StdioAgent {
  /** Everything on standard output. */
  readonly lines: readonly string[];
  initialize(): Promise<Message>;
  request(method: string, params?: Readonly<Record<string, unknown>>): Promise<Message>;
  notify(method: string): void;
}

export function stdioAgent(child: ChildProcess): StdioAgent {
  if (child.stdout === null) throw new Error('the proxy has no standard output');
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  let last = 0;
  const request: StdioAgent['request'] = async (method, params = {}) => {
    last += 1;
    const id = last;
    child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    for (;;) {
      const reply = lines.map((line) => JSON.parse(line) as Message).find((one) => one['id'] === id);
      if (reply !== undefined) return reply;
      await once(reader, 'line');
    }
  };
  return {
    lines,
    request,
    initialize: () =>
      request('initialize', {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'agent', version: '1' },
      }),
    notify: (method) => child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', method })}\n`),
  };
}
