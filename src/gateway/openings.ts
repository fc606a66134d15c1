import { isLoopbackHost } from '../net/origin.ts';
import { usageError } from '../system/errors.ts';

/** Who may use a gateway besides the programs of this computer. Both need the key, and both are empty by default. */
export interface Openings {
  /** Further host names that clients may use for this computer, in lower case, without the port. */
  readonly allowHosts: readonly string[];
  /** Web pages, by their exact origin. */
  readonly allowOrigins: readonly string[];
}

/**
 * @returns the name as it stands in the header `Host`, without the port.
 * @throws USAGE (2) if it is not a plain host name or address.
 */
export function hostIn(text: string): string {
  if (/^([a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\])$/i.test(text)) return text.toLowerCase();
  throw usageError(
    `--allow-host takes a host name such as host.docker.internal, without scheme and port, not "${text.slice(0, 100)}".`,
  );
}

/**
 * @returns the origin as browsers send it.
 * @throws USAGE (2) if it is not the origin of one site, or anyone on the network could change that site's pages.
 */
export function originIn(text: string): string {
  const [, scheme = '', host = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^\s/?#@*\\]+)$/i.exec(text) ?? [];
  const isWeb = /^https?$/i.test(scheme);
  if (host === '' || (isWeb && !URL.canParse(text)))
    throw usageError(
      `--allow-origin takes the origin of one site, such as https://editor.example.com, not "${text.slice(0, 100)}".`,
    );
  if (!isWeb) return text.toLowerCase();
  const { origin, protocol, hostname } = new URL(text);
  if (protocol === 'https:' || isLoopbackHost(hostname)) return origin;
  throw usageError(`--allow-origin needs https:// here: the network can change the pages of ${origin}.`);
}
