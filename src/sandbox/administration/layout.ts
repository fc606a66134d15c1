import { type Html, html } from './html.ts';
import type { Problem } from './platform.ts';
import { STYLE } from './style.ts';

/** What the frame around each page shows. */
export interface Layout {
  readonly title: string;
  /** Who is signed in. */
  readonly person?: { readonly name: string; readonly role: string } | undefined;
  /** Links of the navigation within a page: Administration has tabs. */
  readonly tabs?: readonly Tab[] | undefined;
  readonly notice?: string | undefined;
  readonly problem?: Problem | undefined;
  readonly signOut?: Html | undefined;
}

export interface Tab {
  readonly name: string;
  readonly path: string;
  readonly isCurrent: boolean;
}

export function layout({ title, person, tabs, notice, problem, signOut }: Layout, body: Html): string {
  const heading = problem === undefined ? title : `Error: ${title}`;
  // The style is not escaped: its hash is in the policy.
  const style: Html = { html: STYLE };
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${heading} - CodeMie sandbox</title><style>${style}</style></head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<strong>CodeMie sandbox</strong>
${person !== undefined && html`<nav aria-label="Main"><ul><li><a href="/settings">Settings</a></li></ul></nav>`}
<div class="row">${person !== undefined && html`<span>${person.name} (${person.role})</span>`}${signOut}</div>
</header>
<main id="main" tabindex="-1">
${tabs !== undefined && html`<nav aria-label="Breadcrumb"><ul><li><a href="/settings">Settings</a></li><li>Administration</li></ul></nav>`}
<h1>${title}</h1>
${tabs !== undefined && tabNavigation(tabs)}
${notice !== undefined && html`<div class="notice" id="notice" role="status" tabindex="-1"><p>${notice}</p></div>`}
${problem !== undefined && problemBox(problem)}
${body}
</main>
</body>
</html>
`.html;
}

function tabNavigation(tabs: readonly Tab[]): Html {
  const items = tabs.map(
    ({ name, path, isCurrent }) =>
      html`<li><a href="${path}"${isCurrent && html` aria-current="page"`}>${name}</a></li>`,
  );
  return html`<nav class="tabs" aria-label="Administration"><ul>${items}</ul></nav>`;
}

function problemBox({ message, heading, more }: Problem): Html {
  const sentences = [message, ...more].map((text) => html`<p>${text}</p>`);
  return html`<div class="notice problem" id="notice" role="alert" tabindex="-1"><h2>${heading}</h2>${sentences}</div>`;
}
