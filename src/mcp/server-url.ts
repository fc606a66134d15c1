import { requireSecure, webUrl } from '../net/origin.ts';
import { usageError } from '../system/errors.ts';

/**
 * The address of an MCP server, without its fragment.
 *
 * @throws URL_INVALID if it is not a web address or holds a password, URL_INSECURE for plain http to another machine.
 */
export function serverUrl(address: string): URL {
  const url = webUrl(address);
  if (url === undefined) {
    throw usageError(
      'The argument is not the address of an MCP server.',
      { hint: 'For example: https://mcp.example.com/mcp' },
      'URL_INVALID',
    );
  }
  requireSecure(url);
  url.hash = '';
  return url;
}
