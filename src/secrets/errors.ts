import { type Advice, CodemieError, SIGN_IN } from '../system/errors.ts';

const REMEDIES = [
  'Start or unlock your keychain (GNOME Keyring, KWallet, macOS Keychain) and try again',
  `Use an encrypted file (you choose a passphrase): ${SIGN_IN} --store encrypted-file`,
  'Store nothing: pass a token with --jwt-token-file or CODEMIE_JWT_TOKEN',
];

/** The secret store cannot be used at all: exit 8, with three remedies (S20). */
export function storeUnavailable(why: string, advice: Advice, cause?: unknown): CodemieError {
  return new CodemieError({
    code: 'STORE_UNAVAILABLE',
    message: `No system keychain is available here (${why}).`,
    ...advice,
    cause,
    remedies: REMEDIES,
  });
}

export function storeLocked(
  advice: Advice,
  cause?: unknown,
  message = 'Your keychain is locked. Unlock it and try again.',
): CodemieError {
  return new CodemieError({
    code: 'STORE_LOCKED',
    message,
    ...advice,
    cause,
    remedies: REMEDIES,
  });
}

export function storeTimeout(seconds: number): CodemieError {
  return new CodemieError({
    code: 'STORE_TIMEOUT',
    message: `The keychain didn't answer within ${seconds} s. It may be waiting for a prompt you can't see.`,
    hint: 'Unlock it in a desktop session.',
    remedies: REMEDIES,
  });
}

/** @returns the error for an unreadable entry. */
export function damaged(where: string, why = "can't be read"): CodemieError {
  return new CodemieError({
    code: 'STORE_DAMAGED',
    message: `The sign-in stored in ${where} ${why} (not changed).`,
    fix: SIGN_IN,
    hint: 'Sign in again to replace it.',
  });
}

/** @returns the error for an entry written by a later version. */
export function newer(where: string): CodemieError {
  return new CodemieError({
    code: 'STORE_NEWER',
    message: `The sign-in stored in ${where} was saved by a newer version of codemie (not changed).`,
    fix: 'npm install -g codemie@latest',
  });
}
