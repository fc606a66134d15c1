import type { HttpResponse } from '../net/http.ts';
import type { Origin } from '../net/origin.ts';
import { CodemieError } from '../system/errors.ts';
import { printable } from '../system/printable.ts';

/** A redirect or a page that signs in to CodeMie or to an identity provider. */
const SIGN_IN_PAGE =
  /client_id=|response_type=|redirect_ur[il]|SAMLRequest|oauth|openid|\/realms\/|saml|\bsso\b|\/adfs\/|[?&]service=|cdn-cgi\/access/i;
const PORTAL =
  /captive|hot-?spot|wi-?fi|guest[- ]?(?:network|access|portal|internet)|internet access|walled[- ]?garden|network (?:sign-?in|login|access)|[?&](?:uamip|switch_url|continue_url|userurl|orig_?url|base_grant_url)=/i;

/** @returns whether a URL is on another server. */
const isElsewhere = (url: URL, origin: Origin): boolean => url.host !== new URL(origin).host;

/**
 * Recognizes what a network answers in place of every server until you sign in to it. RFC 6585 §6 has a status of its
 * own for that; most networks redirect, or answer with their page.
 *
 * @returns the error (NOT_A_PLATFORM), or undefined for any other response.
 */
export function portalIn(
  origin: Origin,
  { status, headers, body }: Pick<HttpResponse, 'status' | 'headers' | 'body'>,
): CodemieError | undefined {
  if (status === 511) return portal(origin, 'HTTP 511, Network Authentication Required');
  const location = headers['location'] ?? '';
  if (status >= 300 && status < 400 && URL.canParse(location, origin)) {
    const target = new URL(location, origin);
    if (!isElsewhere(target, origin)) return undefined;
    if (PORTAL.test(location)) return portal(origin, `HTTP ${status}, redirects to ${target.host}`);
    return SIGN_IN_PAGE.test(location) ? undefined : movedOrPortal(origin, target);
  }
  const page = body.toString('utf8', 0, 65_536);
  const isPage = (status === 200 || status === 403) && /<html|<!doctype html/i.test(page.slice(0, 2048));
  return isPage && PORTAL.test(page) && !SIGN_IN_PAGE.test(page)
    ? portal(origin, `HTTP ${status}, a web page`)
    : undefined;
}

const SIGN_IN_THERE = 'Open any web page in your browser and sign in to the network, then try again.';

function portal(origin: Origin, answer: string): CodemieError {
  return new CodemieError({
    code: 'NOT_A_PLATFORM',
    message: printable(
      `Your network answers in place of ${origin} with its own sign-in page, a captive portal (${answer}).`,
    ),
    hint: `${SIGN_IN_THERE} If this is not a guest network, ask your network administrator.`,
  });
}

function movedOrPortal(origin: Origin, { host }: URL): CodemieError {
  return new CodemieError({
    code: 'NOT_A_PLATFORM',
    message: printable(
      `${origin} redirects to ${host} instead of answering, and that is not a sign-in to CodeMie. It may be the sign-in page of your network (a captive portal).`,
    ),
    hint: `${SIGN_IN_THERE} If CodeMie has moved to ${printable(host)}, use that URL.`,
  });
}
