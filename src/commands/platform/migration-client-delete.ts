import { connectKeycloak } from '../../keycloak/connect.ts';
import { DEFAULT_CLIENT_ID } from '../../platform/import-settings.ts';
import { deleteClient } from '../../platform/migration-client/delete.ts';
import { keycloakSettings } from '../keycloak-connection.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie platform migration-client delete`: removes what `create` made. */
export const run: CommandRun = async ({ options }, context) => {
  const clientId = options.text('client-id') ?? DEFAULT_CLIENT_ID;
  const admin = connectKeycloak(context, keycloakSettings(options, context.env));
  const wasThere = await deleteClient(admin, clientId, options.on('force'));
  context.terminal.success(
    wasThere
      ? `Deleted client ${clientId} from realm ${admin.realm}.`
      : `Realm ${admin.realm} has no client ${clientId}.`,
  );
  return 0;
};
