import type { HttpResponse } from '../net/http.ts';

/** What an answer of the platform means for the credential that was sent. */
export type AuthOutcome = 'ok' | 'not-signed-in' | 'denied' | 'failed';

/**
 * Reads the four faces of an expired session: 401, a redirect to the identity provider, a web page where data was
 * expected, and a 403 that carries a sign-in challenge. All four mean the same thing. A plain 403 is a refusal.
 */
export function authOutcomeOf(response: Pick<HttpResponse, 'status' | 'headers'>): AuthOutcome {
  const { status, headers } = response;
  if (status === 401) return 'not-signed-in';
  // Only a client that has the answer already asks whether it changed.
  if (status >= 300 && status < 400) return status === 304 ? 'ok' : 'not-signed-in';
  const html = /^(text\/html|application\/xhtml\+xml)/i.test(headers['content-type'] ?? '');
  if (status === 200 && html) return 'not-signed-in';
  if (status === 403) return html || headers['www-authenticate'] !== undefined ? 'not-signed-in' : 'denied';
  return status >= 200 && status < 300 ? 'ok' : 'failed';
}

/** As `faceOf`, for an answer that is here as a whole: a web page is one whatever it is called. */
export function authOutcomeOfWhole(response: HttpResponse): AuthOutcome {
  const face = authOutcomeOf(response);
  return face === 'ok' && isPage(response.body) ? 'not-signed-in' : face;
}

/** @returns whether a web page asks people to sign in, as a front proxy's does; anything else is a page of something else. */
export function isSignInPage(body: Buffer): boolean {
  return /\/oauth2\/(?:sign_in|start)|\/realms\/|type=["']?password/i.test(body.toString('utf8', 0, 65_536));
}

function isPage(body: Buffer): boolean {
  const start = body.subarray(0, 1024).toString('utf8');
  return /^\uFEFF?\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html)[\s>]/is.test(start);
}
