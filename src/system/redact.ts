import { isSecretName, mayNameSecret } from './secret-names.ts';
import { withoutEnd } from './trim-end.ts';

/**
 * The redactor at the sink: all logs, errors, reports and debug output pass through it. It masks two kinds of text:
 * values that the program knows to be secret (in every encoding it may emit), and text that looks like a secret
 * (bearer headers, JWTs, cookies, OAuth parameters, user info in URLs, signed URLs, webhooks).
 */
const known = new Map<string, readonly string[] | undefined>();
const MASK = '[redacted]';
/** Shorter values would mask ordinary words. */
const SHORTEST = 8;
const MOST_KNOWN = 2000;

/** Teaches the redactor a value. Called by `Secret`; cheap enough for every token of a long session. */
export function rememberSecret(value: string): void {
  if (value.length < SHORTEST) return;
  const forms = known.get(value);
  known.delete(value);
  known.set(value, forms);
  if (known.size > MOST_KNOWN) {
    const oldest = known.keys().next();
    if (!oldest.done) known.delete(oldest.value);
  }
}

/** The forms to search for, computed when something is first printed. */
function formsOf(value: string): readonly string[] {
  const forms = known.get(value) ?? encodingsOf(value).filter((form) => form.length >= SHORTEST);
  known.set(value, forms);
  return forms;
}

