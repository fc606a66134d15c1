import { type SettingsPlace, settingsOf } from '../../config/effective.ts';
import type { EffectiveSettings, SettingsRequest } from '../../config/selection.ts';
import { STORE_LABELS, STORE_NAMES } from '../../secrets/store.ts';
import type { Env } from '../../system/env.ts';
import { type Advice, CodemieError } from '../../system/errors.ts';
import { Secret } from '../../system/secret.ts';
import type { AccessFacts } from '../access.ts';
import type { Identity } from '../identity.ts';
import { readToken } from './jwt-credential.ts';
import { SUBJECTS } from './looks-like.ts';
import { variablesOf } from './token-source.ts';

/** Where a credential comes from, and what it takes precedence over. */
export type Where = Pick<AccessFacts, 'source' | 'sourceName' | 'shadowed' | 'stopUsing'>;

/**
 * How to stop using a variable. One that comes from the folder's `.env` stays when you unset the shell's.
 *
 * @param own the shell's own variables.
 */
export function stopUsing(name: string, own: Env): Advice {
  return own[name] === undefined
    ? { hint: `Remove ${name} from the .env file of this folder.` }
    : { fix: `unset ${name}` };
}

function howToStop({ fix, hint }: Advice): string | undefined {
  return fix === undefined ? hint : `To stop using it: ${fix}`;
}

/** Errors about the credential itself, not about the server. */
const ABOUT_CREDENTIAL = new Set([
  'AUTH_MALFORMED',
  'AUTH_NOT_YET_VALID',
  'AUTH_EXPIRED',
  'AUTH_REFUSED',
  'AUTH_UNCERTAIN',
  'AUTH_SIGNATURE',
  'AUTH_NOT_RENEWABLE',
]);
/** An error that names the source already begins with `The token in NAME`. */
const SUBJECT = new RegExp(`^(?:${Object.values(SUBJECTS).join('|')})(?= (?!in ))`);

/**
 * Names the flag or variable in an error about its credential. If it overrides another credential, the error says so, and how
 * to use that one instead, because signing in again would not help.
 */
export function namingSource<E>(error: E, where: Where): E | CodemieError {
  const { source, sourceName, shadowed } = where;
  if (!(error instanceof CodemieError) || source === 'store' || !ABOUT_CREDENTIAL.has(error.code))
    return error;
  const message = error.message.replace(
    SUBJECT,
    sourceName === 'stdin' ? 'The text on stdin' : `The value of ${sourceName}`,
  );
  const hides = overridden(shadowed);
  if (hides === undefined || message.includes(' overrides ')) return error.with({ message });
  const { hint } = error;
  const leaveOut = sourceName.startsWith('--') ? `Or leave out ${sourceName}.` : undefined;
  const wayOut =
    source === 'flag'
      ? { hint: [hint, leaveOut].filter((text) => text !== undefined).join(' ') || undefined }
      : { hint, ...where.stopUsing };
  return error.with({ message: `${message} It overrides ${hides}.`, ...wayOut });
}

/** For a secret that was piped to a sign-in. */
export const FROM_STDIN: Where = { source: 'flag', sourceName: 'stdin', shadowed: [] };

/** @returns a warning that a variable overrides another credential, and whose credential it holds. */
export function overrideWarning(
  { source, sourceName, shadowed, stopUsing: stop = {} }: Where,
  owner: Identity,
): string | undefined {
  const hides = overridden(shadowed);
  // You typed a flag for this one command.
  if (source !== 'env' || hides === undefined) return undefined;
  return `${sourceName} overrides ${hides}, so commands run ${asOwner(owner)}. ${howToStop(stop)}`;
}

function overridden(shadowed: readonly string[]): string | undefined {
  const names = shadowed.map((name) => {
    const store = STORE_NAMES.find((known) => known === name);
    return store === undefined ? name : `your sign-in in ${STORE_LABELS[store]}`;
  });
  return names.length === 0 ? undefined : names.join(' and ');
}

function asOwner({ email, name, id }: Identity): string {
  // An API key has no owner, only a fingerprint.
  if (id?.startsWith('key-') === true) return 'with its key';
  return `as ${email ?? name ?? id ?? 'the person it was issued to'}`;
}

/**
 * Looks for a variable that takes precedence over a profile's sign-in. Sign-in and sign-out call this when they are done, so
 * it ignores settings that it cannot read.
 *
 * @param does what the variable does, e.g. `overrides your sign-in`.
 * @returns a sentence about the variable, the person its token is for and the command that ends this; undefined if no such
 *   variable is set.
 */
export function variableInForce(
  place: SettingsPlace,
  wanted: SettingsRequest,
  does: string,
): string | undefined {
  const selection = settingsIfUsable(place, wanted);
  if (selection === undefined) return undefined;
  const { env, keyProvider } = selection;
  const name = variablesOf(selection).find((variable) => (env[variable] ?? '').trim() !== '');
  if (name === undefined) return undefined;
  const whose = keyProvider === undefined ? ownerOf(env[name] ?? '') : 'with its key';
  return `${name} ${does}, so commands run ${whose}. ${howToStop(stopUsing(name, place.env))}`;
}

function settingsIfUsable(place: SettingsPlace, wanted: SettingsRequest): EffectiveSettings | undefined {
  try {
    return settingsOf(place, wanted);
  } catch {
    return undefined;
  }
}

function ownerOf(text: string): string {
  try {
    return asOwner(readToken(new Secret(text)).facts.identity);
  } catch {
    return 'with its value, which is not a valid token';
  }
}
