import { changeRole, type RoleHolder, type RoleResult } from '../../platform/maintainer/change.ts';
import { type RoleChange, roleFile } from '../../platform/maintainer/script.ts';
import { usageError } from '../../system/errors.ts';
import { printable } from '../../system/printable.ts';
import type { CommandRun } from '../spec.ts';
import { withDatabase } from './database.ts';
import { schemaOf } from './database-options.ts';

/** `codemie platform maintainer grant EMAIL`. */
export const grant: CommandRun = (input, context) => change('grant', input, context);

/** `codemie platform maintainer revoke EMAIL`. */
export const revoke: CommandRun = (input, context) => change('revoke', input, context);

async function change(
  action: RoleChange['action'],
  { args, options }: Parameters<CommandRun>[0],
  context: Parameters<CommandRun>[1],
): Promise<undefined> {
  const who = (args[0] ?? '').trim();
  if (who === '') throw usageError('Name the user: an e-mail address, or an id.');
  const { terminal } = context;
  const wanted: RoleChange = { action, who, adminToo: options.on('admin-too') };
  if (options.on('sql')) {
    terminal.print(roleFile(schemaOf(options), wanted));
    return;
  }
  const result = await withDatabase(options, context, `Changing the roles of ${printable(who)}`, (session) =>
    changeRole(session, schemaOf(options), wanted),
  );
  if (options.on('json')) terminal.print(JSON.stringify({ schemaVersion: 1, ...result }));
  else terminal.print(sentence(result));
}

function sentence({ before, after, changed, logged }: RoleResult): string {
  const who = printable(after.email);
  if (!changed) return `Nothing was changed: ${who} ${roleOf(after)}.`;
  const limit =
    before.projectLimit === after.projectLimit
      ? ''
      : ` Project limit: ${after.projectLimit ?? 'none'} (was ${before.projectLimit ?? 'none'}).`;
  const log = logged ? '' : ' This version of the platform keeps no log of it.';
  return `${who} ${roleOf(after)} now.${limit}${log} The platform notices within 30 seconds.`;
}

function roleOf({ isMaintainer, isAdmin }: RoleHolder): string {
  if (isMaintainer) return 'is a maintainer';
  return isAdmin ? 'is an admin and not a maintainer' : 'is a regular user';
}
