import { type CommandSpec, JSON_OPTION } from '../spec.ts';
import { DATABASE_OPTIONS } from './database-options.ts';

const WHO = [{ name: 'email', summary: 'e-mail address in any case, or the id of a user' }];
const SQL = { name: 'sql', summary: 'print a script that does the same, and connect to nothing' };

export const MAINTAINER_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['platform', 'maintainer', 'grant'],
    summary: 'Make a user of the platform a maintainer',
    description:
      'A maintainer is an admin who may also manage budgets and give roles to others. With Keycloak, nobody is a maintainer at first. Writes to the platform’s database, in one transaction: both roles, no project limit, and an event in the activity log. The platform notices within 30 seconds.',
    args: WHO,
    options: [...DATABASE_OPTIONS, SQL, JSON_OPTION],
    examples: [
      {
        command: 'codemie platform maintainer grant ada@example.com',
        does: 'make somebody a maintainer, in the database of DATABASE_URL',
      },
      {
        command: 'codemie platform maintainer grant ada@example.com --sql',
        does: 'print the script for a database administrator',
      },
    ],
    load: () => import('./maintainer-change.ts').then(({ grant }) => ({ run: grant })),
  },
  {
    path: ['platform', 'maintainer', 'revoke'],
    summary: 'Take the maintainer role away from a user of the platform',
    description:
      'The user stays an admin, unless you say otherwise. The last active maintainer and the last active admin keep their role.',
    args: WHO,
    options: [
      ...DATABASE_OPTIONS,
      { name: 'admin-too', summary: 'take the admin role away, too; the project limit is 3 again' },
      SQL,
      JSON_OPTION,
    ],
    examples: [
      {
        command: 'codemie platform maintainer revoke ada@example.com',
        does: 'leave somebody an admin',
      },
      {
        command: 'codemie platform maintainer revoke ada@example.com --admin-too',
        does: 'make somebody a regular user',
      },
    ],
    load: () => import('./maintainer-change.ts').then(({ revoke }) => ({ run: revoke })),
  },
  {
    path: ['platform', 'maintainer', 'list'],
    summary: 'List the maintainers of the platform',
    options: [...DATABASE_OPTIONS, SQL, JSON_OPTION],
    examples: [
      { command: 'codemie platform maintainer list', does: 'list them' },
      {
        command: 'codemie platform maintainer list --json | jq -r .maintainers[].email',
        does: 'for a script',
      },
    ],
    load: () => import('./maintainer-list.ts'),
  },
];
