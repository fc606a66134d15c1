import type { ServerResponse } from 'node:http';
import type { Exchange } from '../http.ts';
import type { ApiOptions } from '../options.ts';
import { textField } from './fields.ts';
import type { PageFlags } from './flags.ts';
import { readOwnForm, tokenField } from './forms.ts';
import { html } from './html.ts';
import { CALLBACK_PATH, type OpenId, SIGNED_OUT_PATH } from './openid.ts';
import { createPlatform, Problem } from './platform.ts';
import { redirect, sendPage } from './responses.ts';
import type { Session, Sessions } from './sessions.ts';
import { clearedFront, proofOf, type SignInKind, signInWithPassword } from './sign-in.ts';
import { SETTINGS_PATH } from './tabs.ts';

/** What the pages of one sandbox share. */
export interface Site {
  readonly api: ApiOptions;
  readonly local: string;
  readonly flags: PageFlags;
  readonly kind: SignInKind;
  readonly sessions: Sessions;
  readonly openId: OpenId;
}

const SIGN_IN_PATH = `${SETTINGS_PATH}/sign-in`;
export const SIGN_OUT_PATH = `${SETTINGS_PATH}/sign-out`;

/** Signing in and out. @returns whether the address is one of these. */
export async function answerSignIn(
  exchange: Exchange,
  session: Session | undefined,
  site: Site,
): Promise<boolean> {
  const { request, response, url } = exchange;
  const isPost = request.method === 'POST';
  switch (url.pathname) {
    case CALLBACK_PATH:
      await finishOpenId(exchange, session, site);
      return true;
    case SIGN_IN_PATH:
      if (isPost) await takePassword(exchange, session, site);
      else beginSignIn(exchange, session, site, SETTINGS_PATH);
      return true;
    case SIGN_OUT_PATH:
      if (isPost) await signOut(exchange, session, site);
      else redirect(response, 302, SETTINGS_PATH);
      return true;
    default:
      return false;
  }
}

/** @param to the path that the visitor asked for. */
export function beginSignIn(exchange: Exchange, old: Session | undefined, site: Site, to: string): void {
  const { response } = exchange;
  const { sessions, openId } = site;
  const { pending, location } = openId.begin(to);
  const session = sessions.start(old, { pending });
  response.appendHeader('set-cookie', sessions.cookie(session));
  if (site.kind === 'openid') redirect(response, 302, location);
  else sendPasswordPage(exchange, session);
}

function sendPasswordPage({ response }: Exchange, session: Session, problem?: Problem): void {
  sendPage(
    response,
    problem?.status ?? 200,
    { title: 'Sign in', problem },
    html`<form method="post" action="${SIGN_IN_PATH}">${tokenField(session)}
${textField({ label: 'Email', name: 'email', type: 'email', more: html`autocomplete="username" required autofocus` })}
${textField({ label: 'Password', name: 'password', type: 'password', more: html`autocomplete="current-password" required` })}
<button>Sign in</button></form>`,
  );
}

async function takePassword(exchange: Exchange, session: Session | undefined, site: Site): Promise<void> {
  const form = await readOwnForm(exchange, session);
  if (session?.pending === undefined) return redirect(exchange.response, 303, SETTINGS_PATH);
  try {
    enter(exchange, session, site, await signInWithPassword(site.local, form, exchange));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    sendPasswordPage(exchange, session, error);
  }
}

async function finishOpenId(exchange: Exchange, session: Session | undefined, site: Site): Promise<void> {
  const { response, url } = exchange;
  const pending = session?.pending;
  const code = url.searchParams.get('code');
  const isOurs = pending !== undefined && url.searchParams.get('state') === pending.state;
  const visitor = isOurs && code !== null ? await site.openId.redeem(code, pending) : undefined;
  if (session !== undefined && visitor !== undefined) return enter(exchange, session, site, visitor);
  const why = isOurs
    ? 'The identity provider did not sign you in.'
    : 'This browser did not start this sign-in.';
  const body = html`<p role="alert">${why}</p><p><a href="${SETTINGS_PATH}">Sign in</a></p>`;
  sendPage(response, 403, { title: 'Sign-in did not complete' }, body);
}

function enter(
  { response }: Exchange,
  old: Session,
  { sessions }: Site,
  visitor: Required<Session>['visitor'],
): void {
  const session = sessions.start(old, { visitor });
  response.appendHeader('set-cookie', sessions.cookie(session));
  redirect(response, 303, old.pending?.to ?? SETTINGS_PATH);
}

async function signOut(exchange: Exchange, session: Session | undefined, site: Site): Promise<void> {
  const { response } = exchange;
  const { api, kind, local, openId, sessions } = site;
  await readOwnForm(exchange, session);
  if (session !== undefined) {
    const platform = createPlatform(local, proofOf(session, exchange, openId));
    // Whatever the API says, this session ends.
    if (kind === 'password') await platform.send('POST', '/v1/local-auth/logout').catch(() => undefined);
    sessions.end(session);
  }
  response.appendHeader('set-cookie', sessions.cookie());
  if (kind === 'front') response.appendHeader('set-cookie', clearedFront(api.now()));
  redirect(response, 303, SIGNED_OUT_PATH);
}

/**
 * The page after a sign-out. The session at an identity provider goes on, and ends by a link: the browser would not
 * follow a redirect from a form to another site.
 */
export function sendSignedOut(response: ServerResponse, { kind, openId }: Site): void {
  const provider =
    kind === 'openid' &&
    html`<p>Your session at the identity provider goes on. <a href="${openId.signOut}">End it too</a></p>`;
  const body = html`${provider}<p><a href="${SETTINGS_PATH}">Sign in</a></p>`;
  sendPage(response, 200, { title: 'You are signed out' }, body);
}
