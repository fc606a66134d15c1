import { option } from '../../config/sign-in-again.ts';
import type { Ended } from '../../credentials/lifecycle/sign-out.ts';

/** What happens at the server when a credential is removed here and not revoked there. */
const STAYS: Readonly<Record<NonNullable<Ended['kind']>, string>> = {
  jwt: 'The token itself stays valid until it expires.',
  'api-key': 'The key itself stays valid until you revoke it at its provider.',
  session: 'A copy of the session may stay valid on the server until it expires.',
  oidc: "The server can't end the session, which stays valid until it expires.",
};

/**
 * @param asked the profiles that you named.
 * @returns what a sign-out ended: one line for each credential, and one for each profile that it affects besides.
 */
export function signedOutText(
  { profiles, kind, revoked, sameAccount }: Ended,
  asked: readonly string[],
): readonly string[] {
  const others = profiles.filter((name) => !asked.includes(name));
  return [
    `Signed out of ${quoted(profiles.filter((name) => asked.includes(name)))}${consequence(kind, revoked)}`,
    ...(others.length === 0
      ? []
      : [
          `${quoted(others)} used the same ${kind === 'api-key' ? 'key' : 'sign-in'} and ${others.length === 1 ? 'is' : 'are'} signed out too.`,
        ]),
    ...(revoked === 'yes' ? sameAccount : []).map(
      (name) =>
        `${quoted([name])} has another sign-in of this account, which may have ended too. Check it: codemie profile status${option('profile', name)}`,
    ),
  ];
}

function consequence(kind: Ended['kind'], revoked: Ended['revoked']): string {
  if (revoked === 'yes') return ' and ended the session on the server.';
  if (revoked === 'no' && kind === undefined)
    return ' here, but the stored sign-in could not be read: its session stays valid on the server until it expires.';
  if (revoked === 'no')
    return " here, but the server couldn't be reached: the session stays valid there until it expires.";
  return kind === undefined
    ? '. Its sign-in was already removed from this computer.'
    : `. Removed from this computer. ${STAYS[kind]}`;
}

export function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
