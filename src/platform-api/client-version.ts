/**
 * The value of `X-CodeMie-CLI`. Platforms compare it with a minimum version. They cannot parse a pre-release suffix and answer
 * 426 to it (2.42), so the suffix is removed.
 */
export const CLIENT_VERSION = clientVersion(CODEMIE_VERSION);

export function clientVersion(version: string): string {
  return `codemie-cli/${version.replace(/[-+].*$/, '')}`;
}
