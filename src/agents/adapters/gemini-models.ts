import { join } from 'node:path';
import type { Model } from '../../platform-api/shapes.ts';
import { isRecord, objectIn, withoutComments } from '../../system/json.ts';
import { bareName, familyOf, isForWork, newestFirst } from '../models/names.ts';
import { listedAs } from '../models/offered.ts';
import { type ModelChoice, textIfAny, type UserEnvironment } from './adapter.ts';
import type { Naming, OwnModel } from './own-model.ts';

/** Model names that Gemini CLI replaces on the way to the server (read and measured with 0.61.0). */
const RENAMED = /^(gemini-3-flash|gemini-3\.5-flash|gemini-3\.1-flash-lite)$/;

const TIERS = ['pro', 'flash', 'flash-lite'] as const;
type Tier = (typeof TIERS)[number];

/** What Gemini CLI 0.61.0 calls each tier: its aliases, and Google's models, which it also requests for its own small tasks. */
const BUILT_IN: Readonly<Record<Tier, readonly string[]>> = {
  pro: [
    'pro',
    'auto',
    'auto-gemini-3',
    'auto-gemini-2.5',
    'gemini-2.5-pro',
    'gemini-3-pro-preview',
    'gemini-3.1-pro-preview',
    'gemini-3.1-pro-preview-customtools',
    'gemma-4-31b-it',
    'gemma-4-26b-a4b-it',
  ],
  flash: ['flash', 'gemini-2.5-flash', 'gemini-3-flash-preview', 'gemini-3.5-flash', 'gemini-3.8-flash'],
  'flash-lite': ['flash-lite', 'gemini-2.5-flash-lite', 'gemini-3.1-flash-lite', 'gemini-3.5-flash-lite'],
};
const ALIASES = /^(auto|auto-gemini-.+|pro|flash|flash-lite)$/;

/** @returns whether Gemini CLI would ask for another model than this one. */
export const isRenamed = (name: string): boolean => RENAMED.test(name);

/** @returns a name that reaches the platform as it is, if the platform has one for the model. */
const sendable = ({ id, names = [] }: Model): string => [id, ...names].find((name) => !isRenamed(name)) ?? id;

