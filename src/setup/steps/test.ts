import { ACCESS_LABELS, ROLE_LABELS } from '../../platform-api/roles.ts';
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
        const managed = await platform.isManaged().catch(() => undefined);
        answers.facts = {
          ...facts,
          ...(version === undefined ? {} : { version }),
          ...(managed === undefined ? {} : { access: managed ? 'platform' : 'keycloak' }),
        };
      }
    } catch (error) {
      progress.fail();
      throw error;
    }
    const { role, projects } = answers.user;
    const access = answers.facts?.access;
    const how = access === undefined ? '' : ` (${ACCESS_LABELS[access]} access)`;
    progress.done(
      `Connected as ${ROLE_LABELS[role]}${how}: ${counted(projects.length, 'project')}, ${counted(answers.models.length, 'model')} available.`,
    );
  },
};
