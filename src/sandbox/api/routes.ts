import { components } from '../components.ts';
import { answeredFault } from '../fault-answers.ts';
import { type Exchange, send } from '../http.ts';
import { answerModelCall, modelRoute } from '../model/endpoint.ts';
import { API_PATH, type ApiOptions } from '../options.ts';
import { type Account, userBody } from './account.ts';
import { ACTIVITY_ROUTES } from './activity.ts';
import { type Answer, METHOD_NOT_ALLOWED, NOT_FOUND, ok, reply } from './answers.ts';
import { authenticate, bearerOf, LOCAL_COOKIE } from './authentication.ts';
import { refusalOf } from './client-version.ts';
import { clearedCookie, SESSION_COOKIE } from './cookie-gateway.ts';
import { takeMetric } from './metrics.ts';
import { modelList } from './models.ts';
import { PROJECT_ROUTES } from './projects/routes.ts';
import { Refusal } from './refusal.ts';
import { type Call, createRouter, type Route, type Routes } from './routing.ts';
import { handOff } from './sign-in.ts';
import { USER_ROUTES } from './users/routes.ts';

const local = ({ mode }: ApiOptions): boolean => mode.idp === 'local' && mode.userManagement;
const page = (read: (options: ApiOptions) => unknown): Route => ({
  open: ({ response }, options) => send(response, 200, read(options)),
});

const OWN_ROUTES: Routes = {
  'GET /v1/info': page(() => ({
    message: 'Codemie',
    version: '2.42.0',
    description: "Smart AI assistant 'CodeMie'",
  })),
  'GET /v1/healthcheck': page(() => ({
    status: 'healthy',
    memory_usage_mb: Math.round(process.memoryUsage.rss() / 1_048_576),
    cpu_percent: 0,
    worker_pid: process.pid,
  })),
  'GET /v1/config': page(({ mode, origin }) => components(mode, origin)),
  // No real backend serves this route. It belongs to the option that shows a platform with its own OpenID provider.
  'GET /config.js': { exists: ({ signIn }) => signIn === 'oidc', open: configScript },
  'GET /v1/auth/login/{port}': { open: handOff },
  'POST /v1/local-auth/login': {
    exists: local,
    open: (exchange, options) => options.localLogin(exchange, options),
  },
  'GET /v1/local-auth/.well-known/jwks.json': {
    ...page(({ tokens }) => ({ keys: [tokens.publicJwk] })),
    exists: local,
  },
  'POST /v1/local-auth/logout': {
    exists: local,
    signedIn: ({ response }, { now }) => {
      response.setHeader('set-cookie', clearedCookie(LOCAL_COOKIE, now()));
      return ok({ message: 'Logged out successfully' });
    },
  },
  'GET /v1/user/log_out': { open: logOut },
  'GET /v1/user': { signedIn: showAccount },
  'GET /v1/profile': { signedIn: showAccount },
  'GET /v1/llm_models': { signedIn: ({ account }) => ok(modelList(account)) },
  'GET /v1/settings/user': {
    signedIn: () => ok({ data: [], pagination: { total: 0, page: 0, per_page: 10 } }),
  },
  'POST /v1/metrics': { signedIn: ({ request }) => takeMetric(request) },
};

const findRoute = createRouter({ ...OWN_ROUTES, ...USER_ROUTES, ...PROJECT_ROUTES, ...ACTIVITY_ROUTES });

/** Answers everything under `/code-assistant-api`. */
export async function handleApi(exchange: Exchange, options: ApiOptions): Promise<void> {
  const { response } = exchange;
  try {
    await handle(exchange, options);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    reply(response, error.answer);
  }
}

async function handle(exchange: Exchange, options: ApiOptions): Promise<void> {
  const { request, response, url } = exchange;
  const path = url.pathname.slice(API_PATH.length) || '/';
  const model = modelRoute(path);
  const method = request.method ?? '';
  const found = model === undefined ? findRoute(method, path, options) : undefined;
  if (found === 'no such path') return reply(response, NOT_FOUND);
  if (found === 'another method' || (model !== undefined && method !== model.method))
    return reply(response, METHOD_NOT_ALLOWED);
  if (found?.route.open !== undefined)
    return void (await found.route.open(exchange, options, found.parameters));

  let account: Account | undefined;
  response.once('close', () =>
    options.events.add({
      kind: model === undefined ? 'api' : 'model',
      route: path,
      status: response.headersSent ? response.statusCode : 0,
      secret: bearerOf(request, options.mode),
      ...(account === undefined ? {} : { user: account.username }),
    }),
  );
  const fault = options.faults.hit(model === undefined ? 'api' : 'model');
  if (fault !== undefined && (await answeredFault(fault, exchange, path, options))) return;
  const signedIn = await authenticate(request, options);
  account = signedIn.account;
  if (signedIn.renewed.length > 0) response.setHeader('set-cookie', signedIn.renewed);
  if (found?.route.signedIn !== undefined) {
    const call = { ...exchange, account, parameters: found.parameters };
    return reply(response, await found.route.signedIn(call, options));
  }
  const outdated = refusalOf(request.headers['x-codemie-cli']?.toString(), options.minClientVersion);
  if (outdated !== undefined) return send(response, 426, { detail: outdated });
  return answerModelCall(exchange, path, account, options);
}

/** `GET /v1/user` */
async function showAccount({ account }: Call, { managed }: ApiOptions): Promise<Answer> {
  const projects = await Promise.all(account.projects.map((name) => managed.project(name)));
  const names = projects.flatMap((one) => (one === undefined ? [] : [[one.name, one.displayName] as const]));
  return ok(userBody(account, new Map(names)));
}

function configScript({ response }: Exchange, { origin }: ApiOptions): void {
  response.writeHead(200, { 'content-type': 'text/javascript' });
  response.end(`window._env_ = { VITE_API_URL: "${origin}${API_PATH}" };\n`);
}

/** The browser's sign-out: clears the session cookie and redirects to the identity provider. */
function logOut({ response }: Exchange, { events, provider, mode, now }: ApiOptions): void {
  events.add({ kind: 'logout', route: '/v1/user/log_out', status: 302 });
  const headers =
    mode.idp === 'local'
      ? { location: '/' }
      : { location: provider.signOut, 'set-cookie': clearedCookie(SESSION_COOKIE, now()) };
  response.writeHead(302, headers).end();
}
