/** The client version the platform requires by default. */
export const MIN_CLIENT_VERSION = '0.0.47';

/**
 * A version as Python reads it (PEP 440). `1.0.0-next.3` and `dev` do not match.
 * Groups: release, kind of pre-release, its number, post-release, development release.
 */
const VERSION =
  /^v?(?:\d+!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|beta|preview|pre|rc|a|b|c)[-_.]?(\d*))?((?:-\d+)|(?:[-_.]?(?:post|rev|r)[-_.]?\d*))?([-_.]?dev[-_.]?\d*)?(?:\+[a-z\d]+(?:[-_.][a-z\d]+)*)?$/i;

/**
 * @param header `X-CodeMie-CLI`: `codemie-cli/1.2.3`, or the version alone.
 * @param minimum empty for none.
 * @returns the error for a client that is too old or whose version cannot be read, or undefined when it is accepted.
 */
export function refusalOf(header: string | undefined, minimum: string): string | undefined {
  const sent = header?.trim() ?? '';
  if (minimum === '' || sent === '') return undefined;
  const version = sent.slice(sent.lastIndexOf('/') + 1);
  const read = parse(version);
  if (read !== undefined && !isBelow(read, parse(minimum) ?? [])) return undefined;
  const named = read === undefined ? sent : version;
  return `Unsupported CodeMie CLI version '${named}'. Please upgrade to CodeMie CLI ${minimum} or higher. Run: npm install -g @codemieai/code`;
}

/** @returns numbers that sort like versions, or undefined. A release sorts after its pre-releases. */
function parse(version: string): readonly number[] | undefined {
  const match = VERSION.exec(version.trim());
  if (match === null) return undefined;
  const [, release = '', pre, , post, dev] = match;
  const numbers = release.split('.').map(Number);
  while (numbers.length < 6) numbers.push(0);
  return [...numbers, pre !== undefined || (dev !== undefined && post === undefined) ? -1 : 0];
}

function isBelow(version: readonly number[], minimum: readonly number[]): boolean {
  for (const [index, part] of version.entries()) {
    const least = minimum[index] ?? 0;
    if (part !== least) return part < least;
  }
  return false;
}
