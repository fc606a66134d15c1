import type { EventLog } from './events.ts';
import { type Exchange, send } from './exchange.ts';
import type { Fault, Faults } from './faults.ts';
import { answerModelCall, isModelRoute } from './model/endpoint.ts';
import { loginPage } from './pages.ts';
import { handOff, localLogin } from './platform-sign-in.ts';
import { problem } from './problem.ts';
import type { CookieGateway } from './sessions.ts';
import type { Tokens } from './tokens.ts';
import { modelsOf, type SandboxUser } from './world.ts';

export const API_PATH = '/code-assistant-api';

export interface ApiOptions {
  readonly origin: string;
  readonly issuer: string;
  readonly signIn: 'oidc' | 'hand-off' | 'local';
  readonly access: 'keycloak' | 'platform';
  readonly autoApprove: string | undefined;
  readonly tokens: Tokens;
  readonly gateway: CookieGateway;
  readonly events: EventLog;
  readonly faults: Faults;
  readonly sleep: (ms: number) => Promise<void>;
}

const OPEN: Readonly<Record<string, (options: ApiOptions) => unknown>> = {
  '/v1/info': () => ({
    message: 'CodeMie sandbox',
    version: '2.42.0',
    description: 'A platform on loopback',
  }),
  '/v1/healthcheck': () => ({ status: 'ok' }),
  '/v1/config': (options) => [
    { id: 'idpProvider', settings: { enabled: true, value: options.signIn === 'local' ? 'local' : 'oidc' } },
    { id: 'features:enterpriseEdition', settings: { enabled: true } },
    ...(options.access === 'platform'
      ? [{ id: 'features:userManagement', settings: { enabled: true } }]
      : []),
  ],
};

/** Answers everything under `/code-assistant-api`. */
export async function handleApi(exchange: Exchange, options: ApiOptions): Promise<void> {
  const { response, url } = exchange;
  const route = url.pathname.slice(API_PATH.length) || '/';
  // Agents knock before they speak.
  if (exchange.request.method === 'HEAD' && (route === '/' || route === '/api/hello'))
    return send(response, 200, {});
  const open = OPEN[route];
  if (open !== undefined) return send(response, 200, open(options));
  if (route === '/config.js') {
    response.writeHead(200, { 'content-type': 'text/javascript' });
    return void response.end(`window._env_ = { VITE_API_URL: "${options.origin}${API_PATH}" };\n`);
  }
  if (route.startsWith('/v1/auth/login/')) return handOff(exchange, options, route);
  if (route === '/v1/local-auth/login') return localLogin(exchange, options);
  if (route === '/v1/user/log_out') {
    options.events.add({ kind: 'logout', route, status: 302 });
    return void response
      .writeHead(302, {
        location: `${options.issuer}/session/end`,
        'set-cookie': '_oauth2_proxy=; Path=/; Max-Age=0',
      })
      .end();
  }
  return signedIn(exchange, options, route);
}

async function signedIn(exchange: Exchange, options: ApiOptions, route: string): Promise<void> {
  const { request, response } = exchange;
  const kind = isModelRoute(route) ? 'model' : 'api';
  const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const record = (status: number, user?: SandboxUser): void =>
    options.events.add({
      kind,
      route,
      status,
      secret: bearer,
      ...(user === undefined ? {} : { user: user.username }),
    });
  response.once('close', () => record(response.headersSent ? response.statusCode : 0, found));
  let found: SandboxUser | undefined;

  const fault = options.faults.hit('api');
  if (fault !== undefined && (await answerFault(fault, exchange, options))) return;

  const session = bearer === undefined ? options.gateway.verify(request) : undefined;
  const verdict =
    bearer === undefined ? (session ?? { reason: 'no credential' }) : await options.tokens.verify(bearer);
  if (!('user' in verdict)) return refuse(exchange, options, verdict.reason);
  found = verdict.user;
  if (session !== undefined && session.renewed.length > 0) response.setHeader('set-cookie', session.renewed);
  if (kind === 'model') {
    if (!acceptableClient(request.headers['x-codemie-cli'])) {
      return send(
        response,
        426,
        problem('Upgrade required', 'X-CodeMie-CLI must be codemie-cli/0.0.47 or newer'),
      );
    }
    return answerModelCall(exchange, route, found, options.sleep);
  }
  return answerData(exchange, route, found, options);
}

function answerData(exchange: Exchange, route: string, user: SandboxUser, options: ApiOptions): void {
  const { response } = exchange;
  switch (route) {
    case '/v1/user':
      return send(response, 200, userBody(user));
    case '/v1/llm_models':
      return send(
        response,
        200,
        modelsOf(user).map(({ roles: _roles, ...model }) => ({
          ...model,
          cost: { input: 0, output: 0 },
          features: { streaming: true, tools: true },
        })),
      );
    case '/v1/settings/user':
      return send(response, 200, { data: [], pagination: { page: 0, per_page: 10, total: 0, pages: 0 } });
    case '/v1/projects':
      if (options.access === 'keycloak')
        return send(response, 400, problem('User management is not enabled', 'not enabled'));
      return send(response, 200, { data: user.projects.map((name) => ({ name, display_name: name })) });
    case '/v1/metrics':
      return send(response, 200, { accepted: true });
    default:
      return send(response, 404, problem('Not found', route));
  }
}

function userBody(user: SandboxUser): Record<string, unknown> {
  return {
    user_id: user.username,
    name: user.name,
    username: user.username,
    email: user.email,
    projects: user.projects.map((name) => ({
      name,
      display_name: name,
      is_project_admin: user.adminOf.includes(name),
    })),
    applications: user.projects.filter((name) => !user.adminOf.includes(name)),
    applications_admin: user.adminOf,
    is_admin: false,
    is_maintainer: false,
    user_type: 'regular',
    project_limit: 3,
  };
}

function refuse(exchange: Exchange, options: ApiOptions, reason: string): void {
  const metadata = `${options.origin}/.well-known/oauth-protected-resource${API_PATH}`;
  send(exchange.response, 401, problem('Unauthorized', reason, 'Sign in again'), {
    'www-authenticate': `Bearer error="invalid_token", resource_metadata="${metadata}"`,
  });
}

/** @returns true when the fault was the whole answer. */
async function answerFault(fault: Fault, exchange: Exchange, options: ApiOptions): Promise<boolean> {
  const { response } = exchange;
  switch (fault.fault) {
    case 'slow':
      await options.sleep((fault.value ?? 2) * 1000);
      return false;
    case 'drop':
      exchange.request.socket.destroy();
      return true;
    case 'api-401':
      refuse(exchange, options, 'fault');
      return true;
    case 'api-403':
      send(response, 403, loginPage('/oauth2/sign_in'));
      return true;
    case 'api-302-login':
      response.writeHead(302, { location: `${options.origin}/oauth2/start` }).end();
      return true;
    case 'api-200-login':
      send(response, 200, loginPage('/oauth2/sign_in'));
      return true;
    case '429':
      send(response, 429, problem('Too many requests', 'fault'), { 'retry-after': '1' });
      return true;
    case '500':
      send(response, 500, problem('Internal error', 'fault'));
      return true;
    default:
      return false;
  }
}

function acceptableClient(header: string | readonly string[] | undefined): boolean {
  if (header === undefined) return true;
  const [, ...parts] = /^codemie-cli\/(\d+)\.(\d+)\.(\d+)/.exec(String(header)) ?? [];
  if (parts.length === 0) return false;
  const [major = 0, minor = 0, patch = 0] = parts.map(Number);
  return major > 0 || minor > 0 || patch >= 47;
}
