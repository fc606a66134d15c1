import type { Profile } from '../../config/profile.ts';
import type { Context } from '../../context.ts';
import type { Access } from '../../credentials/access.ts';
import { withShortTimeout } from '../../platform-api/client.ts';
import { modelsOf } from '../../platform-api/models.ts';
import type { Model } from '../../platform-api/shapes.ts';
import { CodemieError, messageOf, usageError } from '../../system/errors.ts';
import { printable } from '../../system/printable.ts';
import type { Adapter, ModelChoice } from '../adapters/adapter.ts';
import { bareName, familyOf, isForWork, newestFirst, type Tier } from './names.ts';
import { didYouMean, nearest } from './near-names.ts';
import { bestOfTier, offeredAs, tierNamed } from './offered.ts';

/**
 * Chooses the models of a run. A model named for this run (`--model`, CODEMIE_MODEL) is used; one from the command
 * line is checked against the models the platform allows. A saved model is only the default of the agents that can
 * use it. Otherwise the newest model of the agent's own families in the platform's list is used. A tier name (`opus`)
 * stands for the newest model of that tier, and each Claude tier keeps its own model, whatever the main model is.
 *
 * @param typed whether the model was named on the command line.
 * @throws AUTH_REFUSED (4) for a rejected credential; NO_MODEL (6) when the platform allows this user none;
 *   MODEL_UNKNOWN (2) with the nearest names.
 */
export async function chooseModels(
  context: Context,
  access: Access,
  adapter: Adapter,
  typed: boolean,
): Promise<ModelChoice> {
  const { profile, model, keyProvider, env } = access.selection;
  // OpenCode's own form of the name.
  const given = model?.replace(/^codemie\//, '');
  const isNamed = typed || (env['CODEMIE_MODEL'] ?? '') !== '';
  const wanted = given !== undefined && !isNamed && !canUse(adapter, given) ? undefined : given;
  if (wanted === undefined) {
    const models = await modelsOf(context, access);
    const main = bestFor(models, adapter) ?? given ?? anyOf(models);
    if (main === undefined) throw noModel(access);
    return { ...withTiers(main, models, profile), isOpen: keyProvider !== undefined };
  }
  const tier = tierNamed(wanted);
  // A tier name can only be resolved with the list.
  const models = await listIfAny(tier === undefined ? withShortTimeout(context) : context, access);
  if (models === undefined) return { ...withTiers(wanted, [], profile), isNamed };
  const isOpen = keyProvider !== undefined;
  const best =
    isOpen && tier === undefined
      ? wanted
      : (offeredAs(models, wanted, profile) ?? (isOpen ? wanted : undefined));
  if (best !== undefined) return { ...withTiers(best, models, profile), isNamed, isOpen };
  const unknown = unknownModel(models, wanted);
  if (tier !== undefined || typed) throw unknown;
  const notice = `${unknown.message} The platform will say whether it accepts it.`;
  return { ...withTiers(wanted, models, profile), isNamed, notice };
}

function withTiers(main: string, models: readonly Model[], profile: Profile | undefined): ModelChoice {
  const of = (tier: Tier): string =>
    profile?.[`${tier}Model`] ??
    (bareName(main).includes(tier) ? main : undefined) ??
    bestOfTier(models, tier) ??
    main;
  return { main, haiku: of('haiku'), sonnet: of('sonnet'), opus: of('opus'), listed: models };
}

/** A name without a known family may be any model: let the platform decide. */
function canUse({ families }: Adapter, model: string): boolean {
  const family = tierNamed(model) === undefined ? familyOf(model) : 'claude';
  return family === undefined || families.includes(family);
}

/**
 * @returns the newest model of the first kind in the list; a model the agent would rename only when there is no
 *   other.
 */
export function bestFor(
  models: readonly Model[],
  { prefers, renames, program }: Pick<Adapter, 'prefers' | 'renames' | 'program'>,
): string | undefined {
  const isRenamed = ({ id, names = [] }: Model): boolean =>
    renames !== undefined && [id, ...names].every(renames);
  const usable = models.filter(({ id }) => isForWork(id));
  for (const some of [usable.filter((model) => !isRenamed(model)), usable]) {
    for (const kind of prefers) {
      const ofKind = some.filter(({ id }) => kind.test(bareName(id)));
      const [best] = newestFirst(ofKind, program);
      if (best !== undefined) return best.id;
    }
  }
  return undefined;
}

/** For a platform without any of the agent's families. */
function anyOf(models: readonly Model[]): string | undefined {
  const usable = models.filter(({ id }) => isForWork(id));
  return (usable.find((model) => model.isDefault) ?? usable[0])?.id;
}

/**
 * @returns the models this user may use, or undefined when the platform cannot list them now; it then decides per
 *   request.
 */
async function listIfAny(context: Context, access: Access): Promise<readonly Model[] | undefined> {
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

function noModel({ origin }: Access): CodemieError {
  return new CodemieError({
    code: 'NO_MODEL',
    message: `You don't have access to any models on ${origin}.`,
    hint: 'Ask your CodeMie administrator for access to models.',
  });
}

function unknownModel(models: readonly Model[], wanted: string): CodemieError {
  const near = nearest(
    wanted,
    models.map(({ id }) => id),
  );
  return usageError(
    `Model "${printable(wanted)}" isn't available to you.${didYouMean(near)}`,
    { fix: 'codemie models' },
    'MODEL_UNKNOWN',
  );
}
