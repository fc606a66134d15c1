import type { EffectiveSettings } from '../config/selection.ts';
import type { Context } from '../context.ts';
import type { Credential } from '../credentials/credential.ts';
import { fixedAccess } from '../credentials/fixed-access.ts';
import type { Identity } from '../credentials/identity.ts';
import type { Origin } from '../net/origin.ts';
import { modelsOf, userOf } from '../platform-api/models.ts';
import type { ErrorCode } from '../system/error-codes.ts';
import { CodemieError, messageOf, SIGN_IN } from '../system/errors.ts';
import { printable } from '../system/printable.ts';
import type { Method, PlatformAnswer } from './request.ts';

/** Errors that say nothing about the credential. The platform may accept it later. */
const MAY_PASS = new Set<ErrorCode>([
  'AUTH_UNCERTAIN',
  'PLATFORM_FAILED',
  'PLATFORM_REJECTED',
  'UNREACHABLE',
  'TLS_UNTRUSTED',
]);

/** Asks the platform who signed in. Best effort: if the platform is down, the sign-in still succeeds. */
export async function askPlatform(
  context: Context,
  origin: Origin,
  credential: Credential,
  selection: Partial<EffectiveSettings>,
): Promise<PlatformAnswer> {
  const access = { ...fixedAccess(origin, credential, selection), sourceName: 'this sign-in' };
  try {
    const user = await userOf(context, access);
    if (user !== undefined) return { user };
    await modelsOf(context, access);
    return {};
  } catch (error) {
    context.signal.throwIfAborted();
    context.log.debug('the platform did not say who signed in', { reason: messageOf(error) });
    if (!(error instanceof CodemieError)) return {};
    // E.g. an invalid proxy setting: no request can be sent until it is fixed.
    if (error.exit === 'config') throw error;
    const isKey = selection.keyProvider !== undefined;
    const silent = MAY_PASS.has(error.code) || (isKey && error.code !== 'AUTH_REFUSED');
    return silent ? { silence: error } : { refusal: error };
  }
}

/** @returns whether a person has this e-mail, or this user id if the platform gives no e-mail. */
export function isPerson({ email, id }: Identity, wanted: string): boolean {
  return (email ?? id ?? '').toLowerCase() === wanted.trim().toLowerCase();
}

/** @throws SIGN_IN_OTHER_PERSON (6) if another person signed in than `wanted`. */
export function requirePerson(origin: Origin, who: Identity, wanted: string | undefined): void {
  if (wanted === undefined || isPerson(who, wanted)) return;
  const other = who.email ?? who.id ?? 'someone else';
  throw new CodemieError({
    code: 'SIGN_IN_OTHER_PERSON',
    message: `${origin} says you are ${printable(other)}, not ${wanted}. Nothing was saved.`,
    fix: SIGN_IN,
    hint: 'Sign out in your browser first.',
  });
}

/** A key is only saved after the provider accepted it once, because nothing else can verify it. */
export function untested(cause: CodemieError): CodemieError {
  return cause.with({
    message: `${cause.message} The key could not be verified, so nothing was saved.`,
    cause,
    remedies: [],
  });
}

/** The credential is saved anyway, because the platform may accept it later. */
export function notVerified({ message }: CodemieError): string {
  return `Saved, but not verified: ${message} Check it later: codemie profile status`;
}

/** You just signed in, so the hint never says to sign in again. It depends on the platform's reason instead. */
export function refusedByPlatform(origin: Origin, method: Method, cause: CodemieError): CodemieError {
  const { code, message } = cause;
  if (!['AUTH_REFUSED', 'AUTH_EXPIRED'].includes(code))
    return cause.with({ message: `${message} Nothing was saved.`, cause });
  if (method === 'api-key') {
    return new CodemieError({
      code,
      message: `${origin} rejected this API key. Nothing was saved.`,
      fix: `${SIGN_IN} --api-key`,
      hint: "Copy the key again from your provider's dashboard.",
      cause,
    });
  }
  return new CodemieError({
    code,
    message: `${message} Nothing was saved.`,
    ...(method === 'token'
      ? { hint: 'Get a token that was issued for this server, and pass it with --with-token.' }
      : { fix: 'codemie doctor', hint: 'Make sure the server trusts this identity provider and client.' }),
    cause,
  });
}
