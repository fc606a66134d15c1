import { type Exchange, readForm, send } from './http.ts';
import { API_PATH, type ApiOptions } from './options.ts';
import { loginPage, problemPage } from './pages.ts';
import { findUser } from './people-and-models.ts';

/** The part of the sandbox's settings a front server acts on. */
type FrontOptions = Pick<ApiOptions, 'signIn' | 'front' | 'gateway' | 'autoApprove'>;

/** @returns whether a front server keeps sessions there. */
export function keepsSessions({ signIn, front }: FrontOptions): boolean {
  return signIn === 'hand-off' || front === 'guarded';
}

/**
 * The front server before the API. A guarded one sends every request without a credential to its sign-in page,
 * whatever was asked; an open one does so only where a browser comes to be handed a session.
 *
 * @returns true when it answered.
 */
export function stopped(exchange: Exchange, options: FrontOptions): boolean {
  const { request, url } = exchange;
  const handsOff = url.pathname.startsWith(`${API_PATH}/v1/auth/login/`);
  if (options.front !== 'guarded' && !(handsOff && options.signIn === 'hand-off')) return false;
  // A bearer token is the backend's to judge.
  if (/^bearer ./i.test(request.headers.authorization ?? '')) return false;
  if (options.gateway.verify(request) !== undefined) return false;
  toSignIn(exchange);
  return true;
}

/** Sends a browser to the sign-in page, and says where to come back to. */
export function toSignIn({ response, url }: Exchange): void {
  const back = encodeURIComponent(`${url.pathname}${url.search}`);
  response.writeHead(302, { location: `/oauth2/start?rd=${back}` }).end();
}

/** `/oauth2/start`: the sign-in page; who passes it gets the session cookie and goes back. */
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
      // A path of this server and nothing else.
      location: /^\/(?![/\\])/.test(back) ? back : '/',
      'set-cookie': options.gateway.issue(user),
      'cache-control': 'no-store',
    })
    .end();
}

/** `/oauth2/auth`: 202 for a session, 401 for none; renews one that is old enough. */
export function checkSession({ request, response }: Exchange, options: FrontOptions): void {
  const session = options.gateway.verify(request);
  const cookies = session?.renewed.length ? { 'set-cookie': session.renewed } : {};
  send(response, session === undefined ? 401 : 202, {}, cookies);
}

function actionOf(url: URL): string {
  return `${url.pathname}${url.search}`;
}
