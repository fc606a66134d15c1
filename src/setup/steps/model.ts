import type { Model } from '../../codemie/shapes.ts';
import { usageError } from '../../system/errors.ts';
import type { Step } from '../step.ts';

/** The model agents start with. */
export const model: Step = {
  id: 'model',
  run: async (context, answers) => {
    const { flags, models } = answers;
    const ids = (models ?? []).map((entry) => entry.id);
    if (flags.model !== undefined) {
      if (models !== undefined && !ids.includes(flags.model)) {
        throw usageError(
          `You may not use the model "${flags.model}" (there are: ${ids.join(', ') || 'none'}).`,
          'codemie setup --model ID',
        );
      }
      answers.model = flags.model;
      return;
    }
    if (models === undefined) return;
    const preset = (models.find((entry) => entry.isDefault) ?? models[0])?.id;
    if (preset === undefined) {
      context.terminal.say('  You may use no model there; ask an administrator of the platform for access.');
      return;
    }
    if (models.length === 1 || !context.terminal.interactive) {
      answers.model = preset;
      context.terminal.say(`  Model ${preset}${models.length === 1 ? '' : ' (choose with --model)'}.`);
      return;
    }
    const prompts = await context.terminal.prompts();
    answers.model = await prompts.select({
      flag: '--model',
      message: 'Model:',
      default: preset,
      choices: models.map((entry) => ({ value: entry.id, name: labelOf(entry) })),
    });
  },
};

function labelOf({ id, label, provider }: Model): string {
  return `${label}${label === id ? '' : ` (${id})`}${provider === undefined ? '' : `, ${provider}`}`;
}
