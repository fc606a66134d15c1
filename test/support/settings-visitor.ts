import { CookieJar } from './browser.ts';

/** A page as a browser without scripts shows it. */
export interface Shown {
  readonly status: number;
  readonly url: URL;
  readonly html: string;
  readonly headers: Headers;
  /** The text of the page without its tags, in one line. */
  readonly text: string;
  readonly forms: readonly ShownForm[];
}

export interface ShownForm {
  readonly action: URL;
  readonly method: string;
  /** What the form sends when nobody changes anything, without its buttons. */
  readonly fields: Readonly<Record<string, string>>;
  /** The values of the buttons called `do`. */
  readonly actions: readonly string[];
}

/** One browser on the sandbox's web page: keeps cookies, follows redirects, sends forms with their origin. */
export class SettingsVisitor {
  readonly jar = new CookieJar();
  readonly #origin: string;
  readonly #reachedAt: string;

  /** @param reachedAt the sandbox's own address, when `origin` is that of a reverse proxy in front of it. */
  constructor(origin: string, reachedAt = origin) {
    this.#origin = origin;
    this.#reachedAt = reachedAt;
  }

  async open(path: string): Promise<Shown> {
    return this.#go(new URL(path, this.#origin), {});
  }

  /** Signs in as one of the sandbox's users on whatever form comes first. @returns the page that was asked for. */
  async signIn(username: string, path = '/settings'): Promise<Shown> {
    const page = await this.open(path);
    const form = page.forms.find(({ fields }) => 'password' in fields);
    if (form === undefined) throw new Error(`no sign-in form on ${page.url}`);
    const name =
      'email' in form.fields ? { email: `${username}@sandbox.example` } : { username, do: 'login' };
    return this.post(form.action, { ...form.fields, ...name, password: `${username}-sandbox-password` });
  }

  /** Sends the form of the page that has this button, and those of these fields. */
  async submit(page: Shown, action: string, fields: Readonly<Record<string, string>> = {}): Promise<Shown> {
    const form = this.form(page, action, fields);
    return this.post(form.action, { ...form.fields, ...fields, do: action });
  }

  /** @returns the first form with this button whose hidden fields do not contradict the given ones. */
  form(page: Shown, action: string, fields: Readonly<Record<string, string>> = {}): ShownForm {
    const key = ['user', 'project'].find((name) => name in fields);
    const form = page.forms.find(
      (one) =>
        one.actions.includes(action) &&
        (key === undefined || one.fields[key] === '' || one.fields[key] === fields[key]),
    );
    if (form === undefined) throw new Error(`no form "${action}" on ${page.url}: ${page.text}`);
    return form;
  }

  async post(
    action: URL,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = { origin: this.#origin },
  ): Promise<Shown> {
    return this.#go(action, { method: 'POST', body: new URLSearchParams(fields), headers });
  }

  async #go(start: URL, first: RequestInit): Promise<Shown> {
    let next = start;
    let init = first;
    for (let hop = 0; hop < 20; hop += 1) {
      const headers = new Headers(init.headers);
      const cookie = this.jar.headerFor(next);
      if (cookie !== '') headers.set('cookie', cookie);
      if (this.#reachedAt !== this.#origin) {
        headers.set('x-forwarded-host', next.host);
        headers.set('x-forwarded-proto', next.protocol.slice(0, -1));
      }
      const at = next.href.replace(this.#origin, this.#reachedAt);
      const answer = await fetch(at, { ...init, headers, redirect: 'manual' });
      this.jar.store(next, answer.headers.getSetCookie());
      const location = answer.headers.get('location');
      if (location === null) return shown(answer, next);
      await answer.arrayBuffer();
      next = new URL(location, next);
      init = {};
    }
    throw new Error('redirects without an end');
  }
}

async function shown(answer: Response, url: URL): Promise<Shown> {
  const html = await answer.text();
  const body = html.replace(/<style>.*?<\/style>/s, '');
  return {
    status: answer.status,
    url,
    html,
    headers: answer.headers,
    text: plain(body.replaceAll(/<[^>]*>/g, ' ')),
    forms: [...body.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)].map(([, attributes = '', content = '']) => ({
      action: new URL(attribute(attributes, 'action') ?? url.href, url),
      method: attribute(attributes, 'method') ?? 'get',
      fields: fieldsIn(content),
      actions: [...content.matchAll(/<button([^>]*)>/g)].map(
        ([, button = '']) => attribute(button, 'value') ?? '',
      ),
    })),
  };
}

function fieldsIn(content: string): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {};
  for (const [, attributes = ''] of content.matchAll(/<input([^>]*)>/g)) {
    const name = attribute(attributes, 'name') ?? '';
    const isBox = attribute(attributes, 'type') === 'checkbox';
    if (!isBox || / checked/.test(attributes))
      fields[name] = attribute(attributes, 'value') ?? (isBox ? 'on' : '');
  }
  for (const [, attributes = '', inside = ''] of content.matchAll(/<select([^>]*)>(.*?)<\/select>/gs)) {
    const options = [...inside.matchAll(/<option([^>]*)>/g)].map(([, option = '']) => option);
    const chosen = options.find((option) => option.endsWith(' selected')) ?? options[0] ?? '';
    fields[attribute(attributes, 'name') ?? ''] = attribute(chosen, 'value') ?? '';
  }
  for (const [, attributes = '', inside = ''] of content.matchAll(/<textarea([^>]*)>(.*?)<\/textarea>/gs))
    fields[attribute(attributes, 'name') ?? ''] = plain(inside);
  return fields;
}

function attribute(attributes: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1];
  return value === undefined ? undefined : plain(value);
}

function plain(html: string): string {
  return html
    .replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    .replaceAll(/\s+/g, ' ')
    .trim();
}
