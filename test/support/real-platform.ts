import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Said {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

const error = (message: string, details: string | null = null, help: string | null = null) => ({
  error: { message, details, help },
});

/** Recorded responses of a backend, version 2.42. */
export const SAID = {
  anonymous: { status: 401, body: error('Authentication required') },
  deactivated: { status: 401, body: error('Account is deactivated') },
  unverified: { status: 401, body: error('Email not verified') },
  wrongPassword: { status: 401, body: error('Invalid email or password') },
  manyTries: { status: 429, body: error('Too many attempts. Please wait and try again later.') },
  badSignature: { status: 401, body: error('Invalid JWT: Signature verification failed') },
  expired: { status: 401, body: error('JWT has expired') },
  noUuid: { status: 422, body: error('User ID must be a valid UUID') },
  notFound: { status: 404, body: { detail: 'Not Found' } },
  notAdmin: {
    status: 403,
    body: error(
      'Access denied',
      'This action requires administrator or maintainer privileges.',
      'If you believe you should have elevated access, please contact your system administrator or check your account settings.',
    ),
  },
  databaseDown: {
    status: 401,
    body: error(
      'Authentication failed',
      'No valid authentication credentials were provided with this request.',
      "Please ensure you're logged in and your session hasn't expired. If you're using an API key, make sure it's valid and correctly included in the request headers.",
    ),
  },
  crash: {
    status: 500,
    body: error(
      'Internal Server Error. <br> Stacktrace:   File "/app/x.py", line 1, in connect\n psycopg2.OperationalError',
      'An unexpected error occurred while processing the request.',
    ),
  },
  tooOld: {
    status: 426,
    body: {
      detail:
        "Unsupported CodeMie CLI version '1.0.0'. Please upgrade to CodeMie CLI 9.0.0 or higher. Run: npm install -g @codemieai/code",
    },
  },
  page: {
    status: 200,
    body: '<!doctype html><html><body>CodeMie UI</body></html>',
    headers: { 'content-type': 'text/html' },
  },
} as const satisfies Record<string, Said>;

const ADA = {
  user_id: '11111111-1111-4111-8111-111111111111',
  name: 'Ada Lovelace',
  username: 'ada',
  email: 'ada@example.com',
  projects: [
    { name: 'team-a', display_name: null, is_project_admin: true },
    { name: 'ada@example.com', display_name: null, is_project_admin: false },
  ],
  project_limit: 3,
  user_type: 'regular',
  applications: ['team-a', 'ada@example.com'],
  applications_admin: ['team-a'],
  is_admin: false,
  is_maintainer: false,
};

export interface RealPlatform {
  readonly url: string;
  /** Responses by path below the API, instead of the usual ones. */
  readonly says: Map<string, Said>;
  /** The response to `GET /v1/user`, merged over Ada's. */
  user: Record<string, unknown>;
  idpProvider: 'local' | 'keycloak';
  userManagement: boolean;
  /** A front end that redirects every request without a session to sign in. */
  guarded: boolean;
  /** One response for every request. */
  instead: Said | undefined;
  readonly asked: string[];
}

const BASE = '/code-assistant-api';
export const WHOLE_COOKIE = `cGF5bG9hZA|${Math.floor(Date.now() / 1000)}|c2lnbmF0dXJl`;

/** A platform that responds like the real backend, under the real prefix; accepts any bearer token and one session. */
export async function realPlatform(change: Partial<RealPlatform> = {}): Promise<RealPlatform> {
  const usual = (path: string): Said => {
    const { idpProvider, userManagement } = platform;
    const port = /^\/v1\/auth\/login\/(\d+)$/.exec(path)?.[1];
    if (port !== undefined) {
      const cookies = { _oauth2_proxy: WHOLE_COOKIE };
      const body = { provider: idpProvider, ...(idpProvider === 'local' ? {} : { cookies }) };
      const token = Buffer.from(JSON.stringify(body)).toString('base64');
      return { status: 302, headers: { location: `http://localhost:${port}/auth?token=${token}` } };
    }
    switch (path) {
      case '/v1/info':
        return { status: 200, body: { message: 'CodeMie', version: '2.42.0', description: 'API' } };
      case '/v1/healthcheck':
        return { status: 200, body: { status: 'healthy' } };
      case '/v1/config':
        return {
          status: 200,
          body: [
            { id: 'idpProvider', settings: { enabled: true, value: idpProvider } },
            ...(userManagement ? [{ id: 'features:userManagement', settings: { enabled: true } }] : []),
          ],
        };
      case '/v1/user':
        return { status: 200, body: { ...ADA, ...platform.user } };
      case '/v1/llm_models':
        return {
          status: 200,
          body: ['gpt-4.1', 'claude-sonnet-4-6'].map((name, i) => ({
            base_name: name,
            deployment_name: name,
            label: name,
            enabled: true,
            default: i === 0,
          })),
        };
      case '/v1/models':
        return { status: 200, body: { object: 'list', data: [{ id: 'gpt-4.1', object: 'model' }] } };
      case '/v1/admin/applications':
        return platform.user['is_admin'] === true || platform.user['is_maintainer'] === true
          ? {
              status: 200,
              body: { applications: ['demo', 'team-a'].map((name) => ({ name, displayName: null })) },
            }
          : SAID.notAdmin;
      default:
        return SAID.notFound;
    }
  };
  const open = new Set(['/v1/info', '/v1/healthcheck', '/v1/config']);

  const answer = (request: IncomingMessage): Said => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    platform.asked.push(path);
    if (platform.instead !== undefined) return platform.instead;
    const { cookie = '', authorization = '' } = request.headers;
    const session = cookie.includes(WHOLE_COOKIE);
    if (path === '/oauth2/auth') return { status: session ? 202 : 401 };
    if (path === '/oauth2/start') {
      const back = new URL(request.url ?? '', platform.url).searchParams.get('rd') ?? '/';
      return { status: 302, headers: { location: back, 'set-cookie': `_oauth2_proxy=${WHOLE_COOKIE}` } };
    }
    const signedIn = session || authorization.startsWith('Bearer ');
    if (platform.guarded && !signedIn)
      return { status: 302, headers: { location: `/oauth2/start?rd=${encodeURIComponent(path)}` } };
    if (!path.startsWith(BASE)) return platform.guarded ? SAID.page : SAID.notFound;
    const inner = path.slice(BASE.length);
    const told = platform.says.get(inner);
    if (told !== undefined) return told;
    if (!signedIn && !open.has(inner) && usual(inner).status === 200) return SAID.anonymous;
    return usual(inner);
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    const { status, body, headers }: Said = answer(request);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const platform: RealPlatform = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    says: new Map(),
    user: {},
    idpProvider: 'keycloak',
    userManagement: false,
    guarded: false,
    instead: undefined,
    asked: [],
    ...change,
  };
  return platform;
}

/** A JWT like those of the platform's users; its signature is never checked here. */
export function platformJwt(claims: Record<string, unknown> = {}): string {
  const exp = Math.floor(Date.now() / 1000) + 30 * 86_400;
  return [{ alg: 'RS256' }, { sub: ADA.user_id, iat: exp - 31 * 86_400, exp, ...claims }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .concat('c2lnbmF0dXJl')
    .join('.');
}
