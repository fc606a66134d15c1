import { isLoopbackHost } from '../../net/origin.ts';
import { CodemieError, SIGN_IN } from '../../system/errors.ts';

/** Providers whose page for codes is known to live on another host than the issuer. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  'login.microsoftonline.com': ['microsoft.com', 'www.microsoft.com', 'login.microsoft.com'],
};

/**
 * Checks the address a person is sent to with a code (S18): https, on the issuer's own host, and nothing in it that
 * moves the cursor or hides where it leads.
 *
 * @returns the address in its encoded form.
 * @throws DEVICE_ADDRESS without repeating an address that was refused.
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
    message: `The identity provider named a page for the code that is not an https address on ${host}, so it is not shown.`,
    hint: `Sign in with the browser instead: ${SIGN_IN}`,
  });
}

function isEncrypted({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname));
}
