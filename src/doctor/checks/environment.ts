import { VARIABLES } from '../../config/environment.ts';
import { type Check, ok } from '../check.ts';

/** Which of our variables are set, by name only, and which value wins (T22). */
export const environment: Check = {
  id: 'environment',
  title: 'Environment',
  run: async ({ context: { env } }) => {
    const set = VARIABLES.filter(
      (variable) => (env[variable.name] ?? env[variable.name.toLowerCase()] ?? '') !== '',
    ).map((variable) => variable.name);
    if (set.length === 0) return ok('no variable of ours is set');
    const winning = set.filter((name) =>
      ['CODEMIE_PROFILE', 'CODEMIE_URL', 'CODEMIE_BASE_URL', 'CODEMIE_MODEL', 'CODEMIE_PROJECT'].includes(
        name,
      ),
    );
    return ok(
      `set: ${set.join(', ')}${winning.length === 0 ? '' : `; ${winning.join(', ')} win over the profile`}`,
    );
  },
};
