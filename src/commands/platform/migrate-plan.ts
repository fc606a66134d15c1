import type { Context } from '../../context.ts';
import { openSource } from '../../platform/users/open.ts';
import { preflight, preflightJson } from '../../platform/users/preflight.ts';
import { preflightText } from '../../platform/users/preflight-text.ts';
import { counted } from '../../system/counted.ts';
import { redactedJson } from '../../terminal/redacted-json.ts';
import { withProgress } from '../../terminal/with-progress.ts';
import { sourceSettings } from '../source-settings.ts';
import type { CommandInput, CommandRun } from '../spec.ts';
import { planUsers } from './plan-users.ts';

/** `codemie platform migrate plan`: what an import of users would do. It writes nothing to Keycloak or the database. */
export const run: CommandRun = async (input, context) =>
  input.options.on('source-only') ? sourceOnly(input, context) : planUsers(input, context);

/** How often a person hears how far it is, in rows. */
const STEP = 10_000;

/** The preflight: what the source has, without a database. */
async function sourceOnly({ options }: CommandInput, context: Context): Promise<number> {
  const { terminal } = context;
  const source = await openSource(sourceSettings(options, context), context);
  const found = await withProgress(terminal, `Reading users of realm ${source.realm}`, (progress) =>
    preflight(source, (rows) => {
      if (rows % STEP === 0) progress.update(`Reading users: ${counted(rows, 'account')}`);
    }),
  );
  if (options.on('json')) terminal.print(redactedJson(preflightJson(found)));
  else terminal.print(preflightText(found, await terminal.colors('stdout')));
  return 0;
}
