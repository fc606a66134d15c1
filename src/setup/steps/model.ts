import type { Model } from '../../platform-api/shapes.ts';
import { usageError } from '../../system/errors.ts';
import type { Step } from '../step.ts';

/** The list's value for no model. */
const EACH_AGENT = '';

/** The default model of agents. Only an explicit choice is saved, because each agent picks a suitable model better. */
export const model: Step = {
  id: 'model',
  run: async (context, answers) => {
    const { flags, models, config, profileName } = answers;
    const ids = (models ?? []).map((entry) => entry.id);
    if (flags.model !== undefined) {
      if (models !== undefined && !models.some((entry) => isNamed(entry, flags.model))) {
        throw usageError(`Model "${flags.model}" isn't available to you.`, {
          hint: `Use one of: ${ids.join(', ') || 'none'}.`,
        });
      }
      answers.model = flags.model;
      return;
    }
    if (models === undefined) return;
    if (models.length === 0) {
      context.terminal.say("  You don't have access to any models. Ask your CodeMie administrator.");
      return;
    }
    if (!context.terminal.interactive) return;
    const kept = config.profiles[profileName]?.model;
    const prompts = await context.terminal.prompts();
    const chosen = await prompts.select({
      flag: '--model',
      message: 'Model:',
      default: kept !== undefined && ids.includes(kept) ? kept : EACH_AGENT,
      choices: [
        {
          value: EACH_AGENT,
          name: 'Let each agent choose (recommended)',
          description: 'the newest model that suits it',
        },
        ...models.map((entry) => ({ value: entry.id, name: labelOf(entry) })),
      ],
    });
    answers.model = chosen === EACH_AGENT ? null : chosen;
  },
};

function isNamed({ id, names = [] }: Model, wanted: string | undefined): boolean {
  return wanted !== undefined && [id, ...names].includes(wanted);
}

function labelOf({ id, label, provider }: Model): string {
  return `${label}${label === id ? '' : ` (${id})`}${provider === undefined ? '' : `, ${provider}`}`;
}
