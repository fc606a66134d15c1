import { mkdirSync, statSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { exportOf } from '../../realm/export.ts';
import { readRealm } from '../../realm/read.ts';
import { counted } from '../../system/counted.ts';
import { usageError } from '../../system/errors.ts';
import { replaceFile } from '../../system/files.ts';
import { requireWorkingFolder } from '../../system/working-folder.ts';
import { withProgress } from '../../terminal/with-progress.ts';
import type { CommandRun } from '../spec.ts';
import { realmAdmin } from './admin.ts';

/** `codemie realm export --out FILE`: the realm as a file, without secrets. */
export const run: CommandRun = async ({ options }, context) => {
  const out = options.text('out');
  if (out === undefined)
    throw usageError('Name the file to write.', { hint: 'For example: --out realm.json' });
  if (!isAbsolute(out)) requireWorkingFolder(context.cwd, 'nothing can be written there');
  const path = resolve(context.cwd, out);
  // Not /dev/stdout: the file is replaced, not written to.
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false)
    throw usageError(`${out} is not a file.`, { hint: 'Name the file to write, such as --out realm.json' });
  const admin = realmAdmin(options, context, []);
  const { terminal } = context;
  const { notCovered, unseen, secrets } = await withProgress(
    terminal,
    `Reading realm ${admin.realm}`,
    async () => {
      const { representation, ...rest } = await readRealm(admin);
      const { text, secrets } = exportOf(representation, /\.ya?ml$/.test(out) ? 'yaml' : 'json');
      mkdirSync(dirname(path), { recursive: true });
      replaceFile(path, text, 0o644);
      return { ...rest, secrets };
    },
    () => `Wrote realm ${admin.realm} to ${out}.`,
  );
  const hidden = unseen.map(({ what, permission }) => ({ what, permission }));
  if (options.on('json')) {
    const report = {
      schemaVersion: 1,
      realm: admin.realm,
      file: out,
      secretsLeftOut: secrets,
      notCovered,
      unseen: hidden,
    };
    terminal.print(JSON.stringify(report));
    return 0;
  }
  if (secrets.length > 0) terminal.say(`Left out ${counted(secrets.length, 'secret')}.`);
  for (const { type, count } of notCovered) terminal.say(`Not covered: ${type} (${count}).`);
  for (const { what, permission } of hidden)
    terminal.say(`Not visible with these credentials: ${what} (needs ${permission}).`);
  return 0;
};
