import { resolve } from 'node:path';
import { type ProjectSettings, readProject, reservedIn } from '../../config/layers/folder.ts';
import { trust } from '../../config/trust.ts';
import type { Context } from '../../context.ts';
import { cancelled, usageError } from '../../system/errors.ts';
import { printable } from '../../system/printable.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie config trust`: shows the settings of a working folder, and applies them after the user agrees. */
export const run: CommandRun = async ({ options, args }, context) => {
  const folder = resolve(context.cwd, args[0] ?? '.');
  const { home, userHome, terminal } = context;
  const project = readProject({ cwd: folder, home, userHome });
  if (project === undefined || reservedIn(project).length === 0)
    throw usageError(`No settings in or above ${folder} need your trust.`, {
      hint: 'To choose a folder: codemie config trust FOLDER',
    });
  terminal.say(`Settings in ${project.folder}:`);
  for (const line of sentences(project)) terminal.say(`  ${line}`);
  terminal.say('Your sign-in and prompts will be sent to this address.');
  if (!options.on('yes') && !(await agreed(context))) throw cancelled();
  await trust(context, project);
  const report = { schemaVersion: 1, folder: project.folder, trusted: true };
  if (options.on('json')) terminal.print(JSON.stringify(report));
  else terminal.say(`Trusted ${project.folder}. You'll be asked again if these settings change.`);
  return 0;
};

async function agreed({ terminal }: Context): Promise<boolean> {
  const prompts = await terminal.prompts();
  return prompts.confirm({ flag: '--yes', message: 'Trust these settings?' });
}

/** Names and values; a possible secret is only named. */
function sentences({ fields, env }: ProjectSettings): readonly string[] {
  const texts = Object.entries(fields).map(
    ([name, value]) => `${name} = ${printable(typeof value === 'string' ? value : JSON.stringify(value))}`,
  );
  const variables = Object.entries(env).map(([name, value]) =>
    /TOKEN|KEY|PASSPHRASE/.test(name) ? `${name} (a secret)` : `${name} = ${printable(value)}`,
  );
  return [...texts, ...variables];
}
