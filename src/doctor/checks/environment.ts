import { VARIABLE_NAMES } from '../../config/settings-table.ts';
import { type Check, ok } from '../check.ts';

/** Which of our variables are set, by name only, and which value wins (T22). */
export const environment: Check = {
  id: 'environment',
  title: 'Environment',
  run: async ({ context: { env } }) => {
    const set = VARIABLE_NAMES.filter((name) => (env[name] ?? env[name.toLowerCase()] ?? '') !== '');
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
