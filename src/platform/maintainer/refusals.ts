import type { Session } from '../../postgres/session.ts';
import { CodemieError } from '../../system/errors.ts';
import { printable } from '../../system/printable.ts';
import { REFUSALS } from './script.ts';

type Details = Omit<ConstructorParameters<typeof CodemieError>[0], 'cause'>;

/** `{who}` is what the person typed. */
const TEXTS: Readonly<Record<string, Details>> = {
  [REFUSALS.unknown]: {
    code: 'PLATFORM_USER_UNKNOWN',
    message: 'The platform has no user {who}.',
    hint: 'Check the spelling. A user exists after the first sign-in, or after an import.',
  },
  [REFUSALS.deleted]: {
    code: 'PLATFORM_USER_INACTIVE',
    message: 'The user {who} was deleted in the platform. Nothing was changed.',
    hint: 'Name somebody who can sign in.',
  },
  [REFUSALS.inactive]: {
    code: 'PLATFORM_USER_INACTIVE',
    message: 'The user {who} is deactivated. Nothing was changed.',
    hint: 'Name somebody who can sign in.',
  },
  [REFUSALS.lastMaintainer]: {
    code: 'PLATFORM_LAST_HOLDER',
    message: '{who} is the last active maintainer. Nothing was changed.',
    hint: 'Make somebody else a maintainer first.',
  },
  [REFUSALS.lastAdmin]: {
    code: 'PLATFORM_LAST_HOLDER',
    message: '{who} is the last active admin. Nothing was changed.',
    hint: 'Make somebody else a maintainer first. Maintainers are admins.',
  },
};

/** @returns the error for a refusal of the script; undefined if it is something else. */
export function refusalOf(sqlState: string, who: string): CodemieError | undefined {
  const details = TEXTS[sqlState];
  if (details === undefined) return undefined;
  return new CodemieError({ ...details, message: details.message.replace('{who}', () => printable(who)) });
}

export function twins(
  who: string,
  users: readonly { readonly id: string; readonly email: string }[],
): CodemieError {
  return new CodemieError({
    code: 'PLATFORM_USER_TWINS',
    message: `Several users have the e-mail address ${printable(who)}, in different spelling. Nothing was changed.`,
    hint: 'Name one by its id:',
    remedies: users.map(({ id, email }) => `${printable(id)} (${printable(email)})`),
  });
}

export function tooOld({ name }: Session): CodemieError {
  return new CodemieError({
    code: 'PLATFORM_TOO_OLD',
    message: `The platform of the database ${name} has no maintainers. They exist since version 2.23.0.`,
    hint: 'Upgrade the platform first. Its tables change when it starts.',
  });
}
