/** The ways to sign in that a person may force. */
export const METHODS = ['browser', 'device', 'hand-off', 'local'] as const;

/** How the identity token of a CI job becomes a platform token, in the order they are tried. */
export const CI_GRANTS = ['client-assertion', 'jwt-bearer', 'token-exchange'] as const;
export type CiGrant = (typeof CI_GRANTS)[number];
