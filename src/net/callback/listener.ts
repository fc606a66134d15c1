import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CodemieError, systemCode } from '../../system/errors.ts';
import { limitSockets } from '../limit-sockets.ts';
import { listen } from '../listen.ts';
import { callbackPage, PAGE_HEADERS } from './page.ts';

export type Outcome = 'signed-in' | 'failed';

/** `both`: the addresses of `localhost`, 127.0.0.1 and ::1, on one port. */
export type Families = 'ipv4' | 'both';

export interface ListenerOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly families: Families;
  /** The only path that is served, compared exactly. */
  readonly path: string;
  /** What to do if the port cannot be opened. */
  readonly hint: string;
  /** Handles a GET of that path with a valid Host. */
  readonly onCall: (call: Call) => void;
  /** Hears why a request for that path was refused. Anybody on this machine can send one, any number of times. */
  readonly onRefused?: ((why: string) => void) | undefined;
}

export interface Call {
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
  /** Whether an earlier call completed the sign-in. */
  isCompleted(): boolean;
  refuse(status: number, text: string): void;
  /** Completes the sign-in: redirects the browser to a clean URL, so that no secret stays in the address bar. */
  complete(): void;
}

export interface Listener {
  readonly port: number;
  /**
   * Shows the outcome on the waiting page, gives it a moment to load, and closes every connection.
   *
   * @param detail shown on the page if the sign-in failed.
   */
  close(outcome: Outcome, detail?: string): Promise<void>;
}

const DONE_PATH = '/done';
/** How long to wait for the browser to fetch the final page before closing anyway, ms. */
const GRACE_MS = 1500;
const MOST_SOCKETS = 64;
const NAMES: Readonly<Record<Families, readonly string[]>> = {
  ipv4: ['127.0.0.1'],
  both: ['localhost', '127.0.0.1', '[::1]'],
};
const SERVER = {
  maxHeaderSize: 131_072,
  headersTimeout: 5000,
  requestTimeout: 5000,
  connectionsCheckingInterval: 1000,
};

/**
 * Waits on loopback for the browser to return from a sign-in (RFC 8252 §7.3, §8.3). Refuses every request with
 * another path, method or Host, and keeps waiting. The call that completes the sign-in gets a redirect to a page that
 * waits for the outcome.
 *
 * @throws CALLBACK_PORT (exit 1) if the port cannot be opened.
 */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const { path: callPath, families, onCall, onRefused } = options;
  const outcome = promised<{ readonly how: Outcome; readonly detail: string }>();
  const page = promised<void>();
  const sockets = limitSockets(MOST_SOCKETS);
  let hosts: readonly string[] = [];
  let isCompleted = false;
  let isPageRequested = false;

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const refuse = (status: number, text: string, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { ...PAGE_HEADERS, ...headers }).end(callbackPage('refused', text));
    };
    // A request under another name got here through DNS rebinding.
    if (!hosts.includes(request.headers.host ?? '')) return refuse(400, 'This address is not served here.');
    // Split by hand: the path must match exactly, and a parser would throw on invalid input.
    const [path = '', query = ''] = halves(request.url ?? '');
    const isDone = path === DONE_PATH && isCompleted;
    if (path !== callPath && !isDone) return refuse(404, 'There is nothing here.');
    if (request.method !== 'GET') {
      onRefused?.(
        `it was sent as ${request.method === 'POST' ? 'a form (POST)' : 'another kind of request'}`,
      );
      return refuse(405, 'Only a browser redirect is expected here.', { allow: 'GET' });
    }
    if (!isDone) {
      const complete = (): void => {
        isCompleted = true;
        response.writeHead(302, { ...PAGE_HEADERS, location: DONE_PATH }).end();
      };
      return onCall({
        request,
        query: new URLSearchParams(query),
        isCompleted: () => isCompleted,
        refuse: (status, text) => refuse(status, text),
        complete,
      });
    }
    // The first request is from the browser we redirected. It waits, and others must not push it out.
    if (!isPageRequested) sockets.keep(request.socket);
    isPageRequested = true;
    void outcome.value.then(({ how, detail }) => {
      response.writeHead(200, PAGE_HEADERS).end(callbackPage(how, detail), () => page.resolve());
    });
  };

  const open = async (host: '127.0.0.1' | '::1', port: number): Promise<Server> => {
    const server = createServer(SERVER, answer);
    sockets.watch(server);
    const { hint } = options;
    await listen(server, { host, port, code: 'CALLBACK_PORT', setting: '--callback-port', hint });
    return server;
  };
  const servers = await (families === 'both' ? openBoth(open, options.port) : openOne(open, options.port));
  const { port } = servers[0].address() as AddressInfo;
  hosts = NAMES[families].map((name) => `${name}:${port}`);
  return {
    port,
    close: async (how, detail = '') => {
      outcome.resolve({ how, detail });
      if (isCompleted) await Promise.race([page.value, grace()]);
      await Promise.all(servers.map(closed));
    },
  };
}

type Open = (host: '127.0.0.1' | '::1', port: number) => Promise<Server>;
type Servers = readonly [Server, ...Server[]];

async function openOne(open: Open, port: number): Promise<Servers> {
  return [await open('127.0.0.1', port)];
}

/**
 * Opens one port on both addresses. If another program holds it on one of them, a browser might hand the session to
 * that program, so we try another port. A machine without IPv6 does not resolve localhost to ::1 either.
 */
async function openBoth(open: Open, port: number, tries = 5): Promise<Servers> {
  const first = await open('127.0.0.1', port);
  try {
    return [first, await open('::1', (first.address() as AddressInfo).port)];
  } catch (error) {
    const cause = error instanceof CodemieError ? error.cause : error;
    if (['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(systemCode(cause) ?? '')) return [first];
    await closed(first);
    if (port !== 0 || tries <= 1) throw error;
    return openBoth(open, port, tries - 1);
  }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function halves(target: string): readonly string[] {
  const at = target.indexOf('?');
  return at === -1 ? [target] : [target.slice(0, at), target.slice(at + 1)];
}

function promised<T>(): { readonly value: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const value = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { value, resolve };
}

function grace(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, GRACE_MS).unref();
  });
}
