import { CodemieError, SIGN_IN } from '../../system/errors.ts';
import { objectIn } from '../../system/json.ts';

/** What a text is instead of a credential. */
export interface Mistake {
  /** The end of a sentence that begins with the source of the text, e.g. `is the word "null"`. */
  readonly what: string;
  readonly hint: string;
}

export type Noun = 'token' | 'key';

/** Looks at no more characters than this. */
const LONGEST = 65_536;

interface Form {
  /** Only tokens have a form that tells them from this; a key may look like it. */
  readonly only?: Noun;
  readonly find: (text: string, noun: Noun) => Mistake | undefined;
}

const JWT = /^[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]+$/;

/** Variables and secrets of shells, CI systems, Helm and secret managers, as they look before they are replaced. */
const PLACEHOLDERS = [
  /^\$\{.*\}$/s,
  /^\$[A-Za-z_]\w*$/,
  /^\$\(.*\)$/s,
  /^`.*`$/s,
  /^\$env:\w+$/i,
  /^%\w+%$/,
  /^#\{.*\}#?$/s,
  /^\{\{.*\}\}$/s,
  /^<[^<>]{1,200}>$/,
  /^\[\[.*\]\]$/s,
  /^__\w+__$/,
  /^@\S+@$/,
  /^(?:op|vault|awssm|gcpsm|ref\+\w+|secretref|keyvault):\S+$/i,
  /^@Microsoft\.KeyVault\(.*\)$/i,
  /^(?:your|my|put|insert|paste|enter|add)[-_ ].*\b(?:token|jwt|key|here)$/i,
  /^(?:change[-_ ]?me|todo|placeholder|example|dummy)$/i,
];

/** The fields of a token response that hold what a platform accepts, best first. */
const TOKEN_FIELDS = ['access_token', 'accessToken', 'token', 'jwt', 'id_token', 'idToken', 'value'];
const KEY_FIELDS = ['api_key', 'apiKey', 'key', 'token', 'value'];

