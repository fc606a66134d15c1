import { CookieJar, type Page, parsePage } from './browser.ts';

/** Where a browser stands after a request. */
export interface Shown {
  /** 302 where the browser was sent back to the application. */
  readonly status: number;
  /** Of the page, or of the application, which is never opened. */
  readonly url: URL;
  /** The authorization code, where the browser was sent back with one. */
  readonly code: string | undefined;
  /** The page; `undefined` where the browser was sent back. */
  readonly page: Page | undefined;
  /** The words of the page that a person sees, on one line. */
  readonly text: string;
}

/** One person's browser: it keeps cookies, so a second `open` finds the session of the first. */
export interface LoginBrowser {
  open(address: string | URL): Promise<Shown>;
  /** Submits the form of the page that is shown, hidden fields included. */
  submit(fields: Record<string, string>): Promise<Shown>;
  /** Opens the link of the page whose address or text contains `what`, for example an identity provider's alias. */
  follow(what: string): Promise<Shown>;
}

/**
 * @param back start of the addresses of applications: a redirect there ends a login.
 */
export function loginBrowser(back: string): LoginBrowser {
  const jar = new CookieJar();
  let shown: Shown | undefined;

  const go = async (address: URL, init?: RequestInit): Promise<Shown> => {
    let [next, request] = [address, init];
    for (let hop = 0; hop < 30; hop += 1) {
      const answer = await jar.fetch(next, request);
      const location = answer.headers.get('location');
      if (location === null || answer.status < 300 || answer.status > 399) {
        const page = parsePage(await answer.text(), next.href);
        return { status: answer.status, url: next, code: undefined, page, text: wordsOf(page.html) };
      }
      await answer.arrayBuffer();
      next = new URL(location, next);
      request = undefined;
      if (next.href.startsWith(back))
        return {
          status: 302,
          url: next,
          code: next.searchParams.get('code') ?? undefined,
          page: undefined,
          text: '',
        };
    }
    throw new Error(`more than 30 redirects, the last to ${next.origin}${next.pathname}`);
  };
  const show = async (address: URL, init?: RequestInit): Promise<Shown> => {
    shown = await go(address, init);
    return shown;
  };
  const current = (): Page => {
    if (shown?.page === undefined) throw new Error('no page is open');
    return shown.page;
  };

  return {
    open: (address) => show(new URL(address)),
    submit: (fields) => {
      const { action, hidden } = current();
      return show(new URL(action), { method: 'POST', body: new URLSearchParams({ ...hidden, ...fields }) });
    },
    follow: (what) => {
      const links = [...current().html.matchAll(/<a\b[^>]*href="([^"]+)"[^>]*>([\s\S]*?)<\/a>/g)];
      const link = links.find(([, href = '', label = '']) => `${href} ${label}`.includes(what))?.[1];
      if (link === undefined) throw new Error(`no link has ${what}`);
      return show(new URL(link.replaceAll('&amp;', '&'), shown?.url));
    },
  };
}

/** @returns the address at which an application starts a login; no PKCE unless `more` has it. */
export function authorizationUrl(
  issuer: string,
  client: { readonly clientId: string; readonly redirectUri: string },
  more: Record<string, string> = {},
): URL {
  const url = new URL(`${issuer}/protocol/openid-connect/auth`);
  url.search = new URLSearchParams({
    response_type: 'code',
    scope: 'openid',
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
    state: 'state-of-this-test',
    ...more,
  }).toString();
  return url;
}

function wordsOf(html: string): string {
  return html
    .replace(/<(script|style|head)\b[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
    .trim();
}
