/**
 * The value of `X-CodeMie-CLI`, the same wherever it is sent. Platforms compare it with a minimum, and answer 426 to a
 * pre-release identifier, which they cannot read (2.42).
 */
export const CLIENT_VERSION = clientVersion(CODEMIE_VERSION);

export function clientVersion(version: string): string {
  return `codemie-cli/${version.replace(/[-+].*$/, '')}`;
}
