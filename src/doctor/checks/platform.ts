import { createPlatform } from '../../codemie/client.ts';
import { modelsOf, userOf } from '../../codemie/models.ts';
import { type Check, ok, skip, warn } from '../check.ts';

/** The platform itself: is it a CodeMie, does it accept the credential, what does it allow. */
export const platform: Check = {
  id: 'platform',
  title: 'Platform',
  needsNetwork: true,
  after: ['network', 'tls', 'clock'],
  run: async (patient) => {
    const { origin, keyProvider, apiBase } = patient.selection();
    if (origin === undefined) return skip('no platform is configured');
    if (keyProvider !== undefined) return skip(`${origin} is ${keyProvider.title} and no CodeMie platform`);
    const anonymous = createPlatform(patient.context, origin, undefined, apiBase);
    const { version } = await anonymous.info();
    await anonymous.health();
    return ok(`CodeMie ${version ?? '(no version)'} is healthy at ${origin}`);
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
