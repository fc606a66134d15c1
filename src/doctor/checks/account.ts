import { accessControlOf } from '../../platform-api/access-control.ts';
import { ACCESS_LABELS, ROLE_LABELS } from '../../platform-api/roles.ts';
import { counted } from '../../system/counted.ts';
import { type Check, ok, skip, warn } from '../check.ts';

/** Whether the platform accepts the credential, and what its owner may use. */
export const account: Check = {
  id: 'account',
  title: 'Account',
  needsNetwork: true,
  after: ['network', 'platform', 'identity-provider', 'credential'],
  run: async (patient) => {
    const found = await patient.found();
    const answers = await patient.answers();
    if (found.state === 'missing' || answers === undefined) return skip('not signed in');
    const { access } = found;
    const { user, models } = answers;
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
