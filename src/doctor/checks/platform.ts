import type { Access } from '../../credentials/access.ts';
import { createPlatform, type Platform } from '../../platform-api/client.ts';
import { modelsOf, userOf } from '../../platform-api/models.ts';
import { CodemieError } from '../../system/errors.ts';
import { type Check, type DoctorContext, fail, ok, skip, warn } from '../check.ts';

/** The platform itself: is it a CodeMie, and is it healthy. Where everything is guarded, the credential opens the door. */
export const platform: Check = {
  id: 'platform',
  title: 'Platform',
  needsNetwork: true,
  after: ['network', 'tls', 'clock'],
  run: async (patient) => {
    const { origin, keyProvider, apiBase } = patient.selection();
    if (origin === undefined) return skip('no platform is configured');
    if (keyProvider !== undefined) return skip(`${origin} is ${keyProvider.title} and no CodeMie platform`);
    const healthy = async (asked: Platform, how: string) => {
      const { version } = await asked.info();
      await asked.health();
      return ok(`CodeMie ${version ?? '(no version)'} is healthy at ${origin}${how}`);
    };
    try {
      return await healthy(createPlatform(patient.context, origin, undefined, apiBase), '');
    } catch (error) {
      if (!isCoded(error, 'GUARDED')) throw error;
    }
    const access = await accessOf(patient);
    if (access === undefined) return skip(`${origin} is guarded: it cannot be asked before you sign in`);
    try {
      const asked = createPlatform(patient.context, origin, access, apiBase);
      return await healthy(asked, ' (guarded: it answers nothing before you sign in)');
    } catch (error) {
      if (!(error instanceof CodemieError) || error.exit !== 'auth') throw error;
      return skip(`${origin} is guarded, and it does not take the credential`);
    }
  },
};

function isCoded(error: unknown, code: string): boolean {
  return error instanceof CodemieError && error.code === code;
}

/** @returns the credential in force; undefined when there is none, or none that can be had: another check says why. */
async function accessOf(patient: DoctorContext): Promise<Access | undefined> {
  const found = await patient.found().catch(() => undefined);
  return found?.state === 'found' ? found.access : undefined;
}

/** Platforms can demand a newest version of this program, and refuse every model call of an older one. */
export const modelRoutes: Check = {
  id: 'model-routes',
  title: 'Model routes',
  needsNetwork: true,
  after: ['network', 'platform', 'credential'],
  run: async (patient) => {
    const { origin, keyProvider } = patient.selection();
    const access = await accessOf(patient);
    if (origin === undefined || access === undefined) return skip('nobody is signed in');
    if (keyProvider !== undefined) return skip(`${origin} is ${keyProvider.title} and no CodeMie platform`);
    const gate = await createPlatform(patient.context, origin, access).gate();
    switch (gate.state) {
      case 'open':
        return ok(`they take codemie ${CODEMIE_VERSION}`);
      case 'too-old':
        return fail(
          `${origin} refuses codemie ${CODEMIE_VERSION}, so no agent can use a model there${gate.reason === undefined ? '' : `. It says: ${gate.reason}`}`,
          'npm install -g codemie@latest',
          'If this is the newest version, ask the operators of the platform to lower CODEMIE_MIN_CLI_VERSION',
        );
      case 'absent':
        return warn(
          `${origin} serves no model routes (answer 404 to /v1/models), so no agent can use a model there.`,
          'Ask the operators of the platform to switch its model proxy on',
        );
      case 'unknown':
        return skip('the platform did not say whether it takes this version');
    }
  },
};

/** What the platform says to the credential. */
export const account: Check = {
  id: 'account',
  title: 'Account',
  needsNetwork: true,
  after: ['network', 'platform', 'credential'],
  run: async (patient) => {
    const found = await patient.found();
    if (found.state === 'missing') return skip('nobody is signed in');
    const { access } = found;
    const user = await userOf(patient.context, access);
    const models = await modelsOf(patient.context, access);
    if (user === undefined) return ok(`${models.length} model(s) with the key from ${access.sourceName}`);
    const who = user.email ?? user.name ?? user.id ?? 'somebody';
    if (models.length === 0)
      return warn(`${who} may use no model.`, 'Ask an administrator of the platform for access to models');
    if (user.projects.length === 0)
      return warn(`${who} has no project.`, 'Ask an administrator of the platform for a project');
    return ok(`${who}, ${user.projects.length} project(s), ${models.length} model(s)`);
  },
};
