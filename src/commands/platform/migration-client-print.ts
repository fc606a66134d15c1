import { DEFAULT_CLIENT_ID } from '../../platform/import-settings.ts';
import { realmFileOf } from '../../platform/migration-client/definition.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie platform migration-client print`: the client as a realm file. */
export const run: CommandRun = async ({ options }, { terminal }) => {
  const clientId = options.text('client-id') ?? DEFAULT_CLIENT_ID;
  const client = { clientId, isDocumented: options.on('documented-roles') };
  terminal.print(JSON.stringify(realmFileOf(client), null, 2));
  return 0;
};
