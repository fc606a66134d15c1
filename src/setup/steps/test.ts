import { counted } from '../../system/counted.ts';
import type { Step } from '../step.ts';

/** Tests the connection as an agent will use it, before saving more: who the user is, and which models they may use. */
export const test: Step = {
  id: 'test',
  applies: (answers) => answers.platform !== undefined,
  run: async (context, answers) => {
    const { platform, facts } = answers;
    if (platform === undefined) return;
    const progress = await context.terminal.progress('Testing the connection…');
    try {
      answers.user = await platform.user();
      answers.models = await platform.models();
      // A guarded platform reports its health only after the sign-in.
      if (facts?.guarded === true) {
        await platform.health();
        const { version } = await platform.info();
        if (version !== undefined) answers.facts = { ...facts, version };
      }
    } catch (error) {
      progress.fail();
      throw error;
    }
    progress.done(
      `Connected: ${counted(answers.user.projects.length, 'project')}, ${counted(answers.models.length, 'model')} available.`,
    );
  },
};
