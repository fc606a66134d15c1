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
  readonly error?: { readonly message: string; readonly data?: { readonly code: string } };
}

export const HELLO = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'agent', version: '1' },
};

export interface Agent {
  readonly child: ChildProcess;
  /** Lines of standard output. */
  readonly lines: readonly string[];
  /** Standard error so far. */
  said(): string;
  /** Rejects when the proxy exits before it answers. */
  request(method: string, params?: Message): Promise<Message>;
  notify(method: string): void;
  /** Its exit code; null after a signal. */
  ended(): Promise<number | null>;
}

/** A coding agent with the built proxy on its pipes. */
export function agentOf(child: ChildProcess): Agent {
  const lines: string[] = [];
  let text = '';
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('the proxy has no pipes');
  const reader = createInterface({ input: stdout });
  reader.on('line', (line) => lines.push(line));
  stderr.on('data', (chunk) => {
    text += String(chunk);
  });
  stdin.on('error', () => undefined);
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const write = (message: Message): void =>
    void stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  let last = 0;
  return {
    child,
    lines,
    said: () => text,
    request: async (method, params = {}) => {
      last += 1;
      const id = last;
      write({ id, method, params });
      for (;;) {
        const reply = lines.map((line) => JSON.parse(line) as Message).find((one) => one['id'] === id);
        if (reply !== undefined) return reply;
        await Promise.race([
          once(reader, 'line'),
          once(reader, 'close').then(() => {
            throw new Error(`the proxy has gone: ${text}`);
          }),
        ]);
      }
    },
    notify: (method) => write({ method }),
    ended: async () => (await exit)[0],
  };
}
