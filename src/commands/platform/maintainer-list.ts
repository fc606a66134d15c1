import { type Maintainer, maintainersOf } from '../../platform/maintainer/change.ts';
import { listScript } from '../../platform/maintainer/script.ts';
import { printable } from '../../system/printable.ts';
import type { CommandRun } from '../spec.ts';
import { withDatabase } from './database.ts';
import { schemaOf } from './database-options.ts';

/** `codemie platform maintainer list`. */
export const run: CommandRun = async ({ options }, context) => {
  const { terminal } = context;
  const schema = schemaOf(options);
  if (options.on('sql')) {
    terminal.print(`${listScript(schema)};`);
    return 0;
  }
  const maintainers = await withDatabase(options, context, 'Reading the maintainers', (session) =>
    maintainersOf(session, schema),
  );
  if (options.on('json')) terminal.print(JSON.stringify({ schemaVersion: 1, maintainers }));
  else if (maintainers.length === 0)
    terminal.say('Nobody is a maintainer. To make somebody one: codemie platform maintainer grant EMAIL');
  else terminal.print(maintainers.map(line).join('\n'));
  return 0;
};

function line({ id, email, name, isActive, isAdmin, lastLoginAt }: Maintainer): string {
  const notes = [
    ...(isActive ? [] : ['deactivated']),
    ...(isAdmin ? [] : ['not an admin']),
    lastLoginAt === null ? 'never signed in' : `last signed in ${lastLoginAt.slice(0, 10)}`,
  ];
  return [printable(email), printable(name ?? ''), id, notes.join(', ')]
    .filter((part) => part !== '')
    .join('  ');
}