/** The forms that people and pipelines pass by mistake. The first match counts. */
const FORMS: readonly Form[] = [
  {
    find: (text, noun) =>
      /^(?:null|undefined|none|nil|nan|false|true|\(null\)|<no value>|<nil>|<none>)$/i.test(text)
        ? {
            // The redactor would mask a longer word.
            what: `is ${text.length < 8 ? `the word "${text}"` : 'a word for "no value"'}, not a ${noun}`,
            hint: `The variable, secret or command that the ${noun} comes from has no value. Set it there first.`,
          }
        : undefined,
  },
  {
    find: (text, noun) =>
      /^[*•●]+$|\*{3,}|•{3,}/.test(text) ||
      /^[[(<]?(?:masked|redacted|hidden|filtered|secret)[\])>]?$/i.test(text) ||
      /^x{4,}$/i.test(text)
        ? {
            what: `is masked, as logs show secrets, and is not the ${noun} itself`,
            hint: `Copy the ${noun} from where it was issued, not from a log or a settings page.`,
          }
        : undefined,
  },
  {
    find: (text, noun) =>
      PLACEHOLDERS.some((form) => form.test(text))
        ? {
            what: `is a placeholder that nothing replaced with a ${noun}`,
            hint: 'Make sure that the secret exists and is available to this job, and that its name is spelled correctly.',
          }
        : undefined,
  },
  { find: jsonForm },
  {
    find: (text, noun) =>
      /^<(?:!doctype|html|\?xml|head|body)\b/i.test(text)
        ? {
            what: `is a web page, not a ${noun}`,
            hint: `The command that gets the ${noun} was probably answered with a sign-in or error page.`,
          }
        : undefined,
  },
  {
    find: (text, noun) =>
      /^-----BEGIN /.test(text)
        ? { what: `is a key or certificate in PEM format, not a ${noun}`, hint: `Pass the ${noun} instead.` }
        : undefined,
  },
  {
    find: (text, noun) =>
      /^(?:https?|file):\/\//i.test(text)
        ? { what: `is a URL, not a ${noun}`, hint: `Pass the ${noun} itself.` }
        : undefined,
  },
  {
    find: (text, noun) =>
      /^@?(?:~|\.{1,2}|[A-Za-z]:)?[\\/][\w.\\/ -]+$/.test(text) ||
      /^@?[\w-]+\.(?:txt|jwt|token|json)$/i.test(text)
        ? {
            what: `is the name of a file, not a ${noun}`,
            hint:
              noun === 'token'
                ? 'Pass the file with --jwt-token-file FILE.'
                : 'Pass the content of the file instead.',
          }
        : undefined,
  },
  {
    find: (text, noun) =>
      /^(?:(?:export|set|env)\s+|\$env:)?[A-Za-z_]\w*\s?=\s?["']?\S{8,}/.test(text)
        ? {
            what: `is an assignment (NAME=…), not the ${noun} alone`,
            hint: 'Pass only what stands after the equals sign.',
          }
        : undefined,
  },
  {
    find: (text, noun) =>
      /^(?:basic|digest|negotiate|dpop)\s/i.test(text)
        ? {
            what: `begins with the scheme "${text.split(/\s/, 1)[0]}", which CodeMie does not accept`,
            hint: `Pass the ${noun} alone.`,
          }
        : undefined,
  },
  { find: linesForm },
  {
    find: (text, noun) =>
      /(?:\.{3}|…)$/.test(text)
        ? { what: `was cut off (it ends in "…")`, hint: `Copy the whole ${noun}.` }
        : undefined,
  },
  {
    only: 'token',
    find: (text) =>
      JWT.test(Buffer.from(text, 'base64').toString('latin1').trim())
        ? {
            what: 'is a token that was encoded with base64 once more',
            hint: 'Decode it first, for example with base64 -d. Kubernetes shows secrets in this form.',
          }
        : undefined,
  },
  {
    only: 'token',
    find: (text) =>
      /^(?:sk-|sk_|pk_|AIza|gh[opsur]_|github_pat_|glpat-|xox[abp]-)/.test(text)
        ? {
            what: 'is an API key or a personal access token, not a CodeMie token',
            hint: `To use the API key of a model provider: ${SIGN_IN} --api-key.`,
          }
        : undefined,
  },
  { find: charactersForm },
];

/**
 * Recognizes what people pass by mistake in place of a credential. The answer never contains a part of the text that could
 * be secret.
 *
 * @param text without surrounding white space and quotes.
 */
export function mistakeIn(text: string, noun: Noun): Mistake | undefined {
  const start = text.slice(0, LONGEST);
  for (const { only, find } of FORMS) {
    const found = only === undefined || only === noun ? find(start, noun) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @throws AUTH_MALFORMED (4) if the text is something else than a credential. */
export function refuseMistake(text: string, noun: Noun): void {
  const mistake = mistakeIn(text, noun);
  if (mistake === undefined) return;
  const { what, hint } = mistake;
  throw new CodemieError({ code: 'AUTH_MALFORMED', message: `${SUBJECTS[noun]} ${what}.`, hint });
}

/** How messages begin that are about a credential. `namingSource` replaces it with the source. */
export const SUBJECTS: Readonly<Record<Noun, string>> = { token: 'The token', key: 'The API key' };

function jsonForm(text: string, noun: Noun): Mistake | undefined {
  if (!/^[{[]/.test(text)) return undefined;
  const value = objectIn(text);
  const field = value === undefined ? undefined : fieldOf(value, noun);
  if (field !== undefined)
    return {
      what: `is a whole JSON response, not the ${noun} alone`,
      hint: `Pass only the value of its "${field}" field, for example with jq -r .${field}.`,
    };
  const error = value?.['error'];
  const said = typeof error === 'string' && /^[a-z_]{1,60}$/.test(error) ? ` ("${error}")` : '';
  return error === undefined
    ? { what: `is JSON, not a ${noun}`, hint: `Pass only the ${noun}, without anything around it.` }
    : {
        what: `is an error response${said}, not a ${noun}`,
        hint: `The request for the ${noun} failed. Fix that first.`,
      };
}

/** @returns the path of the field that holds the credential, e.g. `access_token` or `data.token`. */
function fieldOf(value: Readonly<Record<string, unknown>>, noun: Noun): string | undefined {
  const names = noun === 'token' ? TOKEN_FIELDS : KEY_FIELDS;
  const own = names.find((name) => typeof value[name] === 'string' && value[name] !== '');
  if (own !== undefined) return own;
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner !== 'object' || inner === null || !/^\w{1,40}$/.test(name)) continue;
    const nested = names.find((field) => typeof (inner as Record<string, unknown>)[field] === 'string');
    if (nested !== undefined) return `${name}.${nested}`;
  }
  return undefined;
}

function linesForm(text: string, noun: Noun): Mistake | undefined {
  const lines = text.split(/\r\n|\r|\n|\\r\\n|\\n/).map((line) => line.trim());
  if (lines.length === 1) return undefined;
  const full = lines.filter((line) => line !== '');
  if (full.length > 1 && full.every((line) => JWT.test(line)))
    return { what: `contains ${full.length} ${noun}s`, hint: `Pass one ${noun}.` };
  return {
    what: `contains line breaks (${lines.length} lines), so it is not the ${noun} alone`,
    hint: `If the ${noun} was wrapped, join its lines: tr -d '\\r\\n'. Otherwise pass only the ${noun}.`,
  };
}

/** No token (RFC 6750 §2.1) and no key contains anything but visible ASCII characters. */
function charactersForm(text: string, noun: Noun): Mistake | undefined {
  const found = /[^\x21-\x7e]/u.exec(text)?.[0];
  if (found === undefined) return undefined;
  const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const name = found === ' ' ? 'a space' : found === '\0' ? 'a NUL character' : `the character U+${code}`;
  return {
    what: `contains ${name}, which no ${noun} has`,
    hint: `Copy the ${noun} again, without anything around it.`,
  };
}
