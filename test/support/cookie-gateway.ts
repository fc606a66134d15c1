import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { accountFromIdentity, userBody } from '../../src/sandbox/api/account.ts';
import { NOT_FOUND, problem } from '../../src/sandbox/api/answers.ts';
import { identityFrom } from '../../src/sandbox/api/identity.ts';
import { modelList } from '../../src/sandbox/api/models.ts';
import { idOf } from './people.ts';

/** How an expired session looks; deployed gateways differ. */
export type FaceOfExpiry = 401 | 403 | 302 | 200 | 'plain 403' | 'xhtml' | 'plain text' | 'no type';

const NO_ADMIN = { adminRole: 'admin', adminUserId: '' };

/** A platform behind a cookie gateway like the deployed ones, whose session a test may age and change. */
export interface CookieGateway {
  readonly url: string;
  face: FaceOfExpiry;
  /** The API refuses although the gateway accepts (202): a token behind it has expired. */
  deadBehind: boolean;
  /** The session is valid, but the API refuses the request. */
  forbidden: boolean;
  /** A status to return from `/oauth2/auth` instead of the real one. */
  gateStatus: number | undefined;
  /** The user that the platform reports for a refreshed session; the original session is Ada's. */
  successor: string;
  /** Sends parts of an earlier, longer cookie along with a hand-off. */
  leftOver: boolean;
  /** The `VITE_API_URL` in its `config.js`. */
  apiUrl: string | undefined;
  /** Every requested path, without the query. */
  readonly asked: string[];
  /** Where `/oauth2/start` sends a browser without a session. */
  startsAt: string | undefined;
  /** Lifetime of a refreshed cookie, seconds. */
  maxAge: number;
  /** The number of parts of the next cookie. */
  parts: number;
  /** Size of the whole cookie, all parts together, bytes. */
  size: number;
  /** Ages the current session: it can no longer be used, only refreshed. */
  age(): void;
  readonly renewals: () => number;
  /** Whether a session was refreshed twice: the provider then ends both. */
  readonly killed: () => boolean;
}

