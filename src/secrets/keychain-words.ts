import { type Advice, type CodemieError, messageOf, SIGN_IN } from '../system/errors.ts';
import { storeLocked, storeUnavailable } from './errors.ts';

/**
 * `--unlock` does not unlock a running daemon (measured with 42.1), so it must be started this way. `read -s` hides
 * the password.
 */
const START_UNLOCKED =
  'pkill gnome-keyring-d; read -rs P; printf %s "$P" | gnome-keyring-daemon --unlock --components=secrets';

const IN_A_FILE = `${SIGN_IN} --store encrypted-file`;

/** How to unlock the keychain of a platform. Windows' is open whenever the user is signed in. */
export function unlockAdvice(platform: NodeJS.Platform): Advice {
  if (platform === 'darwin') return { fix: 'security unlock-keychain' };
  if (platform === 'win32') return { fix: IN_A_FILE };
  return { fix: START_UNLOCKED, hint: 'On a desktop, just log in once.' };
}

type Explain = (platform: NodeJS.Platform, cause: unknown) => CodemieError;

const locked: Explain = (platform, cause) => storeLocked(unlockAdvice(platform), cause);
const unavailable =
  (why: string, advice: Advice): Explain =>
  (_platform, cause) =>
    storeUnavailable(why, advice, cause);

/**
 * Failures by the words of the keychains: of libsecret and D-Bus, and of macOS and Windows (SecCopyErrorMessageString
 * and FormatMessage), with or without the number. Windows' words are those of its language.
 */
const FAILURES: readonly (readonly [RegExp, Explain])[] = [
  [
    /-128\b|user canceled|prompt.*dismissed|dismissed/i,
    (platform, cause) =>
      storeLocked(unlockAdvice(platform), cause, 'The keychain was not unlocked: its dialog was closed.'),
  ],
  [/-25308|-25315|interaction is (not allowed|required)|-25320|dark wake/i, locked],
  [/-25293|user name or passphrase you entered is not correct|\blocked\b/i, locked],
  [
    /-25291|-25294|-25307|no keychain is available|keychain could not be found/i,
    unavailable('this Mac has no default keychain', { fix: IN_A_FILE }),
  ],
  [
    /\b1312\b|specified logon session does not exist/i,
    unavailable('Windows closes its Credential Manager to services and SSH sessions', { fix: IN_A_FILE }),
  ],
  [
    /d-?bus|autolaunch|session bus/i,
    unavailable('no D-Bus session', { fix: IN_A_FILE, hint: 'Or run this in a desktop session.' }),
  ],
  [
    /org\.freedesktop\.secrets|ServiceUnknown|not provided by any/,
    unavailable('no keyring service is running', { fix: START_UNLOCKED }),
  ],
  // The bus started the daemon automatically, before the first desktop login.
  [
    /Object does not exist at path/,
    (platform, cause) => storeUnavailable('the login keyring is not open', unlockAdvice(platform), cause),
  ],
  // A module in a process of its own is loaded with the first call.
  [/native addon|cannot find (module|package)/i, (_platform, cause) => notLoaded(cause)],
];

/** @returns the error for a call to the keychain that failed. */
export function explainFailure(cause: unknown, platform: NodeJS.Platform): CodemieError {
  const text = messageOf(cause);
  const [, explain] = FAILURES.find(([words]) => words.test(text)) ?? [];
  return (
    explain?.(platform, cause) ??
    storeUnavailable(`it answered "${text.slice(0, 200)}"`, { fix: IN_A_FILE }, cause)
  );
}

/** @returns the error for a keychain module that could not be loaded. */
export function notLoaded(cause: unknown): CodemieError {
  const text = messageOf(cause);
  if (text.startsWith('musl'))
    return storeUnavailable(
      'the keychain module does not run on Alpine Linux (musl)',
      { fix: IN_A_FILE },
      cause,
    );
  if (/libsecret|libglib|libgio|libgobject/.test(text))
    return storeUnavailable(
      'libsecret is not installed',
      {
        fix: 'apt-get install libsecret-1-0 gnome-keyring',
        hint: 'On Fedora and RHEL: dnf install libsecret gnome-keyring. On Arch Linux: pacman -S libsecret gnome-keyring.',
      },
      cause,
    );
  if (/cannot find (module|package)/i.test(text))
    return storeUnavailable(
      'its module is not installed',
      { fix: 'npm install -g codemie --include=optional' },
      cause,
    );
  return storeUnavailable(`its module can't be loaded: ${text.slice(0, 200)}`, { fix: IN_A_FILE }, cause);
}
