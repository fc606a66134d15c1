import { components } from '../components.ts';
import { answeredFault } from '../fault-answers.ts';
import { type Exchange, send } from '../http.ts';
import { answerModelCall, modelRoute } from '../model/endpoint.ts';
import { API_PATH, type ApiOptions } from '../options.ts';
import type { SandboxUser } from '../people-and-models.ts';
import { type Answer, METHOD_NOT_ALLOWED, NOT_FOUND, reply } from './answers.ts';
import { authenticate, bearerOf, LOCAL_COOKIE } from './authentication.ts';
import { refusalOf } from './client-version.ts';
import { clearedCookie, SESSION_COOKIE } from './cookie-gateway.ts';
import { takeMetric } from './metrics.ts';
import { modelList } from './models.ts';
import { listUsers, oneUser, userBody } from './people.ts';
import { listApplications, listProjects } from './projects.ts';
import { handOff } from './sign-in.ts';

/** One route of the platform; exactly one of `open` and `signedIn` answers it. */
interface Route {
  readonly method: 'GET' | 'POST';
  /** Whether the route exists on a platform set up like this one. */
  readonly exists?: (options: ApiOptions) => boolean;
  readonly open?: (exchange: Exchange, options: ApiOptions, parameter: string) => unknown;
  readonly signedIn?: (call: Call, options: ApiOptions) => Answer | Promise<Answer>;
}

interface Call extends Exchange {
  readonly user: SandboxUser;
  /** The part of the path that matches `{…}` in the route. */
  readonly parameter: string;
}

const managed = ({ mode }: ApiOptions): boolean => mode.userManagement;
const local = ({ mode }: ApiOptions): boolean => mode.idp === 'local' && mode.userManagement;
const ok = (body: unknown): Answer => ({ status: 200, body });
const page = (read: (options: ApiOptions) => unknown): Route => ({
  method: 'GET',
  open: ({ response }, options) => send(response, 200, read(options)),
});

const ROUTES: Readonly<Record<string, Route>> = {
  '/v1/info': page(() => ({
    message: 'Codemie',
    version: '2.42.0',
    description: "Smart AI assistant 'CodeMie'",
  })),
  '/v1/healthcheck': page(() => ({
    status: 'healthy',
    memory_usage_mb: Math.round(process.memoryUsage.rss() / 1_048_576),
    cpu_percent: 0,
    worker_pid: process.pid,
  })),
  '/v1/config': page(({ mode, origin }) => components(mode, origin)),
  // No real backend serves this route. It belongs to the option that shows a platform with its own OpenID provider.
  '/config.js': { method: 'GET', exists: ({ signIn }) => signIn === 'oidc', open: configScript },
  '/v1/auth/login/{port}': { method: 'GET', open: handOff },
  '/v1/local-auth/login': {
    method: 'POST',
    exists: local,
    open: (exchange, options) => options.localLogin(exchange, options),
  },
  '/v1/local-auth/.well-known/jwks.json': {
    ...page(({ tokens }) => ({ keys: [tokens.publicJwk] })),
    exists: local,
  },
  '/v1/local-auth/logout': {
    method: 'POST',
    exists: local,
    signedIn: ({ response }, { now }) => {
      response.setHeader('set-cookie', clearedCookie(LOCAL_COOKIE, now()));
      return ok({ message: 'Logged out successfully' });
    },
  },
  '/v1/user/log_out': { method: 'GET', open: logOut },
  '/v1/user': { method: 'GET', signedIn: ({ user }, { mode }) => ok(userBody(user, mode)) },
  '/v1/llm_models': { method: 'GET', signedIn: ({ user }) => ok(modelList(user)) },
  '/v1/projects': {
    method: 'GET',
    signedIn: ({ user, url }, { mode }) => listProjects(user, url.searchParams, mode),
  },
  '/v1/admin/applications': {
    method: 'GET',
    signedIn: ({ user }, { managed }) => listApplications(user, managed),
  },
  '/v1/admin/users': {
    method: 'GET',
    exists: managed,
    signedIn: ({ user, url }, { mode }) => listUsers(user, url.searchParams, mode),
  },
  '/v1/admin/users/{id}': {
    method: 'GET',
    exists: managed,
    signedIn: ({ user, parameter }, { mode }) => oneUser(user, parameter, mode),
  },
  '/v1/settings/user': {
    method: 'GET',
    signedIn: () => ok({ data: [], pagination: { total: 0, page: 0, per_page: 10 } }),
  },
  '/v1/metrics': { method: 'POST', signedIn: ({ request }) => takeMetric(request) },
};

/** Answers everything under `/code-assistant-api`. */
export async function handleApi(exchange: Exchange, options: ApiOptions): Promise<void> {
  const { request, response, url } = exchange;
  const path = url.pathname.slice(API_PATH.length) || '/';
  const model = modelRoute(path);
  const [known, parameter] = model === undefined ? routeOf(path, options) : [undefined, ''];
  const method = known?.method ?? model?.method;
  if (method === undefined) return reply(response, NOT_FOUND);
  if (request.method !== method) return reply(response, METHOD_NOT_ALLOWED);
  if (known?.open !== undefined) return void (await known.open(exchange, options, parameter));

  let user: SandboxUser | undefined;
  response.once('close', () =>
    options.events.add({
      kind: model === undefined ? 'api' : 'model',
      route: path,
      status: response.headersSent ? response.statusCode : 0,
      secret: bearerOf(request, options.mode),
      ...(user === undefined ? {} : { user: user.username }),
    }),
  );
  const fault = options.faults.hit(model === undefined ? 'api' : 'model');
  if (fault !== undefined && (await answeredFault(fault, exchange, path, options))) return;
  const verdict = await authenticate(request, options.mode, options);
  if ('refusal' in verdict) return reply(response, verdict.refusal);
  user = verdict.user;
  if (verdict.renewed.length > 0) response.setHeader('set-cookie', verdict.renewed);
  if (known?.signedIn !== undefined)
    return reply(response, await known.signedIn({ ...exchange, user, parameter }, options));
  const outdated = refusalOf(request.headers['x-codemie-cli']?.toString(), options.minClientVersion);
  if (outdated !== undefined) return send(response, 426, { detail: outdated });
  return answerModelCall(exchange, path, user, options);
}

/** @returns the route of a path, and the value of its `{…}`. */
function routeOf(path: string, options: ApiOptions): readonly [Route | undefined, string] {
  const at = path.lastIndexOf('/') + 1;
  const [folder, last] = [path.slice(0, at), path.slice(at)];
  const name = Object.keys(ROUTES).find(
    (pattern) => pattern === path || (last !== '' && pattern.startsWith(`${folder}{`)),
  );
  const route = ROUTES[name ?? ''];
  return route?.exists?.(options) === false ? [undefined, ''] : [route, last];
}

function configScript({ response }: Exchange, { origin }: ApiOptions): void {
  response.writeHead(200, { 'content-type': 'text/javascript' });
  response.end(`window._env_ = { VITE_API_URL: "${origin}${API_PATH}" };\n`);
}

/** The browser's sign-out: clears the session cookie and redirects to the identity provider. */
function logOut({ response }: Exchange, { events, issuer, mode, now }: ApiOptions): void {
  events.add({ kind: 'logout', route: '/v1/user/log_out', status: 302 });
  const headers =
    mode.idp === 'local'
      ? { location: '/' }
      : { location: `${issuer}/session/end`, 'set-cookie': clearedCookie(SESSION_COOKIE, now()) };
  response.writeHead(302, headers).end();
}
