import { notRenewable, whereObtained } from '../../credentials/errors.ts';
import { openAccess } from '../../credentials/find/find-access.ts';
import { formatInstant } from '../../system/duration.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie profile refresh`: renews the credential in place; a failed renewal changes nothing. */
export const run: CommandRun = async ({ options }, context) => {
  const access = await openAccess(context, {
    profile: options.text('profile'),
    trustProject: options.on('trust-project'),
  });
  const { credential, source, selection } = access;
  if (!access.refreshable)
    throw notRenewable(
      credential.kind,
      source === 'store' ? whereObtained(credential, selection) : undefined,
    );
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
