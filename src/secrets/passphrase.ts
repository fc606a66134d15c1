import type { Context } from '../context.ts';
import { CodemieError } from '../system/errors.ts';
import { Secret } from '../system/secret.ts';

/** Fewest characters of a new passphrase, as NIST SP 800-63B §5.1.1 asks of a memorized secret. */
const SHORTEST = 8;
const TRIES = 3;
const FLAG = 'the environment variable CODEMIE_PASSPHRASE';

type Place = Pick<Context, 'env' | 'terminal'>;

/** @returns the passphrase in CODEMIE_PASSPHRASE, if any. */
export function givenPassphrase({ env }: Place): Secret | undefined {
  const given = env['CODEMIE_PASSPHRASE'];
  return given === undefined || given === '' ? undefined : new Secret(given);
}

/** Asks for a passphrase that was chosen before. @throws PASSPHRASE_EMPTY, INPUT_REQUIRED (2). */
export async function askPassphrase({ terminal }: Place): Promise<Secret> {
  const prompts = await terminal.prompts();
  return notEmpty(await prompts.password({ flag: FLAG, message: 'Passphrase for your encrypted sign-in:' }));
}

/**
 * Asks for a new passphrase, twice, because a mistyped one could never be typed again.
 *
 * @throws PASSPHRASE_REFUSED after three tries, PASSPHRASE_EMPTY, INPUT_REQUIRED (2).
 */
export async function choosePassphrase({ terminal }: Place): Promise<Secret> {
  const prompts = await terminal.prompts();
  let why = '';
  for (let tries = 0; tries < TRIES; tries += 1) {
    const first = notEmpty(
      await prompts.password({
        flag: FLAG,
        message: `Choose a passphrase for your encrypted sign-in (at least ${SHORTEST} characters):`,
      }),
    );
    if (isShort(first)) why = `A passphrase needs at least ${SHORTEST} characters.`;
    else {
      const again = await prompts.password({ flag: FLAG, message: 'Type the passphrase again:' });
      if (first.reveal() === again) {
        terminal.say(
          "Remember this passphrase: it can't be recovered. Scripts read it from CODEMIE_PASSPHRASE.",
        );
        return first;
      }
      why = 'The two passphrases differ.';
    }
    terminal.say(why);
  }
  throw new CodemieError({
    code: 'PASSPHRASE_REFUSED',
    message: `No passphrase was chosen. ${why}`,
    hint: 'Try again, or set CODEMIE_PASSPHRASE.',
  });
}

/** Warns of a passphrase in the environment that is too short for a new one. A script cannot be asked for another. */
export function warnIfShort({ terminal }: Place, given: Secret): void {
  if (isShort(given))
    terminal.say(
      `warning: CODEMIE_PASSPHRASE has fewer than ${SHORTEST} characters, so your encrypted sign-in is easy to open`,
    );
}

function isShort(passphrase: Secret): boolean {
  return [...passphrase.reveal()].length < SHORTEST;
}

function notEmpty(typed: string): Secret {
  if (typed !== '') return new Secret(typed);
  throw new CodemieError({
    code: 'PASSPHRASE_EMPTY',
    message: 'The passphrase is empty.',
    hint: 'Set CODEMIE_PASSPHRASE, or type a passphrase when asked.',
  });
}
