/**
 * The redactor at the sink: everything written as log, error, report or debug output passes through it.
 * Two nets: values the program knows to be secret (in the encodings it may emit), and shapes that are secret
 * whoever they belong to (bearer headers, JWTs, cookies, OAuth parameters, user info in URLs, signed URLs, webhooks).
 */
const known = new Set<string>();
const MASK = '[redacted]';
/** Shorter values would mask ordinary words. */
const SHORTEST = 8;
const MOST_KNOWN = 2000;

/** Teach the redactor a value. Called by `Secret`; cheap enough for every token of a long session. */
export function rememberSecret(value: string): void {
  if (value.length < SHORTEST) return;
  known.delete(value);
  known.add(value);
  if (known.size > MOST_KNOWN) {
    const oldest = known.values().next();
    if (!oldest.done) known.delete(oldest.value);
  }
}

function encodings(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  return [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
}

const PARAMETERS =
  'access_token|refresh_token|id_token|id_token_hint|token|code|state|nonce|code_verifier|code_challenge|device_code|user_code|client_secret|client_assertion|assertion|subject_token|password|api_key|apikey|key|cookies';

/** In JSON, `code`, `state` and `key` are ordinary words (error codes, states); only the unmistakable names are masked there. */
const JSON_NAMES = PARAMETERS.split('|')
  .filter((name) => !['code', 'state', 'key', 'cookies'].includes(name))
  .join('|');

const SHAPES: readonly (readonly [RegExp, string])[] = [
  // JWS and JWE compact forms, also cut short.
  [/\beyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){0,4}/g, MASK],
  // A word after "bearer" in prose is no token, nor with the full stop behind it: one has digits or punctuation, or is long.
  [
    /\b(bearer|basic|dpop)\s+(?=[A-Za-z]*(?:[0-9_~+/=-]|\.\w)|[A-Za-z]{20})[A-Za-z0-9._~+/=-]{6,}/gi,
    `$1 ${MASK}`,
  ],
  [
    /\b((?:proxy-)?authorization|x-api-key|x-goog-api-key)(["']?\s*[:=]\s*["']?)(?!bearer |basic |dpop )(?:[a-z][\w-]*[ \t]+(?=[^\s"',;]))?[^\s"',;]+/gi,
    `$1$2${MASK}`,
  ],
  [/\b(set-cookie|cookie)(["']?\s*[:=]\s*["']?)[^\r\n"']+/gi, `$1$2${MASK}`],
  [/(_oauth2_proxy\w*=)[^\s;"',]+/g, `$1${MASK}`],
  [new RegExp(`([?&#]|\\b)(${PARAMETERS})=([^&\\s"'<>]+)`, 'gi'), `$1$2=${MASK}`],
  [
    new RegExp(`(["'])(${JSON_NAMES})\\1(\\s*:\\s*)(["'])(?:\\\\.|(?!\\4).)*\\4`, 'gi'),
    `$1$2$1$3$4${MASK}$4`,
  ],
  // Signed URLs. A signature elsewhere is an ordinary word; `\u0026` is an ampersand in some programs' JSON.
  [/((?:[?&;]|\\u0026)(?:sig|signature|awsaccesskeyid)=)[^&;\s"'<>\\]+/gi, `$1${MASK}`],
  [
    /\b(x-(?:amz|goog)-(?:signature|credential|security-token)(?:[\\"']*\s*:\s*[\\"']*|=))[^&;\s"'<>,\\]+/gi,
    `$1${MASK}`,
  ],
  // Webhooks: who knows the address may write there.
  [/(\bhooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/)[\w/-]+/gi, `$1${MASK}`],
  [/(\bdiscord(?:app)?\.com\/api\/(?:v\d+\/)?webhooks\/\d+\/)[\w-]+/gi, `$1${MASK}`],
  [/(\bwebhook\.office\.com\/webhookb2\/)[\w@%/-]+/gi, `$1${MASK}`],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s:@"']+:[^/\s@"']*@/gi, `$1${MASK}@`],
  // A token alone in the place of the user.
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s:@"']{20,}@/gi, `$1${MASK}@`],
  // Of OpenAI, Anthropic, Stripe, GitHub, GitLab, Slack, npm, Hugging Face; of Google and AWS.
  [/\b(?:sk|pk|rk|gh[oprsu]|github_pat|glpat|xox[abeprs])[-_][A-Za-z0-9_-]{10,}/g, MASK],
  [/\b(?:npm|hf)_[A-Za-z0-9]{30,}/g, MASK],
  [/\b(?:AIza[A-Za-z0-9_-]{30,}|(?:AKIA|ASIA)[A-Z0-9]{16})/g, MASK],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, MASK],
];

/** @returns the text with every known secret and every secret-shaped part masked. */
export function redact(text: string): string {
  let out = text;
  for (const value of known) {
    for (const form of encodings(value))
      if (form.length >= SHORTEST && out.includes(form)) out = out.replaceAll(form, MASK);
  }
  for (const [shape, replacement] of SHAPES) out = out.replace(shape, replacement);
  return out;
}
