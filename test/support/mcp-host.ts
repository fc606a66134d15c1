import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { onTestFinished } from 'vitest';
import { mcpSettings } from '../../src/commands/mcp/settings.ts';
import { OptionValues } from '../../src/commands/spec.ts';
import { createMcpLog, logPath } from '../../src/mcp/log.ts';
import { runProxy } from '../../src/mcp/proxy.ts';
import { guardAround, type Resolve, systemResolve } from '../../src/net/guard/destination.ts';
import { createStreamingFetch } from '../../src/net/stream/fetch.ts';
import { type TestContext, type TestContextOptions, testContext } from './context.ts';

type Message = Readonly<Record<string, unknown>>;

export interface McpHost {
  readonly context: TestContext;
  /** Sends a request. @returns its answer. */
  request(method: string, params?: Message): Promise<Reply>;
  notify(method: string, params?: Message): void;
  initialize(): Promise<Reply>;
  /** Everything on standard output, a message a line. */
  lines(): readonly Message[];
  readonly ended: Promise<void>;
  /** The log file, empty where there is none. */
  log(): string;
}

export interface Reply {
  readonly id: number;
  readonly result?: Message;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data: { code: string; hint: string };
  };
}

export interface McpHostOptions extends TestContextOptions {
  readonly settings?: Readonly<Record<string, string | true>>;
  /** What names stand for; by default what this machine knows. */
  readonly resolve?: Resolve;
  /** A certificate to trust (PEM). */
  readonly cert?: string;
}

/** A coding agent with the proxy on its pipes, in this process. Its browser follows redirects, as a person that agrees. */
export function mcpHost(address: string, options: McpHostOptions = {}): McpHost {
  const context = testContext({ onOpen: (page) => visit(page).then(() => true), ...options });
  const { env, clock, home } = context;
  const stop = new AbortController();
  const fetch = createStreamingFetch({
    env,
    ca: () => (options.cert === undefined ? undefined : [options.cert]),
    limits: { ...context.limits, connectMs: 2000 },
    userAgent: 'test',
    signal: stop.signal,
    guard: guardAround(new URL(address), options.resolve ?? systemResolve),
  });
  const settings = mcpSettings(
    address,
    new OptionValues(new Map(Object.entries(options.settings ?? {}))),
    env,
  );
  const log = createMcpLog({ home, isDebug: env['MCP_PROXY_DEBUG'] === 'true', now: () => clock.now() });
  const ended = runProxy({ context, settings, fetch, log }).finally(() => stop.abort());
  onTestFinished(async () => {
    context.endInput();
    await ended.catch(() => undefined);
  });
  const lines = (): readonly Message[] =>
    context.out.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Message);
  let last = 0;
  const send = (message: Message): void =>
    context.type(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const request = async (method: string, params: Message = {}): Promise<Reply> => {
    last += 1;
    const id = last;
    send({ id, method, params });
    const written = context.terminal.stdout;
    for (;;) {
      const reply = lines().find((line) => line['id'] === id && !('method' in line));
      if (reply !== undefined) return reply as unknown as Reply;
      await new Promise<void>((resolve) => {
        const write = written.write.bind(written);
        written.write = ((chunk: Buffer, ...rest: never[]) => {
          const isTaken = write(chunk, ...rest);
          if (chunk.at(-1) !== 10) return isTaken;
          written.write = write;
          resolve();
          return isTaken;
        }) as typeof written.write;
      });
    }
  };
  return {
    context,
    request,
    notify: (method, params = {}) => send({ method, params }),
    initialize: () =>
      request('initialize', {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'test-host', version: '1' },
      }),
    lines,
    ended,
    log: () => {
      try {
        return readFileSync(logPath(home), 'utf8');
      } catch {
        return '';
      }
    },
  };
}

/** What a browser does with an address: follows redirects. @returns the last status. */
export async function visit(
  address: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  const { status, location } = await look(address, headers);
  return location === undefined ? status : visit(new URL(location, address).href);
}

export function look(
  address: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly location: string | undefined; readonly page: string }> {
  return new Promise((resolve, reject) => {
    get(address, { headers, agent: false }, (response) => {
      let page = '';
      response.on('data', (chunk) => {
        page += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, location: response.headers.location, page }),
      );
    }).on('error', reject);
  });
}
