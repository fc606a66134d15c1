import { type Exchange, readJson } from '../http.ts';
import type { ManagedUser } from '../managed/store.ts';
import type { ApiOptions } from '../options.ts';
import { userEvent } from './activity.ts';
import { DEACTIVATED, missing, problem, reply, SERVER_ERROR } from './answers.ts';
import { LOCAL_COOKIE } from './authentication.ts';
import { cookiesOf } from './cookie-gateway.ts';
import { accepted, integer } from './input.ts';
import type { Parameters } from './routing.ts';
import { enter } from './sign-up.ts';
import { stamp } from './stamp.ts';
import { userDetail } from './users/detail.ts';
import { isPassword } from './users/passwords.ts';

/**
 * The hand-off: sends the session cookies of this request to a local port, in one base64 parameter. The platform
 * itself requires no credential here; the front server does.
 */
export function handOff(exchange: Exchange, options: ApiOptions, parameters: Parameters): void {
  const { request, response } = exchange;
  const port = accepted(PORT.read(parameters['port'], ['path', 'port']));
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

const PORT = integer({ least: 1, most: 65_535 });

/** Rate limit of the local sign-in: `TRIES` attempts per `WITHIN_MS`, successful or not. */
const TRIES = 5;
const WITHIN_MS = 15 * 60_000;
const LIFE_SECONDS = 86_400;

/** @returns the handler of the local sign-in: it exchanges e-mail and password for a token that lasts a day. */
export function createLocalLogin(now: () => number) {
  let tries: number[] = [];
  return async (exchange: Exchange, options: ApiOptions): Promise<void> => {
    const { request, response } = exchange;
    const { managed } = options;
    const body = ((await readJson(request)) ?? {}) as Record<string, unknown>;
    for (const field of ['email', 'password'])
      if (typeof body[field] !== 'string') return reply(response, missing(field, body));
    tries = tries.filter((at) => at > now() - WITHIN_MS);
    if (tries.length >= TRIES)
      return reply(response, problem(429, 'Too many attempts. Please wait and try again later.'));
    tries.push(now());
    if (options.faults.active('database-down')) return reply(response, SERVER_ERROR);
    const user = await checked(String(body['email']), String(body['password']), options);
    const deactivated =
      (user !== undefined && (!user.isActive || user.deletedAt !== null)) ||
      options.faults.active('account-deactivated');
    const good = user !== undefined && !deactivated;
    options.events.add({
      kind: 'authorize',
      route: '/v1/local-auth/login',
      status: good ? 200 : 401,
      ...(good ? { user: user.username } : {}),
    });
    if (user === undefined) return reply(response, problem(401, 'Invalid email or password'));
    if (deactivated) return reply(response, DEACTIVATED);
    await managed.updateUser(user.id, { lastLoginAt: stamp(now()), updateDate: stamp(now()) });
    await managed.addEvents([userEvent('user.login', user.id, { now, actorId: user.id })]);
    await enter(user, options);
    const memberships = await managed.membershipsOf([user.id]);
    const detail = await userDetail((await managed.user(user.id)) ?? user, memberships, managed);
    const access_token = await options.tokens.mint({ user, ttlSeconds: LIFE_SECONDS });
    return reply(
      response,
      { status: 200, body: { access_token, user: detail } },
      {
        'set-cookie': `${LOCAL_COOKIE}=${access_token}; HttpOnly; Max-Age=${LIFE_SECONDS}; Path=/; SameSite=lax`,
      },
    );
  };
}

/** @returns the user with this email and password. */
async function checked(
  email: string,
  password: string,
  { managed }: ApiOptions,
): Promise<ManagedUser | undefined> {
  const [user] = await managed.usersByEmail([email]);
  return user !== undefined && (await isPassword(password, user)) ? user : undefined;
}
