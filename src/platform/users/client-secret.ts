import { CodemieError } from '../../system/errors.ts';
import { Secret } from '../../system/secret.ts';

/**
 * The secret of a client, from a variable. A line end at its end is left out: shells and editors add one, and no secret
 * has one.
 *
 * @returns the secret, and what to say about it.
 * @throws CONFIG_INVALID (9) for a character that no client secret can have (RFC 6749, A.2: %x20-7E).
 */
export function clientSecret(
  text: string,
  variable: string,
): { readonly secret: Secret; readonly warning?: string } {
  const value = text.replace(/\r\n$|[\r\n]$/, '');
  const secret = new Secret(value);
  if (/[^\x20-\x7e]/.test(value))
    throw new CodemieError({
      code: 'CONFIG_INVALID',
      message: `${variable} has a character that a client secret cannot have: only printable ASCII is allowed.`,
      hint: 'Nothing was sent. Copy the secret again from the client in Keycloak, without line breaks and control characters.',
    });
  return value === text
    ? { secret }
    : {
        secret,
        warning: `${variable} ends with a line end. It was left out here, but the platform sends it as it is, and Keycloak refuses it there. Write the secret again without it.`,
      };
}
