/** Words in a name whose value is secret. */
const SECRET_WORDS = new Set(
  'auth authorization oauth bearer cookie cookies credential credentials creds header headers jwt key keys passphrase passwd password passwords pass pat private pwd sas secret secrets session sig signature token webhook apikey accesskey'.split(
    ' ',
  ),
);
/** Words often joined to the one before (`PGPASSWORD`, `authToken`). */
const SECRET_ENDS = /(password|passwd|passphrase|secret|token|apikey|cookie)$/;
/** A name that ends in one of these describes a secret: where it is, what kind it is, how to get it. */
const ABOUT = new Set(
  'command dir enabled endpoint expiry file helper host limit method mode path port provider sock socket timeout type uri url'.split(
    ' ',
  ),
);
/** The shell's working folder. */
const PLACES = new Set(['PWD', 'OLDPWD']);

/**
 * @returns whether a variable, setting or header with this name holds a secret. It compares whole words (`DB_PASS`,
 * `githubPat`, `X-Api-Key`), so `KEYBOARD` and `AUTHOR` do not match.
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

/** One word from each OAuth name (redact.ts). `code` is left out because our own name contains it. */
const OTHER_WORDS = ['assertion', 'challenge', 'device', 'user', 'verifier'];

/** @returns whether a text in lower case may contain the name of a secret. Much faster than searching for one. */
export function mayNameSecret(text: string): boolean {
  for (const word of SECRET_WORDS) if (text.includes(word)) return true;
  return OTHER_WORDS.some((word) => text.includes(word));
}
