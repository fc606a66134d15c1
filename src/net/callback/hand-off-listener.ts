import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CodemieError, systemCode } from '../../system/errors.ts';
import { listen } from '../listen.ts';
import { callbackPage, PAGE_HEADERS } from './page.ts';

export interface HandOffListener {
  readonly port: number;
  close(outcome: 'signed-in' | 'failed'): Promise<void>;
}

const PATH = '/auth';
const DONE_PATH = '/done';
const GRACE_MS = 1500;

/** Who tells a hand-off from anything else. */
export interface HandOffJudge {
  /** Whether a value of `token` looks like what a server hands over. */
  isHandOff(token: string): boolean;
  /** Judges one that does, one after the other; false leaves the wait as it was. */
  take(token: string): Promise<boolean>;
}

/** At most so many hand-offs wait to be judged at a time: each costs a question to the platform. */
const MOST_JUDGED = 8;

/**
 * Waits for a CodeMie server to hand a session over to `http://localhost:{port}/auth?token=…`. The server says
 * `localhost`, so 127.0.0.1 and ::1 listen on the same port and no other interface does. It takes a port and nothing
 * else, so there is no state to compare: exact path, GET, our own Host, a browser that goes there itself, one success.
 *
 * @throws CALLBACK_PORT (exit 1).
 */
export async function openHandOff(port: number, judge: HandOffJudge): Promise<HandOffListener> {
  let settle: (outcome: 'signed-in' | 'failed') => void = () => undefined;
  const outcome = new Promise<'signed-in' | 'failed'>((resolve) => {
    settle = resolve;
  });
  let used = false;
  let judging = 0;
  let turn: Promise<unknown> = Promise.resolve();
  let bound = 0;
  let pageSent: () => void = () => undefined;
  const page = new Promise<void>((resolve) => {
    pageSent = resolve;
  });

  const answer: Answer = (request, response) => {
    const refuse = (status: number, text: string, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { ...PAGE_HEADERS, ...headers }).end(callbackPage('refused', text));
    };
    const hosts = ['localhost', '127.0.0.1', '[::1]'].map((host) => `${host}:${bound}`);
    if (!hosts.includes(request.headers.host ?? '')) return refuse(400, 'This address is not served here.');
    const target = `http://localhost:${bound}${request.url ?? '/'}`;
    if (!URL.canParse(target)) return refuse(400, 'This address is not served here.');
    const url = new URL(target);
    // As it was sent: a path that only becomes ours when it is tidied up is not ours.
    if ((request.url ?? '').split('?')[0] !== url.pathname) return refuse(404, 'There is nothing here.');
    if (url.pathname !== PATH && url.pathname !== DONE_PATH) return refuse(404, 'There is nothing here.');
    if (request.method !== 'GET')
      return refuse(405, 'Only a browser redirect is expected here.', { allow: 'GET' });
    if (url.pathname === DONE_PATH) {
      if (!used) return refuse(404, 'There is nothing here.');
      void outcome.then((how) => response.writeHead(200, PAGE_HEADERS).end(callbackPage(how), pageSent));
      return;
    }
    if (!isNavigation(request)) return refuse(403, 'This is not a browser that was sent here.');
    const tokens = url.searchParams.getAll('token');
    // The server does not percent-encode its base64, so a plus arrives as a space.
    const given = (tokens[0] ?? '').replaceAll(' ', '+');
    if (tokens.length !== 1 || !judge.isHandOff(given)) return refuse(400, 'This is not a hand-off.');
    if (used) return refuse(410, 'This sign-in was already completed.');
    if (judging >= MOST_JUDGED) return refuse(429, 'Too many hand-offs at a time.');
    judging += 1;
    turn = turn
      .then(async () => {
        if (used) return refuse(410, 'This sign-in was already completed.');
        used = await judge.take(given);
        if (!used) return refuse(400, 'This is not your session at this platform. The sign-in continues.');
        response.writeHead(302, { ...PAGE_HEADERS, location: DONE_PATH }).end();
      })
      .catch(() => refuse(500, 'The sign-in could not be completed.'))
      .finally(() => {
        judging -= 1;
      });
  };

  const both = await bindBoth(answer, port);
  bound = both.port;
  return {
    port: bound,
    close: async (how) => {
      settle(how);
      if (used) await Promise.race([page, new Promise((resolve) => setTimeout(resolve, GRACE_MS).unref())]);
      for (const server of both.servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

/**
 * A page can have a browser call any local port, but only as a part of that page (`fetch`, an image, a frame), which
 * browsers say of themselves (Fetch Metadata). The platform sends the whole window.
 */
function isNavigation({ headers }: IncomingMessage): boolean {
  const { origin, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest, 'sec-fetch-site': site } = headers;
  if (origin !== undefined) return false;
  if (site === undefined || site === 'none' || site === 'same-origin') return true;
  return mode === 'navigate' && dest === 'document';
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * One port on both addresses that `localhost` may mean: where somebody else holds it on one of them, a browser might hand
 * the session to them, so another port is taken. A machine without IPv6 does not resolve localhost to ::1 either.
 */
async function bindBoth(
  answer: Answer,
  port: number,
  tries = 5,
): Promise<{ readonly port: number; readonly servers: readonly Server[] }> {
  const first = await bind(answer, '127.0.0.1', port);
  const { port: bound } = first.address() as AddressInfo;
  try {
    return { port: bound, servers: [first, await bind(answer, '::1', bound)] };
  } catch (error) {
    const cause = error instanceof CodemieError ? error.cause : error;
    if (['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(systemCode(cause) ?? ''))
      return { port: bound, servers: [first] };
    first.close();
    if (port !== 0 || tries <= 1) throw error;
    return bindBoth(answer, port, tries - 1);
  }
}

const OPTIONS = {
  maxHeaderSize: 131_072,
  headersTimeout: 5000,
  requestTimeout: 5000,
  connectionsCheckingInterval: 1000,
};

async function bind(answer: Answer, host: '127.0.0.1' | '::1', port: number): Promise<Server> {
  const server = createServer(OPTIONS, answer);
  const hint = 'Leave out --callback-port to use any free port.';
  await listen(server, { host, port, code: 'CALLBACK_PORT', setting: '--callback-port', hint });
  return server;
}
