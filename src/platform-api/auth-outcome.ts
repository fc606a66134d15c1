import { isHtml } from '../net/client.ts';
import type { HttpResponse } from '../net/http.ts';

/** What a response of the platform says about the credential that was sent. */
export type AuthOutcome = 'ok' | 'not-signed-in' | 'denied' | 'failed';

/**
 * Recognizes the four responses to an expired session: 401, a redirect to the identity provider, a web page instead of data,
 * and a 403 with a sign-in challenge. All four count as `not-signed-in`. A plain 403 counts as `denied`.
 */
export function authOutcomeOf(response: Pick<HttpResponse, 'status' | 'headers'>): AuthOutcome {
  const { status, headers } = response;
  if (status === 401) return 'not-signed-in';
  // 304 only answers a conditional request, so the client already has the response.
  if (status >= 300 && status < 400) return status === 304 ? 'ok' : 'not-signed-in';
  const html = isHtml(response);
  if (status === 200 && html) return 'not-signed-in';
  if (status === 403) return html || headers['www-authenticate'] !== undefined ? 'not-signed-in' : 'denied';
  return status >= 200 && status < 300 ? 'ok' : 'failed';
}

/** Like `authOutcomeOf`, but also checks the body, so it recognizes a web page with any content type. */
export function authOutcomeOfWhole(response: HttpResponse): AuthOutcome {
  const outcome = authOutcomeOf(response);
  return outcome === 'ok' && isPage(response.body) ? 'not-signed-in' : outcome;
}

/** @returns whether a web page is a sign-in page, like those of a gateway or an identity provider. */
export function isSignInPage(body: Buffer): boolean {
  return /\/oauth2\/(?:sign_in|start)|\/realms\/|type=["']?password/i.test(body.toString('utf8', 0, 65_536));
}

function isPage(body: Buffer): boolean {
  const start = body.subarray(0, 1024).toString('utf8');
  return /^\uFEFF?\s*(?:<\?xml[^>]*>\s*|<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html)[\s>]/is.test(
    start,
  );
}
