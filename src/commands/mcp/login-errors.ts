import { shellWord } from '../../config/sign-in-again.ts';
import { McpError } from '../../mcp/errors.ts';
import { CodemieError, SIGN_IN } from '../../system/errors.ts';

/** What an agent's user is told to do, which is nothing that a person at a terminal can do. */
const RECONNECT = /^Reconnect[^.]*\.\s*/;

/** @returns a failure of a sign-in at an MCP server, with the command that tries it again. */
export function forPerson(error: unknown, server: URL): unknown {
  const again = `codemie mcp login ${shellWord(server.href)}`;
  if (error instanceof McpError) {
    const { code, message, hint, cause } = error;
    const rest = hint.replace(RECONNECT, '');
    return new CodemieError({
      ...{ code, message, cause },
      ...(rest === hint ? {} : { fix: again }),
      ...(rest === '' ? {} : { hint: rest }),
    });
  }
  if (!(error instanceof CodemieError) || error.exit !== 'store') return error;
  const file = `${again} --store encrypted-file`;
  return error.with({
    fix: error.fix?.startsWith(SIGN_IN) === true ? file : error.fix,
    remedies: [
      'Start or unlock your keychain (GNOME Keyring, KWallet, macOS Keychain) and try again',
      `Use an encrypted file (you choose a passphrase): ${file}`,
    ],
  });
}
