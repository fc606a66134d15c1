import { CodemieError, SIGN_IN } from '../system/errors.ts';

const REMEDIES = [
  'Start or unlock a keyring (GNOME Keyring, KWallet, the system keychain) and try again',
  'Keep it in an encrypted file: --store encrypted-file, with a passphrase in CODEMIE_PASSPHRASE',
  'Keep nothing: give a token for one run with --jwt-token-file or CODEMIE_JWT_TOKEN',
];

/** The secret store cannot be used at all: exit 8, with three remedies (S20). */
export function storeUnavailable(why: string, hint: string, cause?: unknown): CodemieError {
  return new CodemieError({
    code: 'STORE_UNAVAILABLE',
    message: `The keychain cannot be used: ${why}.`,
    hint,
    cause,
    remedies: REMEDIES,
  });
}

export function storeLocked(hint: string, cause?: unknown): CodemieError {
  return new CodemieError({
    code: 'STORE_LOCKED',
    message: 'The keychain is locked, so the credential can neither be read nor written.',
    hint,
    cause,
    remedies: REMEDIES,
  });
}

export function storeTimeout(seconds: number): CodemieError {
  return new CodemieError({
    code: 'STORE_TIMEOUT',
    message: `The keychain did not answer within ${seconds} s; it may be waiting for a prompt that nobody sees.`,
    hint: 'Unlock it in a desktop session, or use --store encrypted-file',
    remedies: REMEDIES,
  });
}

/** @returns the error for an unreadable entry. */
export function damaged(where: string, why = 'cannot be read'): CodemieError {
  return new CodemieError({
    code: 'STORE_DAMAGED',
    message: `The credential in ${where} ${why}. It was left as it is.`,
    hint: `Sign in again to replace it: ${SIGN_IN}`,
  });
}

/** @returns the error for an entry written by a later version. */
export function newer(where: string): CodemieError {
  return new CodemieError({
    code: 'STORE_NEWER',
    message: `The credential in ${where} was made by a newer codemie. It was left as it is.`,
    hint: 'npm install -g codemie@latest',
  });
}
