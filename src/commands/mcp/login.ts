import { type KeptSignIn, keptAt, keptFacts, keptId } from '../../mcp/keep/kept.ts';
import { plainAddress } from '../../mcp/log.ts';
import { STORE_LABELS, type StoreName } from '../../secrets/store.ts';
import { formatInstant } from '../../system/duration.ts';
import { usageError } from '../../system/errors.ts';
import { printable } from '../../system/printable.ts';
import type { CommandRun } from '../spec.ts';
import { withConnection } from './connection.ts';
import { forPerson } from './login-errors.ts';

/** `codemie mcp login`: signs in to an MCP server ahead, so that the proxy needs no browser. */
export const run: CommandRun = (input, context) =>
  withConnection(input, context, async (connection) => {
    const { settings } = connection;
    const { url, headers } = settings;
    if ('authorization' in headers)
      throw usageError('With an Authorization header of your own there is no sign-in.', {
        hint: 'Leave out the header, or use it with codemie mcp proxy.',
      });
    const tokenStore =
      (input.options.text('store') as StoreName | undefined) ??
      settings.tokenStore ??
      keptAt(context.home, keptId(url))?.store ??
      'keychain';
    const { signInAhead } = await import('../../mcp/login.ts');
    const kept = await signInAhead({ ...connection, settings: { ...settings, tokenStore } }).catch(
      (error: unknown) => {
        throw forPerson(error, url);
      },
    );
    const { terminal, clock } = context;
    if (input.options.on('json')) terminal.print(JSON.stringify(report(url, kept)));
    else if (kept === undefined) terminal.say(`${url.host} does not ask for a sign-in.`);
    else terminal.success(`Signed in to ${sentence(kept, clock.now())}`);
    return 0;
  });

function report(url: URL, kept: KeptSignIn | undefined): Record<string, unknown> {
  if (kept === undefined) return { schemaVersion: 1, status: 'not-needed', server: plainAddress(url) };
  return { schemaVersion: 1, status: 'signed-in', ...keptFacts(kept) };
}

function sentence({ server, store, expiresAt, isRefreshable }: KeptSignIn, now: number): string {
  const end = isRefreshable || expiresAt === undefined ? '' : `, until ${formatInstant(expiresAt, now)}`;
  return printable(`${server}. The sign-in is stored in ${STORE_LABELS[store]}${end}.`, 1000);
}
