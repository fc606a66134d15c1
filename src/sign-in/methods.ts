/** Values of `--method`. */
export const METHODS = ['browser', 'device', 'hand-off', 'local'] as const;

/** Grants that exchange a CI job's identity token for a platform token, in the order they are tried. */
export const CI_GRANTS = ['client-assertion', 'jwt-bearer', 'token-exchange'] as const;
export type CiGrant = (typeof CI_GRANTS)[number];
