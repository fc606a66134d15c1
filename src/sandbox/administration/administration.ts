import type { Exchange } from '../http.ts';
import type { ApiOptions } from '../options.ts';
import { answerPage } from './answer.ts';
import type { PageFlags } from './flags.ts';
import { FormRefused } from './forms.ts';
import { html } from './html.ts';
import { createOpenId, SIGNED_OUT_PATH } from './openid.ts';
import { redirect, sendPage } from './responses.ts';
import { createSessions } from './sessions.ts';
import { kindOf, sessionOfFront, stoppedAtFront } from './sign-in.ts';
import { answerSignIn, sendSignedOut } from './sign-in-pages.ts';
import { SETTINGS_PATH } from './tabs.ts';

export interface AdministrationOptions {
  readonly api: ApiOptions;
  /** Address of the sandbox on this machine. */
  readonly local: string;
  readonly flags: PageFlags;
}

/**
 * The part of the platform's web page that administrators use, at `/settings`. It is a client of the platform's API and
 * decides nothing itself: each request of it goes to the API with the visitor's own credential.
 *
 * @returns a function that answers a request, or returns false for other addresses.
 */
export function createAdministration(
  options: AdministrationOptions,
): (exchange: Exchange) => Promise<boolean> {
  const { api, local, flags } = options;
  const site = {
    api,
    local,
    flags,
    kind: kindOf(api),
    sessions: createSessions(api.now, api.origin),
    openId: createOpenId(api),
  };
  return async (exchange) => {
    const { request, response, url } = exchange;
    if (url.pathname === '/' && request.headers.accept?.includes('text/html')) {
      redirect(response, 302, SETTINGS_PATH);
      return true;
    }
    if (url.pathname !== SETTINGS_PATH && !url.pathname.startsWith(`${SETTINGS_PATH}/`)) return false;
    // Cookies belong to a host name, and the OpenID provider sends the browser back to this one.
    if (api.origin === local && request.headers.host?.startsWith('localhost:')) {
      redirect(response, 302, `${api.origin}${url.pathname}${url.search}`);
      return true;
    }
    if (!['GET', 'HEAD', 'POST'].includes(request.method ?? '')) {
      sendPage(response, 405, { title: 'This page cannot do that' }, html``);
      return true;
    }
    if (url.pathname === SIGNED_OUT_PATH) {
      sendSignedOut(response, site);
      return true;
    }
    if (stoppedAtFront(exchange, api)) return true;
    const session =
      site.kind === 'front' ? sessionOfFront(exchange, api, site.sessions) : site.sessions.of(request);
    try {
      if (!(await answerSignIn(exchange, session, site))) await answerPage(exchange, session, site);
    } catch (error) {
      if (!(error instanceof FormRefused)) throw error;
      const back = html`<p>${error.message}</p><p><a href="${SETTINGS_PATH}">Settings</a></p>`;
      sendPage(response, error.status, { title: 'Form refused' }, back);
    }
    return true;
  };
}
