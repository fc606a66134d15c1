import { modelsOf } from '../codemie/models.ts';
import type { Model } from '../codemie/shapes.ts';
import type { Context } from '../context.ts';
import type { Access } from '../credentials/access.ts';
import { CodemieError } from '../system/errors.ts';
import type { Adapter, ModelChoice } from './adapter.ts';

/**
 * The models of a run. A model that was named costs no request; otherwise the platform is asked what this person may
 * use, and the best for this agent is taken.
 *
 * @throws NO_MODEL (exit 6) when the platform allows this person none.
 */
export async function chooseModels(context: Context, access: Access, adapter: Adapter): Promise<ModelChoice> {
  const { profile, model } = access.selection;
  if (model !== undefined) {
    return {
      main: model,
      haiku: profile?.haikuModel ?? model,
      sonnet: profile?.sonnetModel ?? model,
      opus: profile?.opusModel ?? model,
    };
  }
  const models = await modelsOf(context, access);
  const main = pick(models, adapter.prefers);
  if (main === undefined) {
    throw new CodemieError({
      code: 'NO_MODEL',
      message: `${access.origin} allows you no model.`,
      hint: 'Ask an administrator of the platform for a role that allows models.',
      exit: 'denied',
    });
  }
  const tier = (name: string): string => pick(models, [new RegExp(`claude.*${name}`, 'i')], false) ?? main;
  return { main, haiku: tier('haiku'), sonnet: tier('sonnet'), opus: tier('opus') };
}

/** The default among the best family, else its first; with `any`, whatever there is. */
export function pick(models: readonly Model[], prefers: readonly RegExp[], any = true): string | undefined {
  for (const family of prefers) {
    const matching = models.filter((model) => family.test(model.id));
    const best = matching.find((model) => model.isDefault) ?? matching[0];
    if (best !== undefined) return best.id;
  }
  return any ? (models.find((model) => model.isDefault) ?? models[0])?.id : undefined;
}
