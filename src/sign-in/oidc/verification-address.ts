import { isLoopbackHost } from '../../net/origin.ts';
import { CodemieError, SIGN_IN } from '../../system/errors.ts';

/** Providers whose verification page is on another host than the issuer. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  'login.microsoftonline.com': ['microsoft.com', 'www.microsoft.com', 'login.microsoft.com'],
};

/**
 * Checks the address where the user enters the code (S18): https, on the issuer's own host, without control characters or user
 * info that could hide where it leads.
 *
 * @returns the address, percent-encoded.
 * @throws DEVICE_ADDRESS; the message never contains the refused address.
 */
export function verificationAddress(address: string, issuer: string): string {
  const host = new URL(issuer).hostname;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const clean = !/[\u0000-\u0020\u007f-\u009f]/.test(address);
  if (url !== undefined && clean && isEncrypted(url) && url.username === '' && url.password === '') {
    if ([host, ...(ELSEWHERE[host] ?? [])].includes(url.hostname)) return url.href;
  }
  throw new CodemieError({
    code: 'DEVICE_ADDRESS',
    message: `The identity provider's page for the code is not an https:// URL on ${host}, so it is not shown.`,
    fix: SIGN_IN,
    hint: 'Sign in with the browser instead.',
  });
}

function isEncrypted({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname));
}
