import { escapeHtml } from '../system/escape-html.ts';

const STYLE = `
body{font:1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:12vh auto;padding:0 1rem;color:#1b1b1f;background:#fff}
h1{font-size:1.4rem}label{display:block;margin:.8rem 0 .2rem}input{font:inherit;width:100%;padding:.5rem;box-sizing:border-box}
button{font:inherit;margin:1rem .6rem 0 0;padding:.5rem 1.1rem}p[role=alert]{color:#8c0009}
@media(prefers-color-scheme:dark){body{color:#e4e2e6;background:#1b1b1f}p[role=alert]{color:#ffb4ab}}`;

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><main><h1>${escapeHtml(title)}</h1>${body}</main></body></html>`;
}

/** The sign-in form. It works with the keyboard, without scripts, and with password managers. */
export function loginPage(action: string, problem?: string): string {
  return page(
    'Sign in to the CodeMie sandbox',
    `${alert(problem)}<form method="post" action="${escapeHtml(action)}">
<label for="username">Username or email</label><input id="username" name="username" autocomplete="username" autofocus required>
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required>
<button name="do" value="login">Sign in</button><button name="do" value="abort" formnovalidate>Cancel</button></form>`,
  );
}

/** The consent form: which client asks for which scopes. */
export function consentPage(action: string, client: string, scopes: readonly string[]): string {
  return page(
    'Allow access?',
    `<p><strong>${escapeHtml(client)}</strong> asks to act for you on this platform.</p>
<ul>${scopes.map((scope) => `<li>${escapeHtml(scope)}</li>`).join('')}</ul>
<form method="post" action="${escapeHtml(action)}"><button name="do" value="consent" autofocus>Allow</button><button name="do" value="abort">Deny</button></form>`,
  );
}

/** @param shown the code that the other device shows, if the address contained it. */
export function devicePage(form: string, shown?: string, problem?: string): string {
  const filled =
    shown === undefined
      ? form
      : form.replace('name="user_code"', `name="user_code" value="${escapeHtml(shown)}"`);
  return page(
    'Connect a device',
    `${alert(problem)}<p>Enter the code shown on the other device.</p>${filled}<button type="submit" form="op.deviceInputForm">Continue</button>`,
  );
}

export function confirmDevicePage(form: string, code: string): string {
  return page(
    'Connect this device?',
    `<p>The other device shows <strong>${escapeHtml(code)}</strong>. Continue only if you started this yourself.</p>${form}
<button type="submit" form="op.deviceConfirmForm" autofocus>Continue</button>
<button type="submit" form="op.deviceConfirmForm" value="yes" name="abort">Cancel</button>`,
  );
}

export function logoutPage(form: string): string {
  return page(
    'Sign out?',
    `<p>Do you want to sign out of the sandbox?</p>${form}
<button type="submit" form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button>
<button type="submit" form="op.logoutForm">Stay</button>`,
  );
}

export function donePage(text: string): string {
  return page('Done', `<p>${escapeHtml(text)} You can close this window.</p>`);
}

export function problemPage(text: string): string {
  return page('Something went wrong', `<p role="alert">${escapeHtml(text)}</p>`);
}

function alert(problem: string | undefined): string {
  return problem === undefined ? '' : `<p role="alert">${escapeHtml(problem)}</p>`;
}
