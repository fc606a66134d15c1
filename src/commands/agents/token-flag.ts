import { statSync } from 'node:fs';
import type { LaunchArguments } from '../../agents/arguments.ts';
import type { Context } from '../../context.ts';
import type { TokenFlag } from '../../credentials/find/resolver.ts';
import { CodemieError, messageOf, usageError } from '../../system/errors.ts';
import { Secret } from '../../system/secret.ts';
import { readAll } from '../../terminal/stdin.ts';
import { readTokenFile } from '../../terminal/token-file.ts';

/** Reads the token of `--jwt-token` or `--jwt-token-file`. */
export async function tokenFrom(given: LaunchArguments, context: Context): Promise<TokenFlag | undefined> {
  const { jwtToken, jwtTokenFile } = given;
  if (jwtToken !== undefined && jwtTokenFile !== undefined) {
    throw usageError('--jwt-token and --jwt-token-file exclude each other.', { hint: 'Give one of them.' });
  }
  if (jwtToken === '-') {
    if (context.terminal.isTTY.stdin)
      throw usageError('--jwt-token - reads the token from a pipe, and stdin is a terminal.', {
        hint: 'codemie-claude --jwt-token - … < token-file',
      });
    return { flag: '--jwt-token', value: new Secret(await readAll(context.terminal.stdin, context.signal)) };
  }
  if (jwtToken !== undefined) return { flag: '--jwt-token', value: new Secret(jwtToken) };
  if (jwtTokenFile === undefined) return undefined;
  const again = async (): Promise<Secret> => new Secret(await readTokenFile(jwtTokenFile, context.signal));
  try {
    const value = await again();
    // A pipe can be read once.
    return { flag: '--jwt-token-file', value, ...(statSync(jwtTokenFile).isFile() && { again }) };
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof CodemieError) throw error;
    throw usageError(`Couldn't read the token file ${jwtTokenFile}: ${messageOf(error)}.`, {
      hint: 'Check the path given to --jwt-token-file.',
    });
  }
}
