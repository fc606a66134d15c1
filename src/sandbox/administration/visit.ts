import type { Features } from './flags.ts';
import { type Html, html, type Part } from './html.ts';
import type { Platform } from './platform.ts';

/** The signed-in person, as the API sees them. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: string;
  readonly isAdmin: boolean;
  readonly isMaintainer: boolean;
  readonly projects: readonly ProjectRole[];
  readonly administersAny: boolean;
}

export interface ProjectRole {
  readonly name: string;
  readonly is_project_admin: boolean;
}

/** One request of a signed-in person for one page. */
export interface Visit {
  readonly url: URL;
  /** The parts of the path that match `{…}`, by name. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly person: Person;
  readonly features: Features;
  readonly platform: Platform;
  /** The hidden field of each form. */
  readonly token: Html;
  /** The form whose change was refused, so that nobody has to type it again. */
  readonly refused?: URLSearchParams | undefined;
}

export interface View {
  readonly title: string;
  readonly body: Html;
}

/** A change that was made: where to go, and what to say there. */
export interface Done {
  readonly to: string;
  readonly notice: string;
}

export interface Page {
  /** `/settings/administration/users/{id}` */
  readonly path: string;
  /** Whether the page exists for this person. The API has the last word about what they may do. */
  readonly isFor?: (visit: Pick<Visit, 'person' | 'features'>) => boolean;
  readonly show: (visit: Visit) => Promise<View>;
  /** Changes by the value of the form's button `do`. */
  readonly actions?: Readonly<Record<string, (visit: Visit, form: URLSearchParams) => Promise<Done>>>;
}

/** The body of `GET /v1/user`. */
export interface Account {
  readonly user_id: string;
  readonly name: string;
  readonly email: string;
  readonly is_admin: boolean;
  readonly is_maintainer: boolean;
  readonly projects: readonly ProjectRole[];
  readonly applications_admin: readonly string[];
}

export function personFrom(account: Account): Person {
  const { is_admin: isAdmin, is_maintainer: isMaintainer } = account;
  const administersAny = account.applications_admin.length > 0;
  return {
    id: account.user_id,
    name: account.name,
    email: account.email,
    isAdmin: isAdmin || isMaintainer,
    isMaintainer,
    projects: account.projects,
    administersAny,
    role: isMaintainer ? 'Maintainer' : isAdmin ? 'Super Admin' : administersAny ? 'Project Admin' : 'User',
  };
}

/** A form that makes one change. The button says which. */
export function changeForm(
  { url, token }: Pick<Visit, 'url' | 'token'>,
  {
    button,
    action,
    inline = false,
  }: { readonly button: Part; readonly action: string; readonly inline?: boolean },
  ...fields: readonly Part[]
): Html {
  return html`<form method="post" action="${url.pathname}${url.search}"${inline && html` class="inline"`}>${token}${fields}
<button name="do" value="${action}">${button}</button></form>`;
}
