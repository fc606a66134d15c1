import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CodemieError, systemCode } from '../system/errors.ts';
import { callbackPage, PAGE_HEADERS } from './loopback-page.ts';

export type CallbackResult =
  | { readonly kind: 'code'; readonly params: URLSearchParams }
  | { readonly kind: 'error'; readonly error: string; readonly description: string };

export interface Loopback {
  readonly redirectUri: string;
  /** Resolves with the first callback that carries the right state; nothing else ends the wait. */
  readonly callback: Promise<CallbackResult>;
  /** Tells the waiting page how it went, lets it arrive, and closes the listener. */
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

/**
 * Waits for the redirect of a sign-in on 127.0.0.1 (RFC 8252 §7.3, §8.3). Every request that is not the genuine
 * callback is refused and forgotten: wrong path, method, host, state, or repeated parameters. The genuine one is
 * answered with a redirect to a clean address, so that the code does not stay in the address bar.
 *
 * @throws CALLBACK_PORT (exit 1) when the port cannot be bound.
 */
export async function openLoopback(options: LoopbackOptions): Promise<Loopback> {
  let arrive: (result: CallbackResult) => void = () => undefined;
  const callback = new Promise<CallbackResult>((resolve) => {
    arrive = resolve;
  });
  let settle: (outcome: 'signed-in' | 'failed') => void = () => undefined;
  const outcome = new Promise<'signed-in' | 'failed'>((resolve) => {
    settle = resolve;
  });
  let used = false;
  let pageSent: () => void = () => undefined;
  const page = new Promise<void>((resolve) => {
    pageSent = resolve;
  });

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { port } = server.address() as AddressInfo;
    const refuse = (status: number, text: string, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { ...PAGE_HEADERS, ...headers }).end(callbackPage('refused', text));
    };
    // A page reached by another name got here through DNS rebinding.
    if (request.headers.host !== `127.0.0.1:${port}`) return refuse(400, 'This address is not served here.');
    const url = new URL(request.url ?? '/', `http://127.0.0.1:${port}`);
    if (url.pathname !== PATH && url.pathname !== DONE_PATH) return refuse(404, 'There is nothing here.');
    if (request.method !== 'GET')
      return refuse(405, 'Only a browser redirect is expected here.', { allow: 'GET' });
    if (url.pathname === DONE_PATH) {
      if (!used) return refuse(404, 'There is nothing here.');
      void outcome.then((how) => {
        response.writeHead(200, PAGE_HEADERS).end(callbackPage(how), pageSent);
      });
      return;
    }
    const result = judge(url.searchParams, options.state);
    if (typeof result === 'string') return refuse(400, result);
    if (used) return refuse(410, 'This sign-in was already completed.');
    used = true;
    arrive(result);
    if (result.kind === 'code') response.writeHead(302, { ...PAGE_HEADERS, location: DONE_PATH }).end();
    else {
      const text = `${result.error}${result.description === '' ? '' : `: ${result.description}`}`;
      response.writeHead(200, PAGE_HEADERS).end(callbackPage('failed', text), pageSent);
    }
  };

  const server = createServer(
    { maxHeaderSize: 131_072, headersTimeout: 5000, requestTimeout: 5000, connectionsCheckingInterval: 1000 },
    answer,
  );
  server.keepAliveTimeout = 1000;
  await bind(server, options.port);
  const { port } = server.address() as AddressInfo;
  return {
    redirectUri: `http://127.0.0.1:${port}${PATH}`,
    callback,
    finish: async (how) => {
      settle(how);
      if (used) await Promise.race([page, grace()]);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** The state first, whatever else was sent: an error without it is somebody else's (S4). */
function judge(params: URLSearchParams, state: string): CallbackResult | string {
  const given = params.getAll('state');
  if (given.length !== 1 || !sameText(given[0] ?? '', state))
    return 'This is not the sign-in that is being waited for.';
  for (const name of ['code', 'error', 'iss']) {
    if (params.getAll(name).length > 1) return 'A parameter was sent twice.';
  }
  const error = params.get('error');
  if (error !== null)
    return { kind: 'error', error: clean(error), description: clean(params.get('error_description') ?? '') };
  if ((params.get('code') ?? '') === '') return 'The answer carries no code.';
  return { kind: 'code', params };
}

function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** What a stranger may have written, made fit for a page and a terminal (S5). */
function clean(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ').slice(0, 200);
}

function grace(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, GRACE_MS).unref();
  });
}

function bind(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const reasons: Readonly<Record<string, string>> = {
        EADDRINUSE: `Port ${port} (--callback-port) is in use by another program.`,
        EACCES: `Port ${port} (--callback-port) is reserved by the system.`,
      };
      reject(
        new CodemieError({
          code: 'CALLBACK_PORT',
          message: reasons[systemCode(cause) ?? ''] ?? `Port ${port} could not be opened on 127.0.0.1.`,
          hint: 'Leave out --callback-port to use any free port.',
          exit: 'failed',
          cause,
        }),
      );
    });
    // The literal address: `localhost` may resolve to something else (RFC 8252 §8.3).
    server.listen(port, '127.0.0.1', () => resolve());
  });
}
