import { printable } from '../../system/printable.ts';
import { tomlText } from '../../system/toml.ts';
import { offeredAs, tierNamed } from '../models/offered.ts';
import type { ModelChoice } from './adapter.ts';

/** A model that the user chose with the agent's own means. */
export interface OwnModel {
  readonly name: string;
  /** Where, as the user knows it: a variable, a flag or a file. */
  readonly source: string;
}

/** How an agent writes the name of a model. */
export interface Naming {
  /** The name of the model itself. */
  readonly read: (name: string) => string;
  readonly write: (model: string) => string;
  /** A name that means something to the agent itself, or another provider's that the user allows. */
  readonly isKept?: (name: string) => boolean;
  /** Flags for any setting, where a model is `model="X"`, in TOML. */
  readonly settingFlags?: readonly string[];
}

export const PLAIN: Naming = { read: (name) => name, write: (model) => model };

export interface Used {
  /** In the agent's form. */
  readonly model: string;
  readonly notices: readonly string[];
}

/**
 * The user's own choice takes precedence over our default where the platform offers that model.
 *
 * @param fallback what is used otherwise, as the platform writes it.
 */
export function usedModel(
  models: ModelChoice,
  own: OwnModel | undefined,
  { read, write, isKept }: Naming = PLAIN,
  fallback = models.main,
): Used {
  if (own === undefined) return { model: write(fallback), notices: [] };
  if (isKept?.(own.name) === true) return { model: own.name, notices: [] };
  const model = offered(models, read(own.name));
  if (model !== undefined) return { model: write(model), notices: [] };
  return { model: write(fallback), notices: [notOffered(own, fallback)] };
}

export function notOffered({ name, source }: OwnModel, used: string): string {
  return `the model "${printable(name)}" in ${source} isn't available to you, so ${used} is used.`;
}

/** @returns a name that the platform accepts; any name when it could not list its models. */
export function offered({ listed = [], isOpen, ...tiers }: ModelChoice, name: string): string | undefined {
  const tier = tierNamed(name);
  if (listed.length === 0) return tier === undefined ? name : tiers[tier];
  const { haiku: haikuModel, sonnet: sonnetModel, opus: opusModel } = tiers;
  return (
    offeredAs(listed, name, { haikuModel, sonnetModel, opusModel }) ?? (isOpen === true ? name : undefined)
  );
}

export interface OwnWords {
  /** The agent's arguments. */
  readonly rest: readonly string[];
  readonly notices: readonly string[];
  /** The models that they name, in the agent's form. */
  readonly named: readonly string[];
}

/**
 * Puts the platform's names in place of those after the agent's own flag for a model (`-m X`, `-mX`, `--model=X`), up
 * to `--`.
 */
export function withOfferedModels(
  words: readonly string[],
  models: ModelChoice,
  naming: Naming = PLAIN,
): OwnWords {
  const notices: string[] = [];
  const named: string[] = [];
  const renamed = (name: string, source: string): string => {
    const used = usedModel(models, { name, source }, naming);
    notices.push(...used.notices);
    named.push(used.model);
    return used.model;
  };
  const end = words.indexOf('--');
  const rest = words.map((word, i) => {
    if (end !== -1 && i >= end) return word;
    const before = words[i - 1] ?? '';
    if (before === '-m' || before === '--model') return renamed(word, before);
    const [, value] = (naming.settingFlags?.includes(before) && /^model\s*=\s*(.+)$/.exec(word)) || [];
    if (value !== undefined) return `model=${JSON.stringify(renamed(tomlText(value), before))}`;
    const [, flag, sign = '', name = ''] = /^(-m|--model(?==))(=?)(.+)$/.exec(word) ?? [];
    return flag === undefined ? word : `${flag}${sign}${renamed(name, flag)}`;
  });
  return { rest, notices, named };
}
