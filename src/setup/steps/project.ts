import { readConfig } from '../../config/file.ts';
import { option } from '../../config/sign-in-again.ts';
import { chooseProject } from '../../sign-in/choose-project.ts';
import type { Step } from '../step.ts';

/** The project that usage is billed to; asked only when there are several. */
export const project: Step = {
  id: 'project',
  run: async (context, answers) => {
    const { flags, user, platform, profileName } = answers;
    if (user === undefined || platform === undefined) {
      answers.project = flags.project;
      return;
    }
    const {
      project: chosen,
      notice,
      isChosen,
    } = await chooseProject(context, {
      user,
      platform,
      wanted: flags.project,
      kept: readConfig(context.home).profiles[profileName]?.codeMieProject,
      command: `codemie setup${option('profile', flags.profile)}`,
    });
    answers.project = chosen;
    if (notice !== undefined) context.terminal.say(`  ${notice}`);
    if (chosen !== undefined && isChosen !== true) context.terminal.say(`  Project: ${chosen}`);
  },
};
