import type { Step } from '../step.ts';

/** The connection as an agent will use it: who am I, which models may I use. Before anything more is saved. */
export const test: Step = {
  id: 'test',
  applies: (answers) => answers.platform !== undefined,
  run: async (context, answers) => {
    const { platform } = answers;
    if (platform === undefined) return;
    const progress = await context.terminal.progress('Testing the connection …');
    try {
      answers.user = await platform.user();
      answers.models = await platform.models();
    } catch (error) {
      progress.fail();
      throw error;
    }
    progress.done(
      `The connection works: ${answers.user.projects.length} project(s), ${answers.models.length} model(s).`,
    );
  },
};
