import { timingSafeEqual } from 'node:crypto';
import { type Exchange, readForm } from '../http.ts';
import { type Html, html } from './html.ts';
import type { Session } from './sessions.ts';

/** A form that this page must not accept. */
export class FormRefused extends Error {
  readonly status: 403 | 413 | 415;

  constructor(status: 403 | 413 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

const LARGEST_FORM = 16_384;

/**
 * Reads a form that one of this session's own pages sent. The browser says where a form comes from, and the form holds
 * the session's token; SameSite cookies alone would let other programs on this machine's loopback address send forms.
 *
 * @throws FormRefused
 */
export async function readOwnForm(
  { request, url }: Exchange,
  session: Session | undefined,
): Promise<URLSearchParams> {
  if (request.headers.origin !== url.origin)
    throw new FormRefused(403, 'This form came from another address, so nothing was changed.');
  const [type] = (request.headers['content-type'] ?? '').split(';');
  if (type !== 'application/x-www-form-urlencoded')
    throw new FormRefused(415, 'The page accepts only its own forms.');
  // Browsers always say how long a form is, and a body cannot be longer than its header says.
  if (!(Number(request.headers['content-length']) <= LARGEST_FORM))
    throw new FormRefused(413, 'The form is too large.');
  const form = await readForm(request);
  if (session === undefined || !sameText(form.get('token') ?? '', session.token))
    throw new FormRefused(
      403,
      'This form belongs to a session that has ended, so nothing was changed. Open the page again.',
    );
  return form;
}

/** The hidden field that `readOwnForm` asks for. */
export function tokenField({ token }: Session): Html {
  return html`<input type="hidden" name="token" value="${token}">`;
}

function sameText(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