export async function cookieGateway(): Promise<CookieGateway> {
  let generation = 0;
  let aged = false;
  let renewals = 0;
  let killed = false;

  const family = (): Record<string, string> => {
    generation += 1;
    const seconds = Math.floor(Date.now() / 1000) + generation;
    const payload = `${generation}-`.padEnd(gateway.size - 40, 'x');
    const whole = `${Buffer.from(payload)
      .toString('base64url')
      .slice(0, gateway.size - 40)}|${seconds}|${`c2lnbmF0dXJl${generation}`.padEnd(43, 'x')}=`;
    current = whole;
    aged = false;
    if (gateway.parts === 1) return { _oauth2_proxy: whole };
    const length = Math.ceil(whole.length / gateway.parts);
    return Object.fromEntries(
      Array.from({ length: gateway.parts }, (_, i) => [
        `_oauth2_proxy_${i}`,
        whole.slice(i * length, (i + 1) * length),
      ]),
    );
  };
  let current = '';

  const sent = (request: IncomingMessage): string => {
    const pairs = (request.headers.cookie ?? '').split('; ').map((pair): [string, string] => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at), pair.slice(at + 1)];
    });
    const own = new Map(pairs.filter(([name]) => name.startsWith('_oauth2_proxy')));
    return (
      own.get('_oauth2_proxy') ??
      Array.from({ length: own.size }, (_, i) => own.get(`_oauth2_proxy_${i}`) ?? '').join('')
    );
  };
  const json = (response: ServerResponse, status: number, body: unknown, headers = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
  const expired = (response: ServerResponse): void => {
    const page = '<html><body><form action="/oauth2/sign_in">Sign in</form></body></html>';
    if (gateway.face === 401) return json(response, 401, {});
    if (gateway.face === 'plain 403') return json(response, 403, { error: { message: 'Forbidden' } });
    if (typeof gateway.face === 'string') {
      const type = { xhtml: 'application/xhtml+xml', 'plain text': 'text/plain' }[gateway.face as string];
      const whole = `<?xml version="1.0"?>\n<!DOCTYPE html>${page}`;
      return void response.writeHead(200, type === undefined ? {} : { 'content-type': type }).end(whole);
    }
    if (gateway.face === 302) return void response.writeHead(302, { location: '/oauth2/start' }).end();
    response.writeHead(gateway.face, { 'content-type': 'text/html' }).end(page);
  };

  const who = (): string => (renewals === 0 ? 'ada' : gateway.successor);

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    gateway.asked.push(path);
    if (path === '/code-assistant-api/config.js' && gateway.apiUrl !== undefined)
      return void response.end(`window.env = {\n  VITE_API_URL: "${gateway.apiUrl}",\n};`);
    if (path === '/oauth2/start' && gateway.startsAt !== undefined)
      return void response.writeHead(302, { location: gateway.startsAt }).end();
    const port = /\/v1\/auth\/login\/(\d+)$/.exec(path)?.[1];
    if (port !== undefined) {
      const extra = gateway.leftOver
        ? { _oauth2_proxy: 'b2xk|1700000000|b2xk', _oauth2_proxy_3: 'bGVmdCBvdmVy' }
        : {};
      const body = {
        provider: 'keycloak',
        cookies: { ...family(), ...extra, _oauth2_proxy_csrf: 'not ours' },
      };
      const token = Buffer.from(JSON.stringify(body)).toString('base64');
      return void response.writeHead(302, { location: `http://localhost:${port}/auth?token=${token}` }).end();
    }
    const mine = !killed && sent(request) === current;
    if (path === '/oauth2/auth') {
      // A refresh takes the gateway a while, in which another one may arrive.
      await new Promise((resolve) => setTimeout(resolve, 150));
      if (gateway.gateStatus !== undefined) return json(response, gateway.gateStatus, {});
      if (killed) return json(response, 401, {});
      if (sent(request) !== current) {
        killed = true;
        return json(response, 401, {});
      }
      if (!aged) return json(response, 202, {});
      renewals += 1;
      const cookies = Object.entries(family()).map(
        ([name, value]) => `${name}=${value}; Path=/; Max-Age=${gateway.maxAge}; HttpOnly`,
      );
      return json(response, 202, {}, { 'set-cookie': cookies });
    }
    if (!mine || aged || gateway.deadBehind) return expired(response);
    if (path.endsWith('/v1/info')) return json(response, 200, { message: 'Codemie', version: '2.42.0' });
    if (path.endsWith('/v1/healthcheck')) return json(response, 200, { status: 'healthy' });
    if (gateway.forbidden) return json(response, 403, problem(403, 'Access denied').body);
    const email = `${who()}@x.example`;
    const claims = { sub: idOf(who()), preferred_username: who(), name: 'Ada', email, applications: [email] };
    const account = accountFromIdentity(identityFrom(claims), NO_ADMIN);
    if (path.endsWith('/v1/user')) return json(response, 200, userBody(account));
    if (path.endsWith('/v1/llm_models')) return json(response, 200, modelList({ roles: ['developer'] }));
    return json(response, NOT_FOUND.status, NOT_FOUND.body);
  };

  const server = createServer(
    { maxHeaderSize: 262_144 },
    (request, response) => void handle(request, response),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const gateway: CookieGateway = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    face: 401,
    deadBehind: false,
    forbidden: false,
    gateStatus: undefined,
    successor: 'ada',
    leftOver: false,
    apiUrl: undefined,
    asked: [],
    startsAt: undefined,
    maxAge: 604_800,
    parts: 3,
    size: 9000,
    age: () => {
      aged = true;
    },
    renewals: () => renewals,
    killed: () => killed,
  };
  return gateway;
}
