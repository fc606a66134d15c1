import type { Credential } from '../../credentials/credential.ts';
import { openAccess } from '../../credentials/find/find-access.ts';
import { formatSpan, parseDuration } from '../../system/duration.ts';
import { CodemieError, usageError } from '../../system/errors.ts';
import type { Secret } from '../../system/secret.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie token`: prints only the access token on stdout. If it ends sooner than `--min-ttl`, stderr says why. */
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
  if (options.text('min-ttl') !== undefined) {
    const short = shorterThan(minTtl, credential, access.refreshable, context.clock.now());
    if (short !== undefined) context.terminal.say(`warning: ${short}`);
  }
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

/** @returns a warning that the token ends sooner than you asked for, and why there is no better one. */
function shorterThan(
  minTtl: number,
  { obtainedAt, expiresAt }: Credential,
  refreshable: boolean,
  now: number,
): string | undefined {
  if (expiresAt === undefined || expiresAt - now >= minTtl) return undefined;
  const life = expiresAt - obtainedAt;
  const issued = `The server issues tokens for ${formatSpan(life)}.`;
  const why = !refreshable
    ? "It can't be refreshed."
    : life < minTtl * 1.2
      ? issued
      : "It couldn't be refreshed just now.";
  return `The token expires in ${formatSpan(expiresAt - now)}, not in ${formatSpan(minTtl)} or more. ${why}`;
}

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
