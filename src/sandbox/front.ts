import { type Exchange, readForm, send } from './http.ts';
import { API_PATH, type ApiOptions } from './options.ts';
import { loginPage, problemPage } from './pages.ts';
import { findUser } from './people-and-models.ts';

/** The sandbox options that the front server uses. */
type FrontOptions = Pick<ApiOptions, 'signIn' | 'front' | 'gateway' | 'autoApprove'>;

/** @returns whether a front server keeps sessions. */
export function keepsSessions({ signIn, front }: FrontOptions): boolean {
  return signIn === 'hand-off' || front === 'guarded';
}

/**
 * The front server before the API. A guarded one redirects every request without a credential to its sign-in page; an
 * open one redirects only the browser's hand-off request.
 *
 * @returns true when it answered.
 */
export function stopped(exchange: Exchange, options: FrontOptions): boolean {
  const { request, url } = exchange;
  const handsOff = url.pathname.startsWith(`${API_PATH}/v1/auth/login/`);
  if (options.front !== 'guarded' && !(handsOff && options.signIn === 'hand-off')) return false;
  // The backend checks bearer tokens.
  if (/^bearer ./i.test(request.headers.authorization ?? '')) return false;
  if (options.gateway.verify(request) !== undefined) return false;
  toSignIn(exchange);
  return true;
}

/** Redirects a browser to the sign-in page, with the address to return to. */
export function toSignIn({ response, url }: Exchange): void {
  const back = encodeURIComponent(`${url.pathname}${url.search}`);
  response.writeHead(302, { location: `/oauth2/start?rd=${back}` }).end();
}

/** `/oauth2/start`: the sign-in page. A successful sign-in sets the session cookie and redirects back. */
export async function startSession(exchange: Exchange, options: FrontOptions): Promise<void> {
  const { request, response, url } = exchange;
  let user = findUser(options.autoApprove);
  if (user === undefined && request.method === 'POST') {
    const form = await readForm(request);
    if (form.get('do') === 'abort') return send(response, 403, problemPage('The sign-in was cancelled.'));
    const named = findUser(form.get('username') ?? '');
    user = named?.password === form.get('password') ? named : undefined;
    if (user === undefined)
      return send(response, 200, loginPage(actionOf(url), 'Wrong username or password.'));
  }
  if (user === undefined) return send(response, 200, loginPage(actionOf(url)));
  const back = url.searchParams.get('rd') ?? '/';
  response
    .writeHead(302, {
      // Only a path of this server is accepted.
      location: /^\/(?![/\\])/.test(back) ? back : '/',
      'set-cookie': options.gateway.issue(user),
      'cache-control': 'no-store',
    })
    .end();
}

/** `/oauth2/auth`: 202 with a session, 401 without. Renews a session that is old enough. */
export function checkSession({ request, response }: Exchange, options: FrontOptions): void {
  const session = options.gateway.verify(request);
  const cookies = session?.renewed.length ? { 'set-cookie': session.renewed } : {};
  send(response, session === undefined ? 401 : 202, {}, cookies);
}

function actionOf(url: URL): string {
  return `${url.pathname}${url.search}`;
}
