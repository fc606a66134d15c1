import { readConfig } from './file.ts';
import { SETTINGS } from './settings-table.ts';

/** Anyone who has these can impersonate the pipeline. */
const PIPELINE = ['ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'BUILDKITE_AGENT_ACCESS_TOKEN'];

/**
 * @returns the variables that no child process may see: our own secrets, the pipeline's, and the token variables of
 * all profiles, since the profile in use does not know those of the others. Unreadable settings add none.
 */
export function secretNames(home: string): readonly string[] {
  const own = SETTINGS.flatMap(({ secret, env = [] }) => (secret ? env : []));
  return [...own, ...PIPELINE, ...tokenVariablesOf(home)];
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