/** @returns every form in which a program may print a value. */
export function encodingsOf(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  return [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    withoutEnd(bytes.toString('base64'), '='),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
}

/** OAuth parameters, and names that are secret only in a URL or a form; elsewhere they are ordinary words. */
const PARAMETERS =
  'access_token|refresh_token|id_token|id_token_hint|token|code|state|nonce|code_verifier|code_challenge|device_code|user_code|client_secret|client_assertion|assertion|subject_token|password|api_key|apikey|key|cookies';

/** Prefixes of keys from OpenAI, Anthropic, Stripe, GitHub, GitLab and Slack. */
const KEY_STARTS = 'sk- sk_ pk- pk_ rk- rk_ gho ghp ghr ghs ghu github_pat glpat xox'.split(' ');

/** Each shape lists substrings in lower case: a text can match only if it contains one of `needs`, and `also`. */
const SHAPES: readonly (readonly [
  needs: readonly string[],
  shape: RegExp,
  replacement: string,
  also?: string,
])[] = [
  // JWS and JWE compact forms, including truncated ones.
  [['eyj'], /\beyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){0,4}/g, MASK],
  // A word after "bearer" in prose is not a token, even with a full stop. A token has digits or punctuation, or is
  // long.
  [
    ['bearer', 'basic', 'dpop'],
    /\b(bearer|basic|dpop)\s+(?=[A-Za-z]*(?:[0-9_~+/=-]|\.\w)|[A-Za-z]{20})[A-Za-z0-9._~+/=-]{6,}/gi,
    `$1 ${MASK}`,
  ],
  [
    ['authorization', 'api-key'],
    /\b((?:proxy-)?authorization|x-api-key|x-goog-api-key)(["']?\s*[:=]\s*["']?)(?!bearer |basic |dpop |\[)(?:[a-z][\w-]*[ \t]+(?=[^\s"',;]))?[^\s"',;]+/gi,
    `$1$2${MASK}`,
  ],
  [['cookie'], /\b(set-cookie|cookie)(["']?\s*[:=]\s*["']?)(?!\[)[^\r\n"']+/gi, `$1$2${MASK}`],
  [['_oauth2_proxy'], /(_oauth2_proxy\w{0,40}=)[^\s;"',]+/g, `$1${MASK}`],
  [['='], new RegExp(`([?&#])(${PARAMETERS})=([^&\\s"'<>]+)`, 'gi'), `$1$2=${MASK}`],
  // The first parameter of a form, and a single one that is too long to be an exit code.
  [['='], new RegExp(`(^|[\\s"'])(${PARAMETERS})=[^&\\s"'<>]+(?=&\\w+=)`, 'gi'), `$1$2=${MASK}`],
  [['='], /\b(code|state|nonce|key)=(?=[\w.~-]*\d)[\w.~-]{12,}/g, `$1=${MASK}`],
  // Signed URLs. Elsewhere "signature" is an ordinary word. Some programs write `\u0026` for an ampersand in JSON.
  [['='], /((?:[?&;]|\\u0026)(?:sig|signature|awsaccesskeyid)=)[^&;\s"'<>\\]+/gi, `$1${MASK}`],
  [
    ['x-amz', 'x-goog'],
    /\b(x-(?:amz|goog)-(?:signature|credential|security-token)(?:[\\"']*\s*:\s*[\\"']*|=))[^&;\s"'<>,\\]+/gi,
    `$1${MASK}`,
  ],
  // Webhooks: anyone who knows the URL can post to it.
  [
    ['hooks.slack'],
    /(\bhooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/)[\w/-]+/gi,
    `$1${MASK}`,
  ],
  [['discord'], /(\bdiscord(?:app)?\.com\/api\/(?:v\d+\/)?webhooks\/\d+\/)[\w-]+/gi, `$1${MASK}`],
  [['webhook.office'], /(\bwebhook\.office\.com\/webhookb2\/)[\w@%/-]+/gi, `$1${MASK}`],
  // A password may contain an @ and, although it is invalid, a slash. A port and a path may be followed by one,
  // too.
  [['@'], /(\b[a-z][a-z0-9+.-]{0,30}:\/\/)[^/\s:@"']{1,500}:[^/\s"']{0,4000}@/gi, `$1${MASK}@`, '://'],
  [
    ['@'],
    /(\b[a-z][a-z0-9+.-]{0,30}:\/\/)[^/\s:@"']{1,500}:(?!\d{1,5}\/)[^\s@"']{0,4000}@(?=[\w.-]{1,300}(?::\d{1,5})?(?:[\s/"']|$))/gi,
    `$1${MASK}@`,
    '://',
  ],
  // A proxy without a scheme.
  [['@'], /(^|[\s"'=(])[\w.\\-]{1,500}:[^\s"'/]{1,4000}@(?=[\w.-]{1,300}:\d{2,5}\b)/g, `$1${MASK}@`, ':'],
  // A token in place of the user name.
  [['@'], /(\b[a-z][a-z0-9+.-]{0,30}:\/\/)[^/\s:@"']{20,}@/gi, `$1${MASK}@`, '://'],
  // Keys of OpenAI, Anthropic, Stripe, GitHub, GitLab, Slack, npm and Hugging Face; of Google and AWS.
  [KEY_STARTS, /\b(?:sk|pk|rk|gh[oprsu]|github_pat|glpat|xox[abeprs])[-_][A-Za-z0-9_-]{10,}/g, MASK],
  [['npm_', 'hf_'], /\b(?:npm|hf)_[A-Za-z0-9]{30,}/g, MASK],
  [
    ['aiza', 'ya29.', 'akia', 'asia'],
    /\b(?:AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{6,}|(?:AKIA|ASIA)[A-Z0-9]{16})/g,
    MASK,
  ],
  [['-----begin'], /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, MASK],
];

/** `name=`, `name: `, `"name":`, and the same inside an escaped JSON string. */
const NAMED = /(?<![\w$-])([A-Za-z_$][\w$.-]{0,80})(\\{0,3}["']?\s{0,4}[:=]\s{0,4})/g;
/** The value after it: a list, a quoted string or a word. */
const VALUE =
  /\[(?:\[redacted\]|[^\]\n]){0,4000}\]?|\\{1,3}"[^"\n]*?\\{1,3}"|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|[^\s"',;&<>(){}[\]\\]{1,2000}/y;

/** Names that are secret whatever the value; in other names, a word such as `key` or `session` may be harmless. */
const PLAINLY = /token|secret|passw|passphrase|api_?key|access_?key|private_?key/;
/** OAuth parameter names (RFC 6749, 7521, 7636, 8628). */
const OAUTH = /^(?:code_verifier|code_challenge|device_code|user_code|client_assertion|assertion)$/;
/** Endings of names that describe a secret but do not hold one. */
const TELLS = /_(?:count|length|name|ttl|expires|expiry|at|in|kind|source|store|state|limit|usage|var)$/;
/** Keywords, numbers, and placeholders in a command to paste. */
const NO_SECRET =
  /^(?:true|false|null|undefined|none|yes|no|on|off|-?\d{1,10}(?:\.\d+)?|<[\w -]+>|\$\{?\w+\}?|…)$/i;
const RANDOM = /^(?:(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[\w+/=.~|-]{16,}|[\da-fA-F]{32,})$/;

/**
 * Masks values assigned to secret names. Skips only the value of such a name: other values may contain secret
 * names.
 */
function maskAssigned(text: string): string {
  let out = '';
  let done = 0;
  NAMED.lastIndex = 0;
  for (let found = NAMED.exec(text); found !== null; found = NAMED.exec(text)) {
    const [whole, name = '', between = ''] = found;
    const at = found.index + whole.length;
    if (!isSecretName(name) && !OAUTH.test(wordsOf(name))) continue;
    VALUE.lastIndex = at;
    const value = VALUE.exec(text)?.[0] ?? '';
    const masked = maskedValue(name, between, value);
    if (masked === value) continue;
    out += text.slice(done, at) + masked;
    done = at + value.length;
    NAMED.lastIndex = done;
  }
  return out + text.slice(done);
}

function maskedValue(name: string, between: string, value: string): string {
  if (value.startsWith('[')) return value === MASK ? value : `["${MASK}"]`;
  const [, open = '', inner = '', close = ''] = /^(\\{0,3}["'])?([\s\S]*?)(\\{0,3}["'])?$/.exec(value) ?? [];
  return isHidden(name, between, inner, open !== '') ? `${open}${MASK}${close}` : value;
}

function wordsOf(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/[.-]/g, '_')
    .toLowerCase();
}

function isHidden(name: string, between: string, value: string, isQuoted: boolean): boolean {
  const words = wordsOf(name);
  if (value === '' || value.startsWith(MASK) || TELLS.test(words)) return false;
  if (NO_SECRET.test(value))
    return between === '=' && /^\d+$/.test(value) && /passw|passphrase|_pass$|pwd/.test(words);
  // An environment variable, as written in shells and .env files.
  const isVariable = between === '=' && /^[A-Z][A-Z\d]*(?:_[A-Z\d]+)+$/.test(name);
  if (!OAUTH.test(words) && !PLAINLY.test(words)) return isVariable || RANDOM.test(value);
  // A colon and a word in prose: "the password: how to give it".
  return isQuoted || !/:\s/.test(between) || !/^[a-z]+[.?!]?$/i.test(value);
}

/** @returns the text with every known secret and every secret-shaped part masked. */
export function redact(text: string): string {
  let out = text;
  for (const value of known.keys()) {
    for (const form of formsOf(value)) if (out.includes(form)) out = out.replaceAll(form, MASK);
  }
  // A regular expression costs most the first time it runs, and few texts need more than two of them.
  const plain = out.toLowerCase();
  for (const [needs, shape, replacement, also = ''] of SHAPES)
    if (plain.includes(also) && needs.some((part) => plain.includes(part)))
      out = out.replace(shape, replacement);
  return mayNameSecret(plain) && /[:=]/.test(out) ? maskAssigned(out) : out;
}
