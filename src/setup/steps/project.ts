import { usageError } from '../../system/errors.ts';
import type { Step } from '../step.ts';

/** The project work is counted to; asked only when there are several. */
export const project: Step = {
  id: 'project',
  run: async (context, answers) => {
    const { flags, user } = answers;
    const projects = user?.projects ?? [];
    const names = projects.map((entry) => entry.name);
    if (flags.project !== undefined) {
      const match = names.find((name) => name.toLowerCase() === flags.project?.toLowerCase());
      if (user !== undefined && match === undefined) {
        throw usageError(
          `You have no project "${flags.project}" (there are: ${names.join(', ') || 'none'}).`,
          'codemie setup --project NAME',
        );
      }
      answers.project = match ?? flags.project;
      return;
    }
    if (user === undefined) return;
    const [first] = names;
    if (first === undefined) {
      context.terminal.say('  You have no project there; ask an administrator of the platform for one.');
      return;
    }
    if (names.length === 1 || !context.terminal.interactive) {
      answers.project = first;
      context.terminal.say(
        `  Project ${first}${names.length === 1 ? '' : ` (of ${names.join(', ')}; choose with --project)`}.`,
      );
      return;
    }
    const prompts = await context.terminal.prompts();
    answers.project = await prompts.select({
      flag: '--project',
      message: 'Project:',
      choices: projects.map(({ name, isAdmin }) => ({
        value: name,
        name: isAdmin ? `${name} (you administer it)` : name,
      })),
    });
  },
};
