import { win32 } from 'node:path';
import type { Context } from '../context.ts';
import { CodemieError } from '../system/errors.ts';
import { findOnPath, isExecutable } from '../system/process/find-program.ts';
import type { StartCommand } from '../system/process/start-command.ts';

/** npm's JavaScript entry point, relative to the folder of its start script. */
const CLI = 'node_modules\\npm\\bin\\npm-cli.js';

/**
 * How to start npm: from PATH, else from this Node's own installation. On Windows, npm is a batch file that looks for
 * its JavaScript; we run that JavaScript directly.
 *
 * @param node full path of the running Node.
 * @throws NPM_MISSING (1).
 */
export function npmCommand(
  context: Pick<Context, 'env' | 'platform'>,
  node: string = process.execPath,
  isProgram: (path: string) => boolean = isExecutable,
): StartCommand {
  const found = findOnPath('npm', context, [], isProgram);
  if (context.platform !== 'win32' || found?.endsWith('.exe')) {
    if (found === undefined) throw missing('it is not on PATH');
    return { program: found, args: [] };
  }
  const folders = [...(found === undefined ? [] : [found]), node].map((path) => win32.dirname(path));
  const cli = folders.map((folder) => win32.join(folder, CLI)).find(isProgram);
  if (cli === undefined) throw missing(`there is no ${CLI} beside npm.cmd or ${node}`);
  return { program: node, args: [cli] };
}

export function missing(why: string, cause?: unknown): CodemieError {
  return new CodemieError({
    code: 'NPM_MISSING',
    message: `Couldn't start npm: ${why}.`,
    hint: 'Install Node.js with npm, or install the agent yourself.',
    cause,
  });
}
