import { readConfig } from './file.ts';
import { SETTINGS } from './settings-table.ts';

/** Anybody with these can prove to others that they are the pipeline. */
const PIPELINE = ['ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'BUILDKITE_AGENT_ACCESS_TOKEN'];

/**
 * @returns the variables that no program we start may see: our own secrets, the pipeline's, and the token variable of every
 *   profile, as the profile in use says nothing about what the others name. Settings that cannot be read name none.
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
