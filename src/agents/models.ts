import { brief } from '../codemie/brief.ts';
import { modelsOf } from '../codemie/models.ts';
import type { Model } from '../codemie/shapes.ts';
import type { Context } from '../context.ts';
import type { Access } from '../credentials/access.ts';
import { CodemieError, messageOf, usageError } from '../system/errors.ts';
import { printable } from '../system/printable.ts';
import type { Adapter, ModelChoice } from './adapter.ts';

/** Claude's tiers, as people name them. */
const TIERS = ['haiku', 'sonnet', 'opus'] as const;
type Tier = (typeof TIERS)[number];

/**
 * The models of a run. One that the profile or the environment names costs no request; one that was just typed is held
 * against what the platform allows this person; a tier's name (`opus`) stands for the best of that tier there. Otherwise the
 * best for this agent is taken from that list.
 *
 * @param typed whether the model was named on the command line.
 * @throws AUTH_REFUSED (4) for a credential that does not count;
 *   NO_MODEL (exit 6) when the platform allows this person none, MODEL_UNKNOWN (2) with the nearest names.
 */
export async function chooseModels(
  context: Context,
  access: Access,
  adapter: Adapter,
  typed: boolean,
): Promise<ModelChoice> {
  const { profile, model, keyProvider } = access.selection;
  const tiers = (of: (tier: Tier) => string): Omit<ModelChoice, 'main'> => ({
    haiku: profile?.haikuModel ?? of('haiku'),
    sonnet: profile?.sonnetModel ?? of('sonnet'),
    opus: profile?.opusModel ?? of('opus'),
  });
  const named = (main: string): ModelChoice => ({ main, ...tiers(() => main) });
  const fromList = (models: readonly Model[], main: string): ModelChoice => ({
    main,
    ...tiers((tier) => bestOf(models, tier) ?? main),
  });
  if (model !== undefined) {
    const tier = TIERS.find((name) => name === model.toLowerCase());
    // Key providers take names that their lists leave out.
    if (tier === undefined && (!typed || keyProvider !== undefined)) return named(model);
    // A tier's name says nothing without the list.
    const allowed = await allowedModels(tier === undefined ? brief(context) : context, access);
    if (allowed === undefined || isAmong(allowed, model)) return named(model);
    // The word names one of three; what the others are is not said by it.
    const best = tier === undefined ? undefined : (profile?.[`${tier}Model`] ?? bestOf(allowed, tier));
    if (best !== undefined) return fromList(allowed, best);
    if (keyProvider !== undefined) return named(model);
    throw unknownModel(allowed, model);
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
  return fromList(models, main);
}

/** @returns what the person may use, or undefined when the platform cannot say at the moment: then it decides later. */
async function allowedModels(context: Context, access: Access): Promise<readonly Model[] | undefined> {
  try {
    const models = await modelsOf(context, access);
    return models.length === 0 ? undefined : models;
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof CodemieError && error.exit === 'auth') throw error;
    context.log.debug('models not checked', { reason: messageOf(error) });
    return undefined;
  }
}

function isAmong(models: readonly Model[], wanted: string): boolean {
  return models.some(({ id, names = [] }) => id === wanted || names.includes(wanted));
}

function bestOf(models: readonly Model[], tier: Tier): string | undefined {
  return pick(models, [new RegExp(`claude.*${tier}`, 'i')], false);
}

function unknownModel(models: readonly Model[], wanted: string): CodemieError {
  const near = nearest(
    wanted,
    models.map(({ id }) => id),
  );
  return usageError(
    `You may not use a model "${printable(wanted)}"${near.length === 0 ? '' : `; near it: ${near.join(', ')}`}.`,
    'codemie profile status lists the models you may use',
    'MODEL_UNKNOWN',
  );
}

/** @returns the three names that differ least, most alike first. */
export function nearest(wanted: string, names: readonly string[]): readonly string[] {
  const text = wanted.toLowerCase();
  return names
    .map((name) => ({ name, far: distance(text, name.toLowerCase()) }))
    .filter(({ name, far }) => far <= Math.max(text.length, name.length) * 0.6)
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Levenshtein's: how many letters must be put in, taken out or changed. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change);
    }
    row = next;
  }
  return row[b.length] ?? 0;
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
