import { readConfig } from './file.ts';
import { SETTINGS } from './settings-table.ts';

/** Anyone who has these can impersonate the pipeline. */
const PIPELINE = ['ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'BUILDKITE_AGENT_ACCESS_TOKEN'];

/** Anyone who has these administers the realm (`codemie realm`). */
const KEYCLOAK = ['KEYCLOAK_ADMIN_CLIENT_SECRET', 'KC_BOOTSTRAP_ADMIN_PASSWORD'];

/**
 * @returns the variables that no child process may see: our own secrets, those of the pipeline and of Keycloak's
 * administrator, and the token variables of all profiles, since the profile in use does not know those of the others.
 * Unreadable settings add none.
 */
export function secretNames(home: string): readonly string[] {
  const own = SETTINGS.flatMap(({ secret, env = [] }) => (secret ? env : []));
  return [...own, ...PIPELINE, ...KEYCLOAK, ...tokenVariablesOf(home)];
}

function tokenVariablesOf(home: string): readonly string[] {
  try {
    return Object.values(readConfig(home).profiles).flatMap(({ jwtConfig }) =>
      typeof jwtConfig?.tokenEnvVar === 'string' ? [jwtConfig.tokenEnvVar] : [],
    );
  } catch {
    return [];
  }
}
