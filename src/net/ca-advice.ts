/** How to get a company's certificate out of the operating system, as a file that we read. */
const EXPORT: Partial<Record<NodeJS.Platform, string>> = {
  win32:
    'To export it, start certmgr.msc, open Trusted Root Certification Authorities, and choose All Tasks > Export.',
  darwin:
    'To export it: security find-certificate -a -p /Library/Keychains/System.keychain > company-ca.pem.',
};

/**
 * @param unread why the certificates of the operating system could not be read; undefined if they were.
 * @returns what to do about a certificate whose issuer is unknown.
 */
export function caAdvice(platform?: NodeJS.Platform, unread?: string): string {
  const add =
    'If your company issued it, add its CA: codemie config set ca-file company-ca.pem (in a container, set CODEMIE_CA_FILE or NODE_EXTRA_CA_CERTS).';
  if (unread === undefined) return add;
  const why = `The certificates that this computer trusts couldn't be read: ${unread}.`;
  return [add, platform && EXPORT[platform], why].filter((part) => part !== undefined).join(' ');
}
