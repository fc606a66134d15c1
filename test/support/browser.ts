export interface Page {
  readonly title: string;
  readonly action: string;
  readonly hidden: Record<string, string>;
  readonly html: string;
}

/** Cookies of one browser: by origin and path, as Keycloak needs it where two realms share a server. */
export class CookieJar {
  readonly #cookies = new Map<
    string,
    { readonly origin: string; readonly path: string; readonly pair: string }
  >();

  /** @returns the value of a `Cookie` header, empty for none. */
  headerFor({ origin, pathname }: URL): string {
    return [...this.#cookies.values()]
      .filter((one) => one.origin === origin && pathname.startsWith(one.path))
      .map(({ pair }) => pair)
      .join('; ');
  }

  /** Keeps and removes what `Set-Cookie` lines say. */
  store({ origin }: URL, lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const of = (name: string): string | undefined =>
        attributes.find((one) => one.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
      const path = of('path') ?? '/';
      const key = `${origin} ${path} ${pair.slice(0, pair.indexOf('='))}`;
      if (of('max-age') === '0') this.#cookies.delete(key);
      else this.#cookies.set(key, { origin, path, pair });
    }
  }

  /** One request with these cookies, without following a redirect. */
  async fetch(address: URL, init: RequestInit = {}): Promise<Response> {
    const cookie = this.headerFor(address);
    const answer = await fetch(address, {
      ...init,
      redirect: 'manual',
      headers: cookie === '' ? {} : { cookie },
    });
    this.store(address, answer.headers.getSetCookie());
    return answer;
  }
}

/**
 * A browser without JavaScript: follows redirects, keeps cookies, and submits forms.
 *
 * @param until returns true for the URL to stop at (it is not opened).
 * @param fill the fields to submit on a page, or undefined to stay on it.
 */
export async function browse(
  address: string,
  until: (next: string) => boolean,
  fill?: (page: Page) => Record<string, string> | undefined,
): Promise<URL> {
  const jar = new CookieJar();
  let next = new URL(address);
  let init: RequestInit = {};
  for (let hop = 0; hop < 30; hop += 1) {
    if (until(next.href)) return next;
    const answer = await jar.fetch(next, init);
    const location = answer.headers.get('location');
    init = {};
    if (location !== null && answer.status >= 300 && answer.status < 400) {
      await answer.arrayBuffer();
      next = new URL(location, next);
      continue;
    }
    const html = await answer.text();
    const page = parsePage(html, next.href);
    const fields = fill?.(page);
    if (fields === undefined) return next;
    init = { method: 'POST', body: new URLSearchParams(fields) };
    next = new URL(page.action);
  }
  throw new Error('the sign-in never ended');
}

export function parsePage(html: string, at: string): Page {
  const title = /<title>([^<]*)<\/title>/.exec(html)?.[1] ?? '';
  const action =
    /<form[^>]*action="([^"]*)"/.exec(html)?.[1]?.replaceAll('&#38;', '&').replaceAll('&amp;', '&') ?? at;
  const hidden: Record<string, string> = {};
  for (const [input] of html.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(input)?.[1];
    if (name !== undefined) hidden[name] = /value="([^"]*)"/.exec(input)?.[1] ?? '';
  }
  return { title, action: new URL(action, at).href, hidden, html };
}
