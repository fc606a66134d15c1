import type { Access } from '../credentials/access.ts';
import { type Credential, isSameCredential } from '../credentials/credential.ts';
import { CodemieError, messageOf } from '../system/errors.ts';
import { inOneLine } from './advice.ts';
import type { Watch } from './forward.ts';

export interface SignInWatch extends Watch {
  /** What was said of a credential that the platform refuses. */
  refusalOf(credential: Credential): string | undefined;
}

/** Remembers how the credential fares, and tells the person once when it has ended, and again only after it was good. */
export function watchFor(tell: ((message: string) => void) | undefined): SignInWatch {
  let told = false;
  let refused: { readonly credential: Credential; readonly message: string } | undefined;
  return {
    good: () => {
      told = false;
      refused = undefined;
    },
    ended: (message, credential) => {
      if (!told) tell?.(message);
      told = true;
      refused = credential === undefined ? undefined : { credential, message };
    },
    refusalOf: (credential) =>
      refused !== undefined && isSameCredential(refused.credential, credential) ? refused.message : undefined,
  };
}

/** What `codemie gateway status` is told. */
export interface SignInState {
  readonly signIn: 'valid' | 'ended' | 'unreachable';
  /** Why requests are refused, and what to run. */
  readonly message?: string;
}

/** Asks for the credential as a request would, which renews one that has expired. */
export async function signInState(access: Access, watch: SignInWatch): Promise<SignInState> {
  try {
    const message = watch.refusalOf(await access.fresh());
    return message === undefined ? { signIn: 'valid' } : { signIn: 'ended', message };
  } catch (error) {
    if (!(error instanceof CodemieError)) return { signIn: 'unreachable', message: messageOf(error) };
    return { signIn: error.exit === 'auth' ? 'ended' : 'unreachable', message: inOneLine(error) };
  }
}
