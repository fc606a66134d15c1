import { overridingVariables } from '../../config/in-use.ts';
import type { EffectiveSettings } from '../../config/selection.ts';
import { VARIABLE_NAMES } from '../../config/settings-table.ts';
import { requestLimit, requireHeaderValues, tryFixedPort } from '../../gateway/settings.ts';
import { CodemieError } from '../../system/errors.ts';
import { type Check, type DoctorContext, ok, warn } from '../check.ts';

/**
 * Which codemie variables are set, by name only, and which of them override the profile (T22). Fails if the next launch
 * would refuse one of them.
 */
export const environment: Check = {
  id: 'environment',
  title: 'Environment',
  run: async (doctor) => {
    const { env } = doctor.context;
    requestLimit(env);
    const settings = settingsIn(doctor);
    if (settings !== undefined) requireHeaderValues(settings, settings.project);
    const inUse = await tryFixedPort(env).catch((error: unknown) => error);
    // A running agent may use the port. Only the next one needs it.
    if (inUse instanceof CodemieError && inUse.code === 'GATEWAY_PORT')
      return warn(inUse.message, { fix: inUse.fix ?? '' }, { hint: inUse.hint });
    if (inUse !== undefined) throw inUse;
    const set = VARIABLE_NAMES.filter((name) => (env[name] ?? env[name.toLowerCase()] ?? '') !== '');
    if (set.length === 0) return ok('no CodeMie variables are set');
    const overriding = settings === undefined ? [] : overridingVariables(settings);
    const verb = overriding.length === 1 ? 'overrides' : 'override';
    return ok(
      `set: ${set.join(', ')}${overriding.length === 0 ? '' : `; ${overriding.join(', ')} ${verb} the profile`}`,
    );
  },
};

/** Another check reports unreadable settings. */
function settingsIn(doctor: DoctorContext): EffectiveSettings | undefined {
  try {
    return doctor.selection();
  } catch {
    return undefined;
  }
}
