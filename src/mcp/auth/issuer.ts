/**
 * The one spelling of an issuer that credentials are kept under. Without a path it has two, with a slash at its end and
 * without, and they mean the same (RFC 3986 §6.2.3). With a path each sign counts.
 */
export function issuerKey(issuer: string): string {
  return /^https?:\/\/[^/?#]+$/i.test(issuer) ? `${issuer}/` : issuer;
}

/** @returns whether two issuers are one authorization server. The `iss` of a callback is compared byte for byte instead. */
export function isSameIssuer(one: string, other: string): boolean {
  return issuerKey(one) === issuerKey(other);
}
