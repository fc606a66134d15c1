import { overridingVariables } from '../../config/in-use.ts';
import { VARIABLE_NAMES } from '../../config/settings-table.ts';
import { type Check, type DoctorContext, ok } from '../check.ts';

/** Which codemie variables are set, by name only, and which of them override the profile (T22). */
export const environment: Check = {
  id: 'environment',
  title: 'Environment',
  run: async (doctor) => {
    const { env } = doctor.context;
    const set = VARIABLE_NAMES.filter((name) => (env[name] ?? env[name.toLowerCase()] ?? '') !== '');
    if (set.length === 0) return ok('no CodeMie variables are set');
    const overriding = overridingIn(doctor);
    const verb = overriding.length === 1 ? 'overrides' : 'override';
    return ok(
      `set: ${set.join(', ')}${overriding.length === 0 ? '' : `; ${overriding.join(', ')} ${verb} the profile`}`,
    );
  },
};

/** Another check reports unreadable settings. */
function overridingIn(doctor: DoctorContext): readonly string[] {
  try {
    return overridingVariables(doctor.selection());
  } catch {
    return [];
  }
}
