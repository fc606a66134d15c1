import type { KeyProvider } from '../config/providers.ts';
import type { EffectiveSettings } from '../config/selection.ts';
import { option, type SignInPlace, signInAgain } from '../config/sign-in-again.ts';
import { CodemieError, SIGN_IN, usageError } from '../system/errors.ts';
import type { AccessFacts } from './access.ts';
import type { Credential } from './credential.ts';
import { DEFAULT_TOKEN_VARIABLE, KEY_VARIABLE } from './find/resolver.ts';
import { isBearer } from './find/token-source.ts';
import { inspectJwt } from './jwt.ts';

/**
 * @param place for a stored sign-in: how it was obtained, so that the hint can repeat it.
 * @returns the error for a credential that cannot be renewed: exit 4.
 */
export function notRenewable(kind = 'sign-in', place?: SignInPlace): CodemieError {
  return new CodemieError({
    code: 'AUTH_NOT_RENEWABLE',
    message: `This kind of credential (${kind}) cannot be renewed from here.`,
    hint:
      kind === 'jwt' && place?.authMethod !== 'sso'
        ? 'Get a new token from your identity provider.'
        : place === undefined
          ? SIGN_IN
          : signInAgain(place),
  });
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
    message: 'You are signed out: the credential is no longer in its store.',
    hint: place === undefined ? SIGN_IN : signInAgain(place),
  });
}

export function expired(credential: Credential, facts: AccessFacts): CodemieError {
  const since =
    credential.expiresAt === undefined ? '' : ` on ${new Date(credential.expiresAt).toISOString()}`;
  const given = facts.source !== 'store';
  return new CodemieError({
    code: 'AUTH_EXPIRED',
    message: `The ${given ? 'token' : 'credential'} from ${facts.sourceName} expired${since}.`,
    hint: given
      ? `Get a new token and pass it with ${facts.sourceName}`
      : signInAgain(whereObtained(credential, facts.selection)),
  });
}

export function tokenForProvider(title: string): CodemieError {
  return usageError(
    `A platform's token is not sent to ${title}.`,
    'Name the platform with --base-url https://your-codemie-instance.com, or leave the token out',
  );
}

export function notSignedIn(selection: EffectiveSettings): CodemieError {
  const where = selection.origin === undefined ? '' : ` to ${selection.origin}`;
  if (selection.keyProvider !== undefined) return noKey(selection.keyProvider, selection);
  const bearer = isBearer(selection);
  const variable = selection.profile?.jwtConfig?.tokenEnvVar ?? DEFAULT_TOKEN_VARIABLE;
  return new CodemieError({
    code: 'AUTH_MISSING',
    message: bearer
      ? `No token was given${where} (profile ${selection.profileName}): neither --jwt-token, nor ${variable}, nor the secret store holds one.`
      : `Nobody is signed in${where} (profile ${selection.profileName}).`,
    hint: bearer ? `export ${variable}="<token>", or pass --jwt-token-file FILE` : signInAgain(selection),
  });
}

export function noKey({ title }: KeyProvider, selection: EffectiveSettings): CodemieError {
  return new CodemieError({
    code: 'AUTH_MISSING',
    message: `There is no API key for ${title}: neither ${KEY_VARIABLE} nor the secret store holds one.`,
    hint: signInAgain(selection),
  });
}

export function unsupportedProvider(title: string, { profileName }: EffectiveSettings): CodemieError {
  const name = option('profile', profileName);
  return new CodemieError({
    code: 'PROVIDER_UNSUPPORTED',
    message: `Profile "${profileName}" uses ${title}, which codemie does not support yet.`,
    hint: 'Use another profile: codemie profile list',
    remedies: [
      `When it speaks OpenAI's API somewhere: ${SIGN_IN}${name} --api-key --provider openai-compatible --url https://…/v1`,
      'Go on using this profile with the existing CLI; its settings were not changed',
    ],
  });
}

export function noAddress(sourceName: string, provider: KeyProvider | undefined): CodemieError {
  const [what, hint] =
    provider === undefined
      ? ['token', 'Give it with --base-url https://your-codemie-instance.com, or CODEMIE_URL']
      : ['key', 'Give it with --base-url https://llm.example.com/v1, or CODEMIE_BASE_URL'];
  return new CodemieError({
    code: 'INPUT_REQUIRED',
    message: `There is a ${what} (${sourceName}) but no address to use it at.`,
    hint,
  });
}
