import { notRenewableAt } from '../../credentials/errors.ts';
import { openAccess } from '../../credentials/find/find-access.ts';
import { namingSource } from '../../credentials/find/overriding.ts';
import { formatInstant } from '../../system/duration.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie profile refresh`: renews the credential in place; a failed renewal changes nothing. */
export const run: CommandRun = async ({ options }, context) => {
  const access = await openAccess(context, {
    profile: options.text('profile'),
    trustProject: options.on('trust-project'),
  });
  if (!access.refreshable) throw namingSource(notRenewableAt(access.credential, access), access);
  const progress = options.on('json')
    ? undefined
    : await context.terminal.progress(`Refreshing your sign-in to ${access.origin}…`);
  let expiresAt: number | undefined;
  try {
    ({ expiresAt } = await access.renew(access.credential));
  } catch (error) {
    progress?.fail();
    throw error;
  }
  progress?.done();
  for (const warning of access.sourceWarnings) context.terminal.say(`warning: ${warning}`);
  const profile = access.selection.profileName;
  if (options.on('json')) {
    const at = expiresAt === undefined ? null : new Date(expiresAt).toISOString();
    context.terminal.print(
      JSON.stringify({ schemaVersion: 1, profile, expiresAt: at, refreshable: access.refreshable }),
    );
  } else {
    const until =
      expiresAt === undefined
        ? ''
        : ` The access token expires ${formatInstant(expiresAt, context.clock.now())}.`;
    context.terminal.say(`Refreshed the sign-in of profile "${profile}".${until}`);
  }
  return 0;
};
