/** Words of a name whose value is nobody's business. */
const SECRET_WORDS = new Set(
  'auth authorization oauth bearer cookie cookies credential credentials creds header headers jwt key keys passphrase passwd password passwords pass pat private pwd sas secret secrets session sig signature token webhook apikey accesskey'.split(
    ' ',
  ),
);
/** Words that are often written together with the one before (`PGPASSWORD`, `authToken`). */
const SECRET_ENDS = /(password|passwd|passphrase|secret|token|apikey|cookie)$/;
/** A name that ends in one of these tells of something about a secret: where it is, of which kind, how to get it. */
const ABOUT = new Set(
  'command dir enabled endpoint expiry file helper host limit method mode path port provider sock socket timeout type uri url'.split(
    ' ',
  ),
);
/** Where a shell is. */
const PLACES = new Set(['PWD', 'OLDPWD']);

/**
 * @returns whether a variable, a setting or a header of this name holds something to hide, by the words of its name
 * (`DB_PASS`, `githubPat`, `X-Api-Key`): `KEYBOARD` and `AUTHOR` are other words.
 */
export function isSecretName(name: string): boolean {
  if (PLACES.has(name)) return false;
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
  return (
    words.some((word) => SECRET_WORDS.has(word) || SECRET_ENDS.test(word)) && !ABOUT.has(words.at(-1) ?? '')
  );
}

/** A word of each of OAuth's own names (redact.ts), and not `code`, which is in our name. */
const OTHER_WORDS = ['assertion', 'challenge', 'device', 'user', 'verifier'];

/** @returns whether a text, in lower case, can hold a secret's name at all; far quicker than looking for one. */
export function mayNameSecret(text: string): boolean {
  for (const word of SECRET_WORDS) if (text.includes(word)) return true;
  return OTHER_WORDS.some((word) => text.includes(word));
}
