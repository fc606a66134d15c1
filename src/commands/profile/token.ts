import type { Credential } from '../../credentials/credential.ts';
import { openAccess } from '../../credentials/find/find-access.ts';
import { parseDuration } from '../../system/duration.ts';
import { CodemieError, usageError } from '../../system/errors.ts';
import type { Secret } from '../../system/secret.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie token`: prints only the access token on stdout, valid for at least `--min-ttl` more if possible. */
export const run: CommandRun = async ({ options }, context) => {
  const minTtl = parseDuration(options.text('min-ttl') ?? '60s', '--min-ttl');
  if (context.terminal.isTTY.stdout && !options.on('show')) {
    throw usageError('A token is not printed to a terminal, where it would stay in the scrollback.', {
      fix: 'codemie token --show',
    });
  }
  const access = await openAccess(context, {
    profile: options.text('profile'),
    trustProject: options.on('trust-project'),
  });
  const credential = await access.fresh(minTtl);
  for (const warning of access.sourceWarnings) context.terminal.say(`warning: ${warning}`);
  const token = bearerOf(credential).reveal();
  if (!options.on('json')) context.terminal.print(token);
  else {
    const expiresAt =
      credential.expiresAt === undefined ? null : new Date(credential.expiresAt).toISOString();
    context.terminal.print(
      JSON.stringify({ schemaVersion: 1, token, tokenType: 'Bearer', expiresAt, origin: access.origin }),
    );
  }
  return 0;
};

function bearerOf(credential: Credential): Secret {
  switch (credential.kind) {
    case 'oidc':
      return credential.accessToken;
    case 'jwt':
      return credential.token;
    case 'api-key':
      return credential.key;
    case 'session':
      throw new CodemieError({
        code: 'TOKEN_UNSUPPORTED',
        message: 'This sign-in is a set of gateway cookies; there is no token to print.',
        hint: 'Let an agent use it through the gateway, e.g. codemie-claude',
      });
  }
}
