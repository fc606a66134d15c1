import { Secret } from '../../system/secret.ts';
import { clearedCookie, cookiesOf, SESSION_COOKIE } from '../api/cookie-gateway.ts';
import { keepsSessions, toSignIn } from '../front.ts';
import type { Exchange } from '../http.ts';
import type { ApiOptions } from '../options.ts';
import type { OpenId } from './openid.ts';
import { createPlatform, type Headers, type Proof } from './platform.ts';
import type { Session, Sessions, Visitor } from './sessions.ts';

/**
 * How a visitor signs in depends on the sandbox: at its front server, where that keeps sessions; else at its OpenID
 * provider; or with a password, where the platform has its own accounts.
 */
export type SignInKind = 'front' | 'openid' | 'password';

export function kindOf(options: ApiOptions): SignInKind {
  if (options.mode.idp === 'local') return 'password';
  return keepsSessions(options) ? 'front' : 'openid';
}

/**
 * The front server in the way of each page. It renews its session cookie.
 *
 * @returns whether it redirected to its sign-in page.
 */
export function stoppedAtFront(exchange: Exchange, options: ApiOptions): boolean {
  if (!keepsSessions(options)) return false;
  const front = options.gateway.verify(exchange.request);
  if (front === undefined) {
    toSignIn(exchange);
    return true;
  }
  if (front.renewed.length > 0) exchange.response.appendHeader('set-cookie', front.renewed);
  return false;
}

/** @returns the session of somebody who has signed in at the front server. */
export function sessionOfFront(
  { request, response }: Exchange,
  { gateway }: ApiOptions,
  sessions: Sessions,
): Session | undefined {
  const id = gateway.verify(request)?.user.id;
  const session = sessions.of(request);
  if (id === undefined) return undefined;
  if (session?.visitor?.kind === 'front' && session.visitor.id === id) return session;
  const started = sessions.start(session, { visitor: { kind: 'front', id } });
  response.appendHeader('set-cookie', sessions.cookie(started));
  return started;
}

/** How the page's calls of the API prove who the visitor is. */
export function proofOf(session: Session, exchange: Exchange, openId: OpenId): Proof {
  const cookie = frontCookie(exchange);
  return {
    headers: () =>
      session.visitor?.kind === 'tokens'
        ? { ...cookie, authorization: `Bearer ${session.visitor.access.reveal()}` }
        : cookie,
    renew: async () => {
      if (session.visitor?.kind !== 'tokens' || session.visitor.refresh === undefined) return false;
      const renewed = await openId.renew(session.visitor.refresh);
      if (renewed !== undefined) session.visitor = renewed;
      return renewed !== undefined;
    },
  };
}

/** The front server has to let the page's own requests through. */
function frontCookie({ request }: Exchange): Headers {
  const value = cookiesOf(request).get(SESSION_COOKIE);
  return value === undefined ? {} : { cookie: `${SESSION_COOKIE}=${value}` };
}

/** @throws Problem */
export async function signInWithPassword(
  local: string,
  form: URLSearchParams,
  exchange: Exchange,
): Promise<Visitor> {
  const platform = createPlatform(local, { headers: () => frontCookie(exchange) });
  const credentials = { email: form.get('email') ?? '', password: form.get('password') ?? '' };
  const { access_token } = await platform.send<{ access_token: string }>(
    'POST',
    '/v1/local-auth/login',
    credentials,
  );
  return { kind: 'tokens', access: new Secret(access_token), refresh: undefined };
}

/** Ends the session of the front server in this browser. */
export function clearedFront(now: number): string {
  return clearedCookie(SESSION_COOKIE, now);
}
