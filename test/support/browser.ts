export interface Page {
  readonly title: string;
  readonly action: string;
  readonly hidden: Record<string, string>;
  readonly html: string;
}

/**
 * A browser without JavaScript: follows redirects, keeps cookies per origin, and submits forms.
 *
 * @param until returns true for the URL to stop at (it is not opened).
 * @param fill the fields to submit on a page, or undefined to stay on it.
 */
export async function browse(
  address: string,
  until: (next: string) => boolean,
  fill?: (page: Page) => Record<string, string> | undefined,
): Promise<URL> {
  const jar = new Map<string, Map<string, string>>();
  let next = new URL(address);
  let init: RequestInit = {};
  for (let hop = 0; hop < 30; hop += 1) {
    if (until(next.href)) return next;
    const own = jar.get(next.origin) ?? new Map<string, string>();
    jar.set(next.origin, own);
    const cookie = [...own].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(next, {
      ...init,
      redirect: 'manual',
      headers: cookie === '' ? {} : { cookie },
    });
    for (const line of answer.headers.getSetCookie()) {
      const pair = line.split(';')[0] ?? '';
      own.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const location = answer.headers.get('location');
    init = {};
    if (location !== null && answer.status >= 300 && answer.status < 400) {
      await answer.arrayBuffer();
      next = new URL(location, next);
      continue;
    }
    const html = await answer.text();
    const page = parse(html, next.href);
    const fields = fill?.(page);
    if (fields === undefined) return next;
    init = { method: 'POST', body: new URLSearchParams(fields) };
    next = new URL(page.action);
  }
  throw new Error('the sign-in never ended');
}

function parse(html: string, at: string): Page {
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
