import type { Access } from '../../credentials/access.ts';
import { accessControlOf } from '../../platform-api/access-control.ts';
import { createPlatform, type Platform } from '../../platform-api/client.ts';
import { modelsOf, userOf } from '../../platform-api/models.ts';
import { ACCESS_LABELS, ROLE_LABELS } from '../../platform-api/roles.ts';
import { counted } from '../../system/counted.ts';
import { CodemieError } from '../../system/errors.ts';
import { type Check, type DoctorContext, fail, ok, skip, warn } from '../check.ts';

/**
 * Whether the address is a CodeMie platform, and whether it is healthy. A guarded platform answers only with the
 * credential.
 */
export const platform: Check = {
  id: 'platform',
  title: 'Platform',
  needsNetwork: true,
  after: ['network', 'tls', 'clock'],
  run: async (patient) => {
    const { origin, keyProvider, apiBase } = patient.selection();
    if (origin === undefined) return skip('no CodeMie URL is configured');
    if (keyProvider !== undefined) return skip(`${origin} is ${keyProvider.title}, not CodeMie`);
    const healthy = async (asked: Platform, how: string) => {
      const { version } = await asked.info();
      await asked.health();
      return ok(`CodeMie ${version ?? '(unknown version)'} is healthy at ${origin}${how}`);
    };
    try {
      return await healthy(createPlatform(patient.context, origin, undefined, apiBase), '');
    } catch (error) {
      if (!isCoded(error, 'GUARDED')) throw error;
    }
    const access = await accessOf(patient);
    if (access === undefined) return skip(`${origin} can't be checked until you sign in`);
    try {
      const asked = createPlatform(patient.context, origin, access, apiBase);
      return await healthy(asked, ' (it answers only after you sign in)');
    } catch (error) {
      if (!(error instanceof CodemieError) || error.exit !== 'auth') throw error;
      return skip(`${origin} doesn't accept your sign-in`);
    }
  },
};

function isCoded(error: unknown, code: string): boolean {
  return error instanceof CodemieError && error.code === code;
}

/**
 * @returns the credential that commands would use; undefined when there is none or it cannot be used, which another
 *   check reports.
 */
async function accessOf(patient: DoctorContext): Promise<Access | undefined> {
  const found = await patient.found().catch(() => undefined);
  return found?.state === 'found' ? found.access : undefined;
}

/** A platform can require a minimum version of this program, and reject every model call from an older one. */
export const modelRoutes: Check = {
  id: 'model-routes',
  title: 'Model routes',
  needsNetwork: true,
  after: ['network', 'platform', 'credential'],
  run: async (patient) => {
    const { origin, keyProvider } = patient.selection();
    const access = await accessOf(patient);
    if (origin === undefined || access === undefined) return skip('not signed in');
    if (keyProvider !== undefined) return skip(`${origin} is ${keyProvider.title}, not CodeMie`);
    const gate = await createPlatform(patient.context, origin, access).gate();
    switch (gate.state) {
      case 'open':
        return ok(`codemie ${CODEMIE_VERSION} is accepted`);
      case 'too-old':
        return fail(
          `${origin} doesn't accept codemie ${CODEMIE_VERSION}, so agents can't use any model there${gate.reason === undefined ? '' : `. It says: ${gate.reason}`}`,
          { fix: 'npm install -g codemie@latest' },
          {
            hint: 'If you have the newest version, ask your CodeMie administrator to lower CODEMIE_MIN_CLI_VERSION.',
          },
        );
      case 'absent':
        return warn(
          `${origin} has no model routes (HTTP 404 for /v1/models), so agents can't use any model there.`,
          { hint: 'Ask your CodeMie administrator to turn on the model proxy.' },
        );
      case 'unknown':
        return skip("the server didn't say whether it accepts this version");
    }
  },
};

/** Whether the platform accepts the credential. */
export const account: Check = {
  id: 'account',
  title: 'Account',
  needsNetwork: true,
  after: ['network', 'platform', 'credential'],
  run: async (patient) => {
    const found = await patient.found();
    if (found.state === 'missing') return skip('not signed in');
    const { access } = found;
    const user = await userOf(patient.context, access);
    const models = await modelsOf(patient.context, access);
    if (user === undefined)
      return ok(`${counted(models.length, 'model')} available with the key from ${access.sourceName}`);
    const who = user.email ?? user.name ?? user.id ?? 'an unnamed account';
    if (models.length === 0)
      return warn(`${who} doesn't have access to any models.`, {
        hint: 'Ask your CodeMie administrator for access.',
      });
    if (user.projects.length === 0)
      return warn(`${who} doesn't have a project.`, { hint: 'Ask your CodeMie administrator for one.' });
    const control = await accessControlOf(patient.context, access, user);
    const facts = [
      who,
      ROLE_LABELS[user.role],
      counted(user.projects.length, 'project'),
      counted(models.length, 'model'),
      ...(control.access === null ? [] : [`${ACCESS_LABELS[control.access]} access`]),
    ];
    return ok(facts.join(', '));
  },
};
