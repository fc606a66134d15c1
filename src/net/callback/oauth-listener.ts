import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { SIGN_IN } from '../../system/errors.ts';
import { listen } from '../listen.ts';
import { type CallbackResult, judgeCallback } from './judge.ts';
import { callbackPage, PAGE_HEADERS } from './page.ts';

export interface Loopback {
  readonly redirectUri: string;
  /** Resolves with the first callback that carries the right state; nothing else ends the wait. */
  readonly callback: Promise<CallbackResult>;
  /** Tells the waiting page how it went, lets it arrive, and closes the listener with every connection. */
  finish(outcome: 'signed-in' | 'failed'): Promise<void>;
}

export interface LoopbackOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly state: string;
}

const PATH = '/callback';
const DONE_PATH = '/done';
/** How long a page that was promised may take to be fetched before the listener closes anyway, ms. */
const GRACE_MS = 1500;
const MOST_CONNECTIONS = 64;

/**
 * Waits for the redirect of a sign-in on 127.0.0.1 (RFC 8252 §7.3, §8.3). Every request that is not the genuine
 * callback is refused and forgotten: wrong path, method, host, state, or repeated parameters. The genuine one is
 * answered with a redirect to a clean address, so that the code does not stay in the address bar.
 *
 * @throws CALLBACK_PORT (exit 1) when the port cannot be bound.
 */
export async function openLoopback(options: LoopbackOptions): Promise<Loopback> {
  const callback = promised<CallbackResult>();
  const outcome = promised<'signed-in' | 'failed'>();
  const page = promised<void>();
  let result: CallbackResult | undefined;
  let host = '';

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const refuse = (status: number, text: string, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { ...PAGE_HEADERS, ...headers }).end(callbackPage('refused', text));
    };
    // A page reached by another name got here through DNS rebinding.
    if (request.headers.host !== host) return refuse(400, 'This address is not served here.');
    // Split by hand: the path must match to the letter, and a parser would throw on what strangers send.
    const [path = '', query = ''] = halves(request.url ?? '');
    const known = path === PATH || (path === DONE_PATH && result !== undefined);
    if (!known) return refuse(404, 'There is nothing here.');
    if (request.method !== 'GET')
      return refuse(405, 'Only a browser redirect is expected here.', { allow: 'GET' });
    if (path === DONE_PATH) {
      connections.keep(request.socket);
      void outcome.value.then((how) => {
        const body = callbackPage(how, result?.kind === 'error' ? errorText(result) : '');
        response.writeHead(200, PAGE_HEADERS).end(body, () => page.resolve());
      });
      return;
    }
    const judged = judgeCallback(new URLSearchParams(query), options.state);
    if (typeof judged === 'string') return refuse(400, judged);
    if (result !== undefined) return refuse(410, 'This sign-in was already completed.');
    result = judged;
    response.writeHead(302, { ...PAGE_HEADERS, location: DONE_PATH }).end();
    callback.resolve(judged);
  };

  const server = createServer(
    { maxHeaderSize: 131_072, headersTimeout: 5000, requestTimeout: 5000, connectionsCheckingInterval: 1000 },
    answer,
  );
  const connections = limitConnections(server);
  await listen(server, {
    port: options.port,
    code: 'CALLBACK_PORT',
    setting: '--callback-port',
    hint:
      options.port === 0
        ? `Sign in without a listener: ${SIGN_IN} --device`
        : 'Leave out --callback-port to use any free port.',
  });
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    redirectUri: `http://${host}${PATH}`,
    callback: callback.value,
    finish: async (how) => {
      outcome.resolve(how);
      if (result !== undefined) await Promise.race([page.value, grace()]);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function errorText({ error, description }: CallbackResult & { kind: 'error' }): string {
  return description === '' ? error : `${error}: ${description}`;
}

function halves(target: string): readonly string[] {
  const at = target.indexOf('?');
  return at === -1 ? [target] : [target.slice(0, at), target.slice(at + 1)];
}

/**
 * Holds the number of open sockets down. The oldest one makes room for the newest: sockets that are opened and never
 * used can neither fill the listener nor keep the genuine callback out.
 */
function limitConnections(server: Server): { keep(socket: Socket): void } {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    const [oldest] = open;
    if (open.size > MOST_CONNECTIONS) oldest?.destroy();
  });
  return {
    // The page of the genuine callback waits for its text; it is not the one to make room.
    keep: (socket) => void open.delete(socket),
  };
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
