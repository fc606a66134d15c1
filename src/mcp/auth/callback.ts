import { type OAuthListener, openOAuthListener } from '../../net/callback/oauth-listener.ts';
import { messageOf } from '../../system/errors.ts';
import { McpError } from '../errors.ts';
import type { McpSettings } from '../settings.ts';
import type { AuthSession } from './session.ts';

/**
 * A later sign-in uses the port the client was registered with; where another program has taken it since, the client is
 * registered once more for another port. A port a person fixed is never replaced.
 *
 * @throws MCP_CALLBACK_PORT.
 */
export async function openCallback(
  session: AuthSession,
  settings: McpSettings,
  state: string,
): Promise<OAuthListener> {
  const { port, host, path } = settings.callback;
  const open = (wanted: number): Promise<OAuthListener> =>
    openOAuthListener({ port: wanted, state, families: host === 'localhost' ? 'both' : 'ipv4', path });
  const registered = session.redirectUri === undefined ? 0 : Number(new URL(session.redirectUri).port);
  if (port === 0 && registered !== 0) {
    const same = await open(registered).catch(() => undefined);
    if (same !== undefined) return same;
  }
  return open(port).catch((error: unknown) => {
    throw new McpError(
      'MCP_CALLBACK_PORT',
      messageOf(error),
      port === 0
        ? 'Reconnect to the server.'
        : `Close the program that uses port ${port}, then reconnect to the server.`,
      error,
    );
  });
}
