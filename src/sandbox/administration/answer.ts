import type { Exchange } from '../http.ts';
import { featuresFrom } from './flags.ts';
import { readOwnForm, tokenField } from './forms.ts';
import { type Html, html } from './html.ts';
import type { Layout } from './layout.ts';
import { createPlatform, Problem } from './platform.ts';
import { redirect, sendPage } from './responses.ts';
import { type FoundPage, findPage } from './routes.ts';
import type { Session } from './sessions.ts';
import { proofOf } from './sign-in.ts';
import { beginSignIn, SIGN_OUT_PATH, type Site } from './sign-in-pages.ts';
import { ADMINISTRATION, SETTINGS_PATH, tabsFor } from './tabs.ts';
import { type Account, type Done, personFrom, type Visit } from './visit.ts';

/** Answers a page for somebody who has signed in; sends others to the sign-in. */
export async function answerPage(
  exchange: Exchange,
  session: Session | undefined,
  site: Site,
): Promise<void> {
  const { request, response, url } = exchange;
  const form = request.method === 'POST' ? await readOwnForm(exchange, session) : undefined;
  if (session?.visitor === undefined)
    return beginSignIn(exchange, session, site, `${url.pathname}${url.search}`);
  const visit = await visitOf(exchange, session, site).catch(problemOf);
  if (visit instanceof Problem)
    return sendPage(
      response,
      visit.status,
      { title: 'Settings', problem: visit, signOut: signOutForm(session) },
      AGAIN,
    );
  const frame = frameOf(visit, session);
  const tabs = tabsFor(visit, url.pathname);
  if (url.pathname === ADMINISTRATION && tabs[0] !== undefined) return redirect(response, 302, tabs[0].path);
  const found = findPage(url.pathname);
  if (found === undefined || found.page.isFor?.(visit) === false) {
    const isAdministration = url.pathname.startsWith(ADMINISTRATION) && tabs.length === 0;
    const [status, title] = isAdministration
      ? ([403, 'Administration is for administrators'] as const)
      : ([404, 'There is no such page'] as const);
    return sendPage(
      response,
      status,
      { ...frame, title },
      html`<p><a href="${SETTINGS_PATH}">Settings</a></p>`,
    );
  }
  return answerFound({
    exchange,
    session,
    frame,
    found,
    form,
    visit: { ...visit, parameters: found.parameters },
  });
}

const AGAIN = html`<p>Sign out to sign in again.</p>`;

interface Answering {
  readonly exchange: Exchange;
  readonly session: Session;
  readonly frame: Omit<Layout, 'title'>;
  readonly found: FoundPage;
  readonly form: URLSearchParams | undefined;
  readonly visit: Visit;
}

async function answerFound({ exchange, session, frame, found, form, visit }: Answering): Promise<void> {
  const { response } = exchange;
  let refusal: Problem | undefined;
  if (form !== undefined) {
    const done = await act(found, visit, form).catch(problemOf);
    if (!(done instanceof Problem)) {
      session.notice = done.notice;
      return redirect(response, 303, `${done.to}#notice`);
    }
    refusal = done;
  }
  const { notice } = session;
  delete session.notice;
  const view = await found.page.show({ ...visit, refused: refusal && form }).catch(problemOf);
  if (view instanceof Problem) {
    const title = frame.tabs?.find(({ isCurrent }) => isCurrent)?.name ?? 'Settings';
    return sendPage(response, view.status, { ...frame, title, problem: view }, hintFor(visit));
  }
  sendPage(
    response,
    refusal?.status ?? 200,
    { ...frame, title: view.title, notice, problem: refusal },
    view.body,
  );
}

async function act({ page }: FoundPage, visit: Visit, form: URLSearchParams): Promise<Done> {
  const { actions = {} } = page;
  const name = form.get('do') ?? '';
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) throw new Problem(400, 'This page does not know that change.');
  return action(visit, form);
}

/** Why the API refuses everything when only one of the two components is switched. */
function hintFor({ features }: Visit): Html {
  if (!features.userManagement || features.apiManagesUsers) return html``;
  return html`<p>This page has user management switched on (VITE_ENABLE_USER_MANAGEMENT), and the API does not
(ENABLE_USER_MANAGEMENT). Set both the same.</p>`;
}

async function visitOf(exchange: Exchange, session: Session, site: Site): Promise<Visit> {
  const { url } = exchange;
  const platform = createPlatform(site.local, proofOf(session, exchange, site.openId));
  const account = await platform.get<Account>('/v1/user');
  const components = await platform.get('/v1/config');
  return {
    url,
    parameters: {},
    person: personFrom(account),
    features: featuresFrom(site.flags, components),
    platform,
    token: tokenField(session),
  };
}

function frameOf(visit: Visit, session: Session): Omit<Layout, 'title'> {
  const { url, person } = visit;
  const isAdministration = url.pathname.startsWith(ADMINISTRATION);
  return {
    person,
    tabs: isAdministration ? tabsFor(visit, url.pathname) : undefined,
    signOut: signOutForm(session),
  };
}

function signOutForm(session: Session): Html {
  return html`<form method="post" action="${SIGN_OUT_PATH}">${tokenField(session)}<button>Sign out</button></form>`;
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  throw error;
}
