import { randomUUID } from 'node:crypto';
import type { ApiOptions } from './api.ts';
import { type Exchange, readForm, readJson, send } from './exchange.ts';
import { loginPage } from './pages.ts';
import { problem } from './problem.ts';
import { findUser, USERS } from './world.ts';

/** The hand-off: behind the gateway's sign-in, the cookies go to a local port in one base64 parameter. */
export async function handOff(exchange: Exchange, options: ApiOptions, route: string): Promise<void> {
  const { request, response, url } = exchange;
  const port = Number(route.slice('/v1/auth/login/'.length));
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    return send(response, 422, problem('Bad port', 'port'));
  if (options.signIn === 'oidc') return send(response, 404, problem('Not found', route));
  let user = findUser(options.autoApprove);
  if (user === undefined && request.method === 'POST') {
    const form = await readForm(request);
    const named = findUser(form.get('username') ?? '');
    user = named?.password === form.get('password') ? named : undefined;
    if (user === undefined)
      return send(response, 200, loginPage(url.pathname, 'User name or password is wrong.'));
  }
  if (user === undefined) return send(response, 200, loginPage(url.pathname));
  const cookies = options.gateway.issue(user);
  const body = options.signIn === 'local' ? { provider: 'local' } : { provider: 'oidc', cookies };
  const token = Buffer.from(JSON.stringify(body)).toString('base64');
  options.events.add({ kind: 'authorize', route: '/v1/auth/login/{port}', status: 302, user: user.username });
  response
    .writeHead(302, { location: `http://localhost:${port}/auth?token=${token}`, 'cache-control': 'no-store' })
    .end();
}

/** Accounts of the platform's own: e-mail and password for a token. */
export async function localLogin(exchange: Exchange, options: ApiOptions): Promise<void> {
  const { request, response } = exchange;
  if (options.signIn !== 'local' || request.method !== 'POST')
    return send(response, 404, problem('Not found', 'local'));
  const { email, password } = ((await readJson(request)) ?? {}) as Record<string, unknown>;
  const user = USERS.find((entry) => entry.email === email && entry.password === password);
  options.events.add({
    kind: 'authorize',
    route: '/v1/local-auth/login',
    status: user === undefined ? 401 : 200,
  });
  if (user === undefined) return send(response, 401, problem('Unauthorized', 'wrong e-mail or password'));
  const access_token = await options.tokens.mint({ user, ttlSeconds: 3600 });
  return send(response, 200, {
    access_token,
    user: { id: randomUUID(), email: user.email, name: user.name },
  });
}