/** Gemini CLI's aliases stand for the platform's models; see `declaredModels`. */
export function namingOf({ listed = [] }: Pick<ModelChoice, 'listed'>): Naming {
  return {
    read: (name) => name.replace(/^models\//, ''),
    write: (name) => {
      const model = listedAs(listed, name);
      return model !== undefined && isRenamed(name) ? sendable(model) : name;
    },
    isKept: (name) => ALIASES.test(name),
  };
}

/**
 * The settings that declare the platform's models to Gemini CLI: its /model lists them instead of Google's, and its own
 * names and small tasks use them.
 *
 * @returns nothing when the platform could not list its models.
 */
export function declaredModels(
  { main, listed = [] }: ModelChoice,
  own: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const models = listed.filter(({ id }) => familyOf(id) === 'gemini' && isForWork(id));
  if (models.length === 0) return {};
  const names = [...new Set([...newestFirst(models).map(sendable), namingOf({ listed }).write(main)])];
  const taken = new Set([...names, ...models.flatMap(({ id, names: all = [] }) => [id, ...all])]);
  const targets = targetsOf(models, main);
  const builtIn = TIERS.flatMap((tier) => BUILT_IN[tier].map((name) => [name, tier] as const));
  const missing = builtIn.filter(([name]) => !taken.has(name));
  const configs = recordIn(own, 'modelConfigs');
  const overrides = configs['customOverrides'];
  return {
    experimental: { dynamicModelConfiguration: true, ...recordIn(own, 'experimental') },
    modelConfigs: {
      ...configs,
      modelDefinitions: {
        ...Object.fromEntries(builtIn.map(([name, tier]) => [name, hidden(name, tier)])),
        ...Object.fromEntries(names.map((name) => [name, definition(name)])),
        ...recordIn(configs, 'modelDefinitions'),
      },
      modelIdResolutions: {
        ...Object.fromEntries([...taken].map((name) => [name, { default: name }])),
        ...Object.fromEntries(missing.map(([name, tier]) => [name, { default: targets[tier] }])),
        ...recordIn(configs, 'modelIdResolutions'),
      },
      classifierIdResolutions: {
        pro: { default: targets.pro },
        flash: { default: targets.flash },
        ...recordIn(configs, 'classifierIdResolutions'),
      },
      customOverrides: [
        ...missing
          .filter(([name]) => !name.startsWith('auto'))
          .map(([name, tier]) => ({ match: { model: name }, modelConfig: { model: targets[tier] } })),
        ...(Array.isArray(overrides) ? overrides : []),
      ],
    },
  };
}

/** The newest model of each tier; a tier without one takes the next larger one. */
function targetsOf(models: readonly Model[], main: string): Readonly<Record<Tier, string>> {
  const best = (tier: Tier): string | undefined => {
    const [model] = newestFirst(models.filter(({ id }) => tierOf(id) === tier));
    return model && sendable(model);
  };
  const pro = tierOf(main) === 'pro' ? main : (best('pro') ?? main);
  const flash = best('flash') ?? pro;
  return { pro, flash, 'flash-lite': best('flash-lite') ?? flash };
}

function tierOf(name: string): Tier {
  const bare = bareName(name);
  if (/flash.*lite/.test(bare)) return 'flash-lite';
  return bare.includes('flash') ? 'flash' : 'pro';
}

function definition(name: string): Record<string, unknown> {
  const [, version] = /^gemini-(3|2\.5)/.exec(name) ?? [];
  return {
    displayName: name,
    tier: name.startsWith('gemini-') ? tierOf(name) : 'custom',
    family: version === undefined ? 'custom' : `gemini-${version}`,
    isPreview: false,
    isVisible: true,
    features: { thinking: version === '3', multimodalToolUse: name.startsWith('gemini-3-') },
  };
}

function hidden(name: string, tier: Tier): Record<string, unknown> {
  const isAuto = name.startsWith('auto');
  return {
    ...definition(name),
    displayName: isAuto ? 'Auto' : name,
    tier: isAuto ? 'auto' : tier,
    isVisible: name === 'auto',
  };
}

/** @returns the model that Gemini CLI itself would use, from a variable, an `.env` file or its settings. */
export function ownModel(
  user: UserEnvironment,
  own: { readonly folder: string; readonly settings: Readonly<Record<string, unknown>> },
  isTrusted: boolean,
): OwnModel | undefined {
  const variable = user.env['GEMINI_MODEL'] ?? '';
  if (variable !== '') return { name: variable, source: 'GEMINI_MODEL' };
  const project = join(user.cwd, '.gemini');
  const files = [
    ...(isTrusted ? [join(project, '.env'), join(user.cwd, '.env')] : []),
    join(own.folder, '.env'),
    join(own.folder, '..', '.env'),
  ];
  const env = files.find((file) => user.exists(file));
  const [, name] =
    /^\s*(?:export\s+)?GEMINI_MODEL\s*=\s*["']?([^\s"'#]+)/m.exec(
      env === undefined ? '' : textIfAny(user, env),
    ) ?? [];
  if (name !== undefined && env !== undefined) return { name, source: env };
  const settings = join(project, 'settings.json');
  const theirs = isTrusted ? (objectIn(withoutComments(textIfAny(user, settings))) ?? {}) : {};
  return modelIn(theirs, settings) ?? modelIn(own.settings, join(own.folder, 'settings.json'));
}

function modelIn(settings: Readonly<Record<string, unknown>>, source: string): OwnModel | undefined {
  const name = recordIn(settings, 'model')['name'];
  return typeof name === 'string' && name !== '' ? { name, source } : undefined;
}

function recordIn(
  record: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>> {
  const value = record[name];
  return isRecord(value) ? value : {};
}
