import type { Profile } from '../../config/profile.ts';
import type { Model } from '../../platform-api/shapes.ts';
import { bareName, familyOf, isSameModel, newestFirst, TIERS, type Tier } from './names.ts';

/** The models that a profile names for Claude's tiers. */
export type TierModels = Pick<Profile, `${Tier}Model`>;

/** @returns the model that has exactly this name among its names. */
export function listedAs(models: readonly Model[], name: string): Model | undefined {
  return models.find(({ id, names = [] }) => id === name || names.includes(name));
}

/** @returns the tier that a user means by a name such as `opus` or `Opus`. */
export const tierNamed = (name: string): Tier | undefined =>
  TIERS.find((tier) => tier === name.toLowerCase());

export function bestOfTier(models: readonly Model[], tier: Tier): string | undefined {
  const ofTier = models.filter(({ id }) => familyOf(id) === 'claude' && bareName(id).includes(tier));
  return newestFirst(ofTier)[0]?.id;
}

/**
 * The one place that decides whether a platform offers a model: by any of its names, by the name of a Claude tier, or
 * by another provider's name for the same model.
 *
 * @param wanted as a user or an agent writes it; `codemie/` is OpenCode's prefix.
 * @param profile its own models for the tiers.
 * @returns a name that the platform accepts; undefined when the list has no such model.
 */
export function offeredAs(
  models: readonly Model[],
  wanted: string,
  profile: TierModels = {},
): string | undefined {
  const name = wanted.replace(/^codemie\//, '');
  if (listedAs(models, name) !== undefined) return name;
  const tier = tierNamed(name);
  if (tier !== undefined) return profile[`${tier}Model`] ?? bestOfTier(models, tier);
  return newestFirst(
    models.filter(({ id, names = [] }) => [id, ...names].some((one) => isSameModel(one, name))),
  )[0]?.id;
}
