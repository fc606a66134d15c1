import type { Env } from '../system/env.ts';
import { CodemieError, messageOf } from '../system/errors.ts';
import { pydanticBoolean, pydanticInteger } from '../system/pydantic.ts';
import type { SandboxOptions } from './start.ts';
import { parseTrustedIssuers } from './trusted-issuers-variable.ts';

type Settings = Pick<SandboxOptions, 'signIn' | 'access' | 'platform' | 'trust' | 'minClientVersion'>;

/** The largest number in an `integer` column of PostgreSQL. */
const LARGEST = 2_147_483_647;

/**
 * Reads the variables of a CodeMie deployment from the environment, as the platform's server reads them.
 * Options of the command win over them.
 *
 * @throws CONFIG_INVALID (9) for a value with which the server does not start either.
 */
export function settingsFrom(env: Env): Settings {
  const manages = booleanIn(env, 'ENABLE_USER_MANAGEMENT');
  const adminRole = textIn(env, 'ADMIN_ROLE_NAME');
  const adminUserId = textIn(env, 'ADMIN_USER_ID');
  const projectLimit = limitIn(env);
  return {
    ...(providerIn(env) === 'local' ? { signIn: 'local' } : {}),
    ...(manages === undefined ? {} : { access: manages ? 'platform' : 'keycloak' }),
    platform: {
      ...(projectLimit === undefined ? {} : { projectLimit }),
      ...(adminRole === undefined ? {} : { adminRole }),
      ...(adminUserId === undefined ? {} : { adminUserId }),
    },
    ...trustIn(env),
    minClientVersion: env['CODEMIE_MIN_CLI_VERSION'],
  };
}

/** @returns whether KEYCLOAK_MIGRATION_ENABLED asks for an import of users at the start. @throws as `settingsFrom`. */
export function wantsImport(env: Env): boolean {
  return booleanIn(env, 'KEYCLOAK_MIGRATION_ENABLED') === true;
}

/** The server takes names in any case; the last spelling counts. */
function textIn(env: Env, name: string): string | undefined {
  return Object.entries(env).findLast(([key]) => key.toUpperCase() === name)?.[1];
}

function booleanIn(env: Env, name: string): boolean | undefined {
  const text = textIn(env, name);
  if (text === undefined) return undefined;
  return pydanticBoolean(text) ?? fail(name, text, 'true or false', 'Spaces and line ends count.');
}

function integerIn(env: Env, name: string): number | undefined {
  const text = textIn(env, name);
  return text === undefined ? undefined : (pydanticInteger(text) ?? fail(name, text, 'a whole number'));
}

function limitIn(env: Env): number | undefined {
  const name = 'USER_PROJECT_LIMIT';
  const text = textIn(env, name);
  if (text === undefined) return undefined;
  const limit = pydanticInteger(text) ?? fail(name, text, 'a whole number');
  if (limit >= 0 && limit <= LARGEST) return limit;
  return fail(
    name,
    text,
    `a number from 0 to ${LARGEST}`,
    'The database refuses each new user with another.',
  );
}

/** Whose tokens the API accepts; without JWKS_VALIDATION_ENABLED only the sandbox's own. */
function trustIn(env: Env): Pick<Settings, 'trust'> {
  if (booleanIn(env, 'JWKS_VALIDATION_ENABLED') !== true) return {};
  const leeway = integerIn(env, 'JWKS_LEEWAY_SECONDS') ?? 30;
  const name = 'JWKS_TRUSTED_ISSUERS';
  try {
    return { trust: { issuers: parseTrustedIssuers(textIn(env, name) ?? ''), leeway } };
  } catch (error) {
    throw new CodemieError({ code: 'CONFIG_INVALID', message: `${name} ${messageOf(error)}.` });
  }
}

function providerIn(env: Env): 'keycloak' | 'local' | undefined {
  const name = 'IDP_PROVIDER';
  const text = textIn(env, name);
  if (text === undefined || text === 'keycloak' || text === 'local') return text;
  const hint = ['oidc', 'entraid-oidc'].includes(text) ? 'The server knows it; the sandbox does not.' : '';
  return fail(name, text, 'keycloak or local', hint);
}

function fail(name: string, text: string, wanted: string, hint = ''): never {
  throw new CodemieError({
    code: 'CONFIG_INVALID',
    message: `${name} is ${JSON.stringify(text)}, not ${wanted}.`,
    ...(hint === '' ? {} : { hint }),
  });
}
