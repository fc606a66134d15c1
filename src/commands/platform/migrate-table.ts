import { type CommandSpec, JSON_OPTION } from '../spec.ts';
import { PLAN_FILE, PLAN_OPTIONS } from './plan-options.ts';
import { SOURCE_OPTIONS } from './source-options.ts';

export const MIGRATE_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['platform', 'migrate', 'plan'],
    summary: 'Show what an import of users from Keycloak would do',
    description:
      'Reads the users of a realm, from the server or from its export, compares them with the database, and writes the plan to a file that apply takes. Nothing is written to Keycloak or the database. It stops where the import would succeed and still be wrong: where the account sees only some of the users, where Keycloak hides the attributes with the projects, where nobody would be an admin. The account comes from KEYCLOAK_ADMIN_CLIENT_ID and KEYCLOAK_ADMIN_CLIENT_SECRET.',
    options: [
      ...SOURCE_OPTIONS,
      ...PLAN_OPTIONS,
      { name: 'out', value: 'file', summary: 'file for the plan', default: PLAN_FILE },
      { name: 'source-only', summary: 'look at the users alone, without a database' },
      JSON_OPTION,
    ],
    examples: [
      {
        command: 'codemie platform migrate plan --from-file codemie-prod-realm.json',
        does: 'plan an import into the database of DATABASE_URL',
      },
      {
        command:
          'codemie platform migrate plan --source-only --from-keycloak https://keycloak.example.com --realm codemie-prod',
        does: 'see who would be imported, and who would be an admin',
      },
      {
        command: 'codemie platform migrate plan --source-only --from-file codemie-prod-realm.json --json',
        does: 'the same from an export, as JSON',
      },
    ],
    load: () => import('./migrate-plan.ts'),
  },
];
