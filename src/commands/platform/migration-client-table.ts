import { KEYCLOAK_OPTIONS } from '../keycloak-options.ts';
import type { CommandSpec, OptionSpec } from '../spec.ts';

const NAME: OptionSpec = {
  name: 'client-id',
  value: 'name',
  summary: 'name of the client',
  default: 'codemie-migration-client',
};

const DOCUMENTED: OptionSpec = {
  name: 'documented-roles',
  summary: 'the ten roles, the authorization service and the redirects of the platform’s documentation',
};

const AT = '--server https://keycloak.example.com --realm codemie-prod';

export const MIGRATION_CLIENT_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['platform', 'migration-client', 'print'],
    summary: 'Show the Keycloak client that the import of users needs',
    description:
      'Prints a realm file with the client and the roles of its account, without a secret, and asks no server. "codemie realm apply" takes it.',
    options: [NAME, DOCUMENTED],
    examples: [
      { command: 'codemie platform migration-client print', does: 'see what create would make' },
      {
        command: 'codemie platform migration-client print --documented-roles',
        does: 'see the client of the platform’s documentation',
      },
    ],
    load: () => import('./migration-client-print.ts'),
  },
  {
    path: ['platform', 'migration-client', 'create'],
    summary: 'Create the Keycloak client for the import, and print its secret',
    description:
      'The client may read users, groups and roles, and nothing else. Its secret goes to stdout, or a Kubernetes Secret with it. Run it again for the same client and the same secret. Signs in with KC_BOOTSTRAP_ADMIN_USERNAME and KC_BOOTSTRAP_ADMIN_PASSWORD, or with another client. Delete the client after the import.',
    options: [
      ...KEYCLOAK_OPTIONS,
      NAME,
      DOCUMENTED,
      { name: 'as-secret', summary: 'print a Kubernetes Secret' },
      {
        name: 'secret-name',
        value: 'name',
        summary: 'name of the Secret',
        default: 'codemie-migration-secret',
      },
      { name: 'secret-key', value: 'key', summary: 'key in the Secret', default: 'client_secret' },
      { name: 'namespace', value: 'name', summary: 'namespace of the Secret', default: 'codemie' },
    ],
    examples: [
      { command: `codemie platform migration-client create ${AT}`, does: 'create it and print its secret' },
      {
        command: `codemie platform migration-client create ${AT} --as-secret | kubectl apply -f -`,
        does: 'hand the secret to the cluster',
      },
    ],
    load: () => import('./migration-client-create.ts'),
  },
  {
    path: ['platform', 'migration-client', 'delete'],
    summary: 'Delete the Keycloak client for the import',
    description: 'Deletes only a client that create made. It is no error if there is none.',
    options: [
      ...KEYCLOAK_OPTIONS,
      NAME,
      { name: 'force', summary: 'delete it although codemie did not create it' },
    ],
    examples: [
      { command: `codemie platform migration-client delete ${AT}`, does: 'delete it after the import' },
      {
        command: `codemie platform migration-client delete ${AT} --client-id importer --force`,
        does: 'delete one that was made by hand',
      },
    ],
    load: () => import('./migration-client-delete.ts'),
  },
];
