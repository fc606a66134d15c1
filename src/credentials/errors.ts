import type { KeyProvider } from '../config/providers.ts';
import type { EffectiveSettings } from '../config/selection.ts';
import { option, type SignInPlace, signInAgain } from '../config/sign-in-again.ts';
import { formatSpan } from '../system/duration.ts';
import { CodemieError, SIGN_IN, usageError } from '../system/errors.ts';
import type { AccessFacts } from './access.ts';
import type { Credential } from './credential.ts';
import { DEFAULT_TOKEN_VARIABLE, KEY_VARIABLE } from './find/resolver.ts';
import { isBearer, unusedVariables } from './find/token-source.ts';
import { inspectJwt } from './jwt.ts';

/**
 * @param place for a stored sign-in: how it was obtained, so that the hint can repeat it.
 * @param sourceName the flag or variable of a token that is not stored.
 * @returns the error for a credential that cannot be renewed: exit 4.
 */
export function notRenewable(kind = 'sign-in', place?: SignInPlace, sourceName?: string): CodemieError {
  const token = sourceName === undefined ? 'A token that you supplied' : `The token in ${sourceName}`;
  return new CodemieError({
    code: 'AUTH_NOT_RENEWABLE',
    message: `${kind === 'jwt' ? token : `This kind of sign-in (${kind})`} can't be refreshed.`,
    ...(kind === 'jwt' && place?.authMethod !== 'sso'
      ? { hint: 'Get a new token from your identity provider.' }
      : { fix: place === undefined ? SIGN_IN : signInAgain(place) }),
  });
}

/** @returns the same error for the credential of an access. */
export function notRenewableAt(
  credential: Credential,
  { source, sourceName, selection }: AccessFacts,
): CodemieError {
  return source === 'store'
    ? notRenewable(credential.kind, whereObtained(credential, selection))
    : notRenewable(credential.kind, undefined, sourceName);
}

/** The issuer of tokens for a platform's own accounts. */
export const LOCAL_ISSUER = 'codemie-local';

/** @returns how a stored credential was obtained. A token for one of the platform's own accounts came from signing in there. */
export function whereObtained<Place extends SignInPlace>(credential: Credential, place: Place): Place {
  const isLocal = credential.kind === 'jwt' && inspectJwt(credential.token.reveal()).issuer === LOCAL_ISSUER;
  return isLocal ? { ...place, authMethod: 'sso' } : place;
}

/** @returns whether a renewal failed because this kind of credential cannot be renewed. */
export function isNotRenewable(error: unknown): boolean {
  return error instanceof CodemieError && error.code === 'AUTH_NOT_RENEWABLE';
}

/** @returns the error for a credential that is no longer in its store: exit 4. */
export function signedOut(place?: SignInPlace): CodemieError {
  return new CodemieError({
    code: 'AUTH_MISSING',
    message: "You're signed out: your sign-in is no longer in its store.",
    fix: place === undefined ? SIGN_IN : signInAgain(place),
  });
}

export function expired(credential: Credential, facts: AccessFacts, now: number): CodemieError {
  const since = credential.expiresAt === undefined ? '' : ` ${formatSpan(now - credential.expiresAt)} ago`;
  const given = facts.source !== 'store';
  return new CodemieError({
    code: 'AUTH_EXPIRED',
    message: given ? `The token in ${facts.sourceName} expired${since}.` : `Your session expired${since}.`,
    ...(given
      ? { hint: `Get a new token and pass it with ${facts.sourceName}.` }
      : { fix: signInAgain(whereObtained(credential, facts.selection)) }),
  });
}

export function tokenForProvider(title: string): CodemieError {
  return usageError(`A CodeMie token is never sent to ${title}.`, {
    hint: 'Add --base-url with the CodeMie URL, or leave out the token.',
  });
}

export function notSignedIn(selection: EffectiveSettings): CodemieError {
  const where = selection.origin === undefined ? '' : ` to ${selection.origin}`;
  if (selection.keyProvider !== undefined) return noKey(selection.keyProvider, selection);
  const bearer = isBearer(selection);
  const unused = unusedNote(selection);
  const variable = selection.profile?.jwtConfig?.tokenEnvVar ?? DEFAULT_TOKEN_VARIABLE;
  return new CodemieError({
    code: 'AUTH_MISSING',
    message: bearer
      ? `There is no token${where} (profile "${selection.profileName}"): none in --jwt-token, ${variable} or the credential store.${unused}`
      : `You're not signed in${where} (profile "${selection.profileName}").${unused}`,
    ...(bearer
      ? { hint: `Set ${variable}, or pass the token with --jwt-token-file FILE.` }
      : { fix: signInAgain(selection) }),
  });
}

/** Says that a variable with a credential is set, but does not count here. */
function unusedNote(selection: EffectiveSettings): string {
  const names = unusedVariables(selection);
  if (names.length === 0) return '';
  const why =
    selection.env['CODEMIE_AUTH_METHOD'] === 'sso' && selection.keyProvider === undefined
      ? 'CODEMIE_AUTH_METHOD=sso ignores it'
      : "this profile doesn't use it";
  return ` ${names.join(' and ')} is set, but ${why}.`;
}

export function noKey({ title }: KeyProvider, selection: EffectiveSettings): CodemieError {
  return new CodemieError({
    code: 'AUTH_MISSING',
    message: `There is no API key for ${title}: none in ${KEY_VARIABLE} or the credential store.${unusedNote(selection)}`,
    fix: signInAgain(selection),
  });
}

export function unsupportedProvider(title: string, { profileName }: EffectiveSettings): CodemieError {
  const name = option('profile', profileName);
  return new CodemieError({
    code: 'PROVIDER_UNSUPPORTED',
    message: `Profile "${profileName}" uses ${title}, which codemie doesn't support yet.`,
    fix: 'codemie profile list',
    hint: 'Use another profile.',
    remedies: [
      `If it offers an OpenAI-compatible API: ${SIGN_IN}${name} --api-key --provider openai-compatible --url https://…/v1`,
      'Keep using this profile with the existing CLI; its settings were not changed',
    ],
  });
}

export function noAddress(sourceName: string, provider: KeyProvider | undefined): CodemieError {
  const hint =
    provider === undefined
      ? 'Add --base-url or set CODEMIE_URL.'
      : 'Add --base-url or set CODEMIE_BASE_URL, for example to https://llm.example.com/v1.';
  return new CodemieError({
    code: 'INPUT_REQUIRED',
    message: `The ${provider === undefined ? 'token' : 'key'} (${sourceName}) needs a server URL.`,
    hint,
  });
}
