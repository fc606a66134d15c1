import type { Access } from '../credentials/access.ts';
import { type Credential, isSameCredential } from '../credentials/credential.ts';
import { CodemieError, messageOf } from '../system/errors.ts';
import { inOneLine, isReplaced, REPLACED } from './advice.ts';
import type { Watch } from './forward.ts';

export interface SignInWatch extends Watch {
  /** The message for a credential that the platform refuses. */
  refusalOf(credential: Credential): string | undefined;
}

/**
 * Remembers whether the credential is accepted. Notifies the user once when it is refused, and again only after it
 * was accepted in between.
 */
export function watchFor(tell: ((message: string) => void) | undefined, back?: () => void): SignInWatch {
  let hasNotified = false;
  let refused: { readonly credential: Credential; readonly message: string } | undefined;
  return {
    good: () => {
      if (hasNotified) back?.();
      hasNotified = false;
      refused = undefined;
    },
    ended: (message, credential) => {
      if (!hasNotified) tell?.(message);
      hasNotified = true;
      refused = credential === undefined ? undefined : { credential, message };
    },
    refusalOf: (credential) =>
      refused !== undefined && isSameCredential(refused.credential, credential) ? refused.message : undefined,
  };
}

/** The response for `codemie gateway status`. */
export interface SignInState {
  readonly signIn: 'valid' | 'ended' | 'unreachable';
  /** Why requests are refused, and what to run. */
  readonly message?: string;
}

/** Fetches the credential as a request would, which refreshes an expired one. */
export async function signInState(access: Access, watch: SignInWatch): Promise<SignInState> {
  try {
    const message = watch.refusalOf(await access.fresh());
    return message === undefined ? { signIn: 'valid' } : { signIn: 'ended', message };
  } catch (error) {
    if (isReplaced(error)) return { signIn: 'unreachable', message: REPLACED };
    if (!(error instanceof CodemieError)) return { signIn: 'unreachable', message: messageOf(error) };
    return { signIn: error.exit === 'auth' ? 'ended' : 'unreachable', message: inOneLine(error) };
  }
}
