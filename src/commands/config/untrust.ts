import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { readProject } from '../../config/layers/folder.ts';
import { distrust } from '../../config/trust.ts';
import { usageError } from '../../system/errors.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie config untrust`: stops trusting a folder's settings. */
export const run: CommandRun = async ({ options, args }, context) => {
  const { cwd, home, userHome, terminal } = context;
  const given = resolve(cwd, args[0] ?? '.');
  if (!existsSync(given))
    throw usageError(`There is no folder ${given}.`, {
      hint: 'To choose a folder: codemie config untrust FOLDER',
    });
  const folder = readProject({ cwd: given, home, userHome })?.folder ?? given;
  const was = await distrust(context, folder);
  if (options.on('json'))
    terminal.print(JSON.stringify({ schemaVersion: 1, folder, trusted: false, changed: was }));
  else terminal.say(was ? `Stopped trusting ${folder}.` : `${folder} wasn't trusted.`);
  return 0;
};
