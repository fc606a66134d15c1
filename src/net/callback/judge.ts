import { createHash, timingSafeEqual } from 'node:crypto';
import { printable } from '../../system/printable.ts';

/** The authorization server's response, brought by the browser (RFC 6749 §4.1.2). */
export type CallbackResult =
  | { readonly kind: 'code'; readonly params: URLSearchParams }
  | {
      readonly kind: 'error';
      readonly error: string;
      readonly description: string;
      /** Who answers (RFC 9207). */
      readonly iss: string | undefined;
    };

/**
 * Validates the parameters of a redirect. The state is checked first: an error without it is not ours and must not
 * end the wait (S4). No parameter may occur twice (RFC 6749 §3.1).
 *
 * @returns the response of the authorization server, or a sentence that says why this is not one.
 */
export function judgeCallback(params: URLSearchParams, state: string): CallbackResult | string {
  const given = params.getAll('state');
  if (given.length !== 1 || !sameText(given[0] ?? '', state))
    return 'This is not the sign-in that is being waited for.';
  const names = [...params.keys()];
  if (new Set(names).size !== names.length) return 'A parameter was sent twice.';
  const error = params.get('error');
  if (error !== null) {
    const description = printable(params.get('error_description') ?? '');
    return { kind: 'error', error: printable(error, 60), description, iss: params.get('iss') ?? undefined };
  }
  if ((params.get('code') ?? '') === '') return 'The answer carries no code.';
  return { kind: 'code', params };
}

/** Compares in constant time; hashing makes the lengths equal. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
