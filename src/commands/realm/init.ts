import { isAbsolute, resolve } from 'node:path';
import { writeExample } from '../../realm/example/example.ts';
import { requireWorkingFolder } from '../../system/working-folder.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie realm init DIR`: writes the example realm, and never over a file that is there. */
export const run: CommandRun = async ({ args }, { cwd, terminal }) => {
  const folder = args[0] || '.';
  if (!isAbsolute(folder)) requireWorkingFolder(cwd, 'nothing can be written there');
  const written = writeExample(resolve(cwd, folder));
  for (const path of written) terminal.print(path);
  terminal.success(`Wrote the example realm to ${folder}.`);
  terminal.say(`Next: ${folder === '.' ? '' : `cd ${folder} && `}codemie realm render --stage dev`);
  return 0;
};
