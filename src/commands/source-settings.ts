import type { Context } from '../context.ts';
import { serverBase } from '../keycloak/connect.ts';
import type { KeycloakLogin } from '../keycloak/connection.ts';
import { clientSecret } from '../platform/users/client-secret.ts';
import type { SourcePlace, SourceSettings } from '../platform/users/open.ts';
import { usageError } from '../system/errors.ts';
import { loginFrom } from './keycloak-connection.ts';
import type { OptionValues } from './spec.ts';

const SECRET = 'KEYCLOAK_ADMIN_CLIENT_SECRET';

/**
 * The source that flags and variables name; flags win. Says on stderr if the client secret ends with a line end.
 *
 * @throws USAGE, URL_INVALID or URL_INSECURE (2); KEYCLOAK_LOGIN (4) if no account is given; CONFIG_INVALID (9) for a
 *   secret that cannot be one.
 */
export function sourceSettings(options: OptionValues, context: Context): SourceSettings {
  const { env } = context;
  return {
    place: placeOf(options, context),
    rules: {
      adminRole: options.text('admin-role') ?? nonEmpty(env['ADMIN_ROLE_NAME']) ?? 'admin',
      adminUserId: nonEmpty(env['ADMIN_USER_ID']),
      includeDisabled: options.on('include-disabled'),
      includeServiceAccounts: options.on('include-service-accounts'),
      allowNoAdmin: options.on('allow-no-admin'),
      allowEmpty: options.on('allow-empty'),
    },
  };
}

function placeOf(options: OptionValues, context: Context): SourcePlace {
  const { env } = context;
  const file = options.text('from-file');
  if (file !== undefined) {
    if (options.has('from-keycloak'))
      throw usageError('Users come from one place: give --from-keycloak or --from-file, not both.');
    return { kind: 'export', file, realm: options.text('realm') };
  }
  const url = options.text('from-keycloak') ?? nonEmpty(env['KEYCLOAK_ADMIN_URL']);
  if (url === undefined)
    throw usageError('Where are the users?', {
      hint: 'Pass --from-keycloak URL (KEYCLOAK_ADMIN_URL) or --from-file EXPORT.',
    });
  const realm = options.text('realm') ?? nonEmpty(env['KEYCLOAK_ADMIN_REALM']);
  if (realm === undefined)
    throw usageError('Which realm do you mean?', { hint: 'Pass --realm, or set KEYCLOAK_ADMIN_REALM.' });
  return { kind: 'keycloak', connection: { server: serverBase(url), realm, login: loginOf(context) } };
}

function loginOf({ env, terminal }: Context): KeycloakLogin {
  const text = env[SECRET] ?? '';
  if (text === '') return loginFrom(env);
  const { secret, warning } = clientSecret(text, SECRET);
  if (warning !== undefined) terminal.say(`Warning: ${warning}`);
  return loginFrom({ ...env, [SECRET]: secret.reveal() });
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
