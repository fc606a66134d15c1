import { shellWord } from '../../config/sign-in-again.ts';
import { exitCode } from '../../system/exit-codes.ts';
import { forShell, shellOf } from '../../system/shell.ts';
import { redactedJson } from '../../terminal/redacted-json.ts';
import type { CommandRun } from '../spec.ts';
import { withConnection } from './connection.ts';
import { remembered } from './proxy-entry.ts';

/** `codemie mcp check`: exit 0, 4 (sign in first), 5 (unreachable), 6 (refused by the destination guard), 8 (store) or 1. */
export const run: CommandRun = (input, context) =>
  withConnection(input, context, async (connection) => {
    const { checkServer } = await import('../../mcp/check/check.ts');
    const { checkFacts, checkText } = await import('../../mcp/check/report.ts');
    const { terminal } = context;
    const { options } = input;
    const { url } = connection.settings;
    const words = [url.href, ...remembered(options, context)].map(shellWord);
    // A query may hold a secret, and support reads this.
    const command = forShell(
      ['codemie mcp login', ...words].join(' '),
      shellOf(context.platform, context.env),
    );
    const login = url.search === '' ? [command] : [];
    const checked = await checkServer({ ...connection, login });
    if (options.on('json')) terminal.print(redactedJson(checkFacts(url, checked)));
    else terminal.print(checkText(url, checked, await terminal.colors('stdout')));
    return exitCode(checked.exit);
  });
