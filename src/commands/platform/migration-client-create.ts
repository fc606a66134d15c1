import { connectKeycloak } from '../../keycloak/connect.ts';
import { DEFAULT_CLIENT_ID, DEFAULT_SECRET } from '../../platform/import-settings.ts';
import { createClient } from '../../platform/migration-client/create.ts';
import { secretManifest } from '../../platform/migration-client/secret-manifest.ts';
import { withProgress } from '../../terminal/with-progress.ts';
import { keycloakSettings } from '../keycloak-connection.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie platform migration-client create`: the client, and its secret on stdout. */
export const run: CommandRun = async ({ options }, context) => {
  const { terminal } = context;
  const clientId = options.text('client-id') ?? DEFAULT_CLIENT_ID;
  const admin = connectKeycloak(context, keycloakSettings(options, context.env));
  const { secret } = await withProgress(
    terminal,
    `Creating client ${clientId} in realm ${admin.realm}`,
    () => createClient(admin, { clientId, isDocumented: options.on('documented-roles') }),
    ({ isNew, roles }) =>
      `${isNew ? 'Created' : 'Kept'} client ${clientId} with the roles ${roles.join(', ')}.`,
  );
  const place = {
    name: options.text('secret-name') ?? DEFAULT_SECRET.name,
    key: options.text('secret-key') ?? DEFAULT_SECRET.key,
    namespace: options.text('namespace') ?? DEFAULT_SECRET.namespace,
  };
  terminal.print(options.on('as-secret') ? secretManifest(place, secret.reveal()) : secret.reveal());
  terminal.say('Delete it after the import: codemie platform migration-client delete');
  return 0;
};
