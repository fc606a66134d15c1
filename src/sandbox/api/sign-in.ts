import { type Exchange, readJson } from '../http.ts';
import type { ApiOptions } from '../options.ts';
import { USERS } from '../people-and-models.ts';
import { DEACTIVATED, missing, numberIn, problem, reply, SERVER_ERROR } from './answers.ts';
import { LOCAL_COOKIE } from './authentication.ts';
import { cookiesOf } from './cookie-gateway.ts';
import { userDetail } from './people.ts';

/**
 * The hand-off: sends the session cookies of this request to a local port, in one base64 parameter. The platform
 * itself requires no credential here; the front server does.
 */
export function handOff(exchange: Exchange, options: ApiOptions, parameter: string): void {
  const { request, response } = exchange;
  const port = numberIn(['path', 'port'], parameter, { least: 1, most: 65_535 });
  if (typeof port !== 'number') return reply(response, port);
  const provider = options.mode.idp;
  const cookies = [...cookiesOf(request)].filter(([name]) => name.startsWith('_oauth2_proxy'));
  const body = provider === 'local' ? { provider } : { provider, cookies: Object.fromEntries(cookies) };
  const token = Buffer.from(JSON.stringify(body)).toString('base64');
  const user = options.gateway.verify(request)?.user;
  options.events.add({
    kind: 'authorize',
    route: '/v1/auth/login/{port}',
    status: 302,
    ...(user === undefined ? {} : { user: user.username }),
  });
  response
    .writeHead(302, { location: `http://localhost:${port}/auth?token=${token}`, 'cache-control': 'no-store' })
    .end();
}

/** Rate limit of the local sign-in: `TRIES` attempts per `WITHIN_MS`, successful or not. */
const TRIES = 5;
const WITHIN_MS = 15 * 60_000;
const LIFE_SECONDS = 86_400;

/** @returns the handler of the local sign-in: it exchanges e-mail and password for a token that lasts a day. */
export function createLocalLogin(now: () => number) {
  let tries: number[] = [];
  return async (exchange: Exchange, options: ApiOptions): Promise<void> => {
    const { request, response } = exchange;
    const body = ((await readJson(request)) ?? {}) as Record<string, unknown>;
    for (const field of ['email', 'password'])
      if (typeof body[field] !== 'string') return reply(response, missing(field, body));
    tries = tries.filter((at) => at > now() - WITHIN_MS);
    if (tries.length >= TRIES)
      return reply(response, problem(429, 'Too many attempts. Please wait and try again later.'));
    tries.push(now());
    if (options.faults.active('database-down')) return reply(response, SERVER_ERROR);
    const user = USERS.find(
      ({ email, password }) => email === body['email'] && password === body['password'],
    );
    const deactivated = user?.deactivated === true || options.faults.active('account-deactivated');
    const good = user !== undefined && !deactivated;
    options.events.add({
      kind: 'authorize',
      route: '/v1/local-auth/login',
      status: good ? 200 : 401,
      ...(good ? { user: user.username } : {}),
    });
    if (user === undefined) return reply(response, problem(401, 'Invalid email or password'));
    if (deactivated) return reply(response, DEACTIVATED);
    const access_token = await options.tokens.mint({ user, ttlSeconds: LIFE_SECONDS });
    return reply(
      response,
      { status: 200, body: { access_token, user: userDetail(user, options.mode) } },
      {
        'set-cookie': `${LOCAL_COOKIE}=${access_token}; HttpOnly; Max-Age=${LIFE_SECONDS}; Path=/; SameSite=lax`,
      },
    );
  };
}
