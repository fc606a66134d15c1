import { join } from 'node:path';
import { usageError } from '../../system/errors.ts';
import { isRecord } from '../../system/json.ts';
import { TIERS } from '../models/names.ts';
import type { ModelChoice, UserEnvironment } from './adapter.ts';
import { offered } from './own-model.ts';

type ReadFile = UserEnvironment['readFile'];
type Settings = Readonly<Record<string, unknown>>;

export interface Taken {
  /** The arguments without `--settings`. */
  readonly rest: readonly string[];
  readonly settings: Settings;
  /** Its `env` block. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Takes the user's own `--settings` (files or JSON) out of the arguments, to be merged with ours. When there are
 * several, the last one wins.
 *
 * @throws USAGE for a value that is neither a readable file nor a JSON object.
 */
export function takeSettings(args: readonly string[], readFile: ReadFile): Taken {
  const rest: string[] = [];
  let settings: Settings = {};
  for (let i = 0; i < args.length; i += 1) {
    const word = args[i] ?? '';
    const inline = word.startsWith('--settings=');
    if (word !== '--settings' && !inline) {
      rest.push(word);
      continue;
    }
    if (!inline) i += 1;
    const given = parse(inline ? word.slice('--settings='.length) : (args[i] ?? ''), readFile);
    settings = { ...settings, ...given, env: { ...envOf(settings), ...envOf(given) } };
  }
  return { rest, settings, env: envOf(settings) };
}

/** Variables that a repository's settings must not decide: the network route, and telemetry of the conversation. */
const ROUTES = [
  ['HTTP_PROXY', 'http_proxy'],
  ['HTTPS_PROXY', 'https_proxy'],
  ['ALL_PROXY', 'all_proxy'],
  ['CLAUDE_CODE_ENABLE_TELEMETRY'],
];

/** @returns those variables as the user set them, in Claude Code's order of precedence; empty when they are not set. */
export function ownRoutes(
  user: UserEnvironment,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const sources = sourcesOf(user, own);
  return Object.fromEntries(
    ROUTES.flatMap((names) => {
      const value = sources.flatMap((source) => names.map((name) => source[name])).find(Boolean) ?? '';
      return names.map((name) => [name, value]);
    }),
  );
}

const userSettings = ({ env, userHome }: UserEnvironment): string =>
  join(env['CLAUDE_CONFIG_DIR'] || join(userHome, '.claude'), 'settings.json');

/** Where the user sets variables for Claude Code, the strongest first. */
const sourcesOf = (
  user: UserEnvironment,
  own: Readonly<Record<string, string>>,
): readonly UserEnvironment['env'][] => [own, envOf(lenient(userSettings(user), user.readFile)), user.env];

/** The strongest last. */
const settingsFiles = (user: UserEnvironment): readonly string[] => [
  userSettings(user),
  join(user.cwd, '.claude', 'settings.json'),
  join(user.cwd, '.claude', 'settings.local.json'),
];

/** @returns the proxy exemptions in the settings files. Our NO_PROXY overrides theirs, so it must include them. */
export function exemptionsInSettings(user: UserEnvironment): string[] {
  return settingsFiles(user).flatMap((file) => {
    const own = envOf(lenient(file, user.readFile));
    return [own['NO_PROXY'], own['no_proxy']].filter((value) => value !== undefined);
  });
}

/** Claude Code's own words for a model, besides the names that a platform lists. */
const MODEL_WORDS = new Set<string>([...TIERS, 'opusplan', 'best', 'default', 'inherit']);
const MODEL_VARIABLES = [
  'ANTHROPIC_MODEL',
  'ANTHROPIC_DEFAULT_HAIKU_MODEL',
  'ANTHROPIC_DEFAULT_SONNET_MODEL',
  'ANTHROPIC_DEFAULT_OPUS_MODEL',
  'ANTHROPIC_SMALL_FAST_MODEL',
  'CLAUDE_CODE_SUBAGENT_MODEL',
];

/**
 * The models that the user chose with Claude Code's own variables, in its order of precedence.
 *
 * @returns those that can be used, in the platform's form, and the variables whose model can't: another provider's name
 *   would end every request.
 */
export function ownModels(
  user: UserEnvironment,
  own: Readonly<Record<string, string>>,
  models: ModelChoice,
): { readonly kept: Readonly<Record<string, string>>; readonly unusable: readonly string[] } {
  const sources = sourcesOf(user, own);
  const kept: Record<string, string> = {};
  const unusable: string[] = [];
  for (const name of MODEL_VARIABLES) {
    const value = sources.map((source) => source[name]).find(Boolean);
    if (value === undefined) continue;
    const model = usable(value, models);
    if (model === undefined) unusable.push(name);
    else kept[name] = model;
  }
  return { kept, unusable };
}

/** @returns the name as the platform accepts it, with Claude Code's mark for a large window. */
function usable(value: string, models: ModelChoice): string | undefined {
  const [, name = '', mark = ''] = /^(.*?)(\[1m\])?$/is.exec(value) ?? [];
  if (MODEL_WORDS.has(name.toLowerCase())) return value;
  const model = offered(models, name);
  return model === undefined ? undefined : `${model}${mark}`;
}

/** The model of the settings that Claude Code reads, such as one chosen with /model. */
export interface ModelInSettings {
  readonly name: string;
  readonly source: string;
  /** As the platform accepts it. */
  readonly usable: string | undefined;
}

/** @param given the user's own `--settings`, which override their files. */
export function modelInSettings(
  user: UserEnvironment,
  given: Settings,
  models: ModelChoice,
): ModelInSettings | undefined {
  const files = settingsFiles(user).map((file) => [file, lenient(file, user.readFile)] as const);
  for (const [source, { model: name }] of [['--settings', given] as const, ...files.reverse()]) {
    if (typeof name === 'string' && name !== '') return { name, source, usable: usable(name, models) };
  }
  return undefined;
}

/** @returns whether the user lists models of their own in /model. */
export function hasOwnPicker(user: UserEnvironment): boolean {
  return 'modelPicker' in lenient(userSettings(user), user.readFile);
}

/** @returns whether the user sets headers for Claude Code's requests, in the environment or in settings of their own. */
export function setsHeaders(user: UserEnvironment, own: Readonly<Record<string, string>>): boolean {
  return sourcesOf(user, own).some((source) => (source['ANTHROPIC_CUSTOM_HEADERS'] ?? '') !== '');
}

function parse(given: string, readFile: ReadFile): Settings {
  let value: unknown;
  try {
    value = JSON.parse(given.trim().startsWith('{') ? given : readFile(given));
  } catch {
    throw usageError('--settings must be a readable file or a JSON object.', {
      hint: 'Check what you pass to --settings.',
    });
  }
  if (isRecord(value)) return value;
  throw usageError('--settings must be a JSON object.', { hint: 'Check what you pass to --settings.' });
}

/** A missing or broken file counts as empty; Claude Code itself complains about it. */
function lenient(file: string, readFile: ReadFile): Settings {
  try {
    const value: unknown = JSON.parse(readFile(file));
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function envOf(settings: Settings): Record<string, string> {
  const env = settings['env'];
  if (!isRecord(env)) return {};
  return Object.fromEntries(
    // Claude Code passes numbers and booleans on as text (measured).
    Object.entries(env).flatMap(([name, value]) =>
      ['string', 'number', 'boolean'].includes(typeof value) ? [[name, String(value)]] : [],
    ),
  );
}
