import { didYouMean, nearest } from '../../agents/models/near-names.ts';
import { offeredAs } from '../../agents/models/offered.ts';
import { inUse } from '../../config/in-use.ts';
import { option, profileOption, shellWord } from '../../config/sign-in-again.ts';
import { type Advice, SIGN_IN } from '../../system/errors.ts';
import { type Check, type DoctorContext, fail, ok, skip } from '../check.ts';

const MAX_SHOWN = 10;

/** Whether you may still use the chosen model and project. A launch would only find out from the agent's first request. */
export const choices: Check = {
  id: 'choices',
  title: 'Model and project',
  needsNetwork: true,
  after: ['network', 'platform', 'identity-provider', 'credential', 'account'],
  run: async (patient) => {
    const answers = await patient.answers();
    if (answers === undefined) return skip('not signed in');
    const { user, models } = answers;
    // A provider may accept names that its list leaves out.
    if (user === undefined) return skip('the provider decides');
    const { model, profile, project, origin } = patient.selection();
    const ids = models.map(({ id }) => id);
    if (model !== undefined && models.length > 0 && offeredAs(models, model, profile) === undefined) {
      const near = nearest(model, ids);
      return fail(
        `The model "${model}" isn't available to you on ${origin}.${didYouMean(near)}`,
        ...wayOut(patient, 'model', near[0] ?? ids[0]),
        { hint: 'To see all your models: codemie models' },
      );
    }
    const mine = user.projects.map(({ name }) => name);
    const isMine = mine.some((name) => name.toLowerCase() === project?.toLowerCase());
    // Administrators may use every project.
    if (project !== undefined && mine.length > 0 && !isMine && !user.isAdmin) {
      const more = mine.length > MAX_SHOWN ? ' …' : '';
      return fail(
        `The project "${project}" isn't available to you on ${origin}. Your projects: ${mine.slice(0, MAX_SHOWN).join(', ')}${more}.`,
        ...wayOut(patient, 'project', mine[0]),
        { hint: `To use "${project}", ask its administrator to add you.` },
      );
    }
    return ok(`${model ?? 'the newest model of each agent'}, ${project ?? 'no project'}`);
  },
};

/** @returns the command that leads to a name that works. A folder's settings are not ours to change. */
function wayOut(
  patient: DoctorContext,
  name: 'model' | 'project',
  other: string | undefined,
): readonly Advice[] {
  const selection = patient.selection();
  const found = inUse(name, selection);
  if (found?.source === 'environment') return [{ fix: `unset ${found.sourceName}` }];
  if (found?.source === 'folder')
    return [{ hint: `Change ${found.sourceName} in the settings of this folder.` }];
  if (other === undefined) return [];
  return [
    {
      fix:
        name === 'project'
          ? `${SIGN_IN}${profileOption(selection)}${option('url', selection.origin)} --project ${shellWord(other)}`
          : `codemie setup --yes${profileOption(selection)}${option('url', selection.origin)} --model ${shellWord(other)}`,
    },
  ];
}
