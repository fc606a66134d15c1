import type { Env } from '../../system/env.ts';
import { usageError } from '../../system/errors.ts';
import { isRecord } from '../../system/json.ts';
import { canReason, familyOf, isForWork, OPENAI_KINDS } from '../models/names.ts';
import { listedAs } from '../models/offered.ts';
import { windowOf } from '../models/windows.ts';
import {
  type Adapter,
  type LaunchInput,
  type ModelChoice,
  SETTINGS_FILE,
  taskWords,
  type UserEnvironment,
} from './adapter.ts';
import { lastChosen, ownModel } from './opencode-config.ts';
import { type Naming, type OwnModel, type Used, usedModel, withOfferedModels } from './own-model.ts';

const PROVIDER = 'codemie';

/**
 * OpenCode. It merges `OPENCODE_CONFIG_CONTENT` over its configuration files; there the gateway is one more
 * OpenAI-compatible provider. The user's own content is kept, with ours merged over it. OpenCode starts a task when
 * its input ends (measured with 1.18.33).
 */
export const opencode: Adapter = {
  name: 'opencode',
  title: 'OpenCode',
  program: 'opencode',
  npmPackage: 'opencode-ai',
  tried: { oldest: '1.17.11', newest: '1.18.33' },
  hasInstallScript: true,
  dialect: 'openai',
  tracks: false,
  bypasses: /^(OPENCODE_CONFIG_CONTENT|OPENAI_|ANTHROPIC_)/,
  families: ['claude', 'openai', 'gemini'],
  prefers: [/claude.*sonnet/, /claude/, ...OPENAI_KINDS, /gemini/],
  launch: (given, user) => {
    const { env, platform } = user;
    const own = ownContent(env['OPENCODE_CONFIG_CONTENT']);
    const naming = namingFor(own);
    const { rest, notices, named } = withOfferedModels(given.rest, given.models, naming);
    const feed = { ...given, rest };
    const chosen = ownModels(user, own, given.models, naming, named.length > 0);
    const { content, moved } = configuration(
      feed,
      { own, chosen, named },
      env,
      platform === 'win32' ? 32_000 : 130_000,
    );
    return {
      argv:
        feed.task === undefined
          ? [...resumed(feed), ...interactive(feed.rest)]
          : ['run', ...resumed(feed), ...taskWords(feed.task, feed.rest)],
      env: {
        // No requests to OpenCode's own servers; a value the user set stays.
        ...unlessSet(env, { OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_MODELS_FETCH: '1' }),
        OPENCODE_DISABLE_SHARE: '1',
        OPENCODE_CONFIG_CONTENT: content,
        ...(moved === undefined ? {} : { OPENCODE_CONFIG: SETTINGS_FILE }),
      },
      ...(moved === undefined ? {} : { settings: moved }),
      input: 'brief',
      unattended: (feed.task !== undefined || feed.rest[0] === 'run') && !feed.rest.some(isInteractive),
      notices: [
        ...notices,
        ...chosen.flatMap((used) => used.notices),
        ...(moved === undefined
          ? []
          : [
              `OPENCODE_CONFIG_CONTENT is too large to pass on as a variable, so ${Object.keys(moved).join(', ')} goes into a file. An opencode.json in this folder overrides it.`,
            ]),
      ],
    };
  },
};

/** OpenCode's names are `provider/model`. Only the platform's provider is enabled, and those that the user's content enables. */
function namingFor(own: Readonly<Record<string, unknown>>): Naming {
  const allowed = listIn(own, 'enabled_providers');
  return {
    read: (name) => name.slice(name.indexOf('/') + 1),
    write: (model) => `${PROVIDER}/${model}`,
    isKept: (name) => allowed.includes(name.split('/')[0]) && !name.startsWith(`${PROVIDER}/`),
  };
}

/** @returns `model` and `small_model`: the user's own, or else what they last chose in OpenCode, or else our defaults. */
function ownModels(
  user: UserEnvironment,
  own: Readonly<Record<string, unknown>>,
  models: ModelChoice,
  naming: Naming,
  isSaid: boolean,
): readonly [Used, Used] {
  // Without the platform's list, another provider's name may be anything.
  const isKnown = ({ name }: OwnModel): boolean =>
    (models.listed ?? []).length > 0 || name.startsWith(`${PROVIDER}/`) || naming.isKept?.(name) === true;
  const said = (name: 'model' | 'small_model'): OwnModel | undefined =>
    [ownModel(user, own, name)].find((found) => found !== undefined && isKnown(found));
  const small = usedModel(models, said('small_model'), naming, models.haiku);
  if (isSaid || models.isNamed === true) return [usedModel(models, undefined, naming), small];
  const last = lastChosen(user).find(
    ({ name }) => usedModel(models, { name, source: '' }, naming).notices.length === 0,
  );
  return [usedModel(models, said('model') ?? last, naming), small];
}

const isInteractive = (word: string): boolean => word === '-i' || word === '--interactive';

function resumed({ resume }: LaunchInput): readonly string[] {
  if (resume === undefined) return [];
  return resume === true ? ['--continue'] : ['--session', resume];
}

/** The first positional is a folder or a subcommand, so an argument with a space in it can only be a prompt. */
function interactive(rest: readonly string[]): readonly string[] {
  const at = rest.findIndex((word) => !word.startsWith('-') && /\s/.test(word));
  return at === -1 ? rest : [...rest.slice(0, at), '--prompt', ...rest.slice(at)];
}

interface Chosen {
  /** The user's own OPENCODE_CONFIG_CONTENT. */
  readonly own: Readonly<Record<string, unknown>>;
  /** `model` and `small_model`. */
  readonly chosen: readonly [Used, Used];
  /** The models in OpenCode's arguments. */
  readonly named: readonly string[];
}

interface Configuration {
  readonly content: string;
  /** The part of the user's own content that does not fit into a variable. */
  readonly moved?: Readonly<Record<string, unknown>>;
}

/**
 * @param most how many bytes a variable may hold (Linux: 128 KiB with its name, execve(2); Windows: 32,767
 *   characters).
 * @throws USAGE when the content needs a file but OPENCODE_CONFIG already names one; there is only one.
 */
function configuration(
  { gatewayUrl, key, models }: LaunchInput,
  { own, chosen, named }: Chosen,
  env: UserEnvironment['env'],
  most: number,
): Configuration {
  const allowed = listIn(own, 'enabled_providers');
  const blocked = listIn(own, 'disabled_providers');
  const { listed = [], main, haiku, sonnet, opus } = models;
  const ids = listed.map(({ id }) => id).filter(isForWork);
  const asked = [...chosen.map(({ model }) => model), ...named].flatMap((name) =>
    name.startsWith(`${PROVIDER}/`) ? [name.slice(PROVIDER.length + 1)] : [],
  );
  const known = Object.fromEntries(
    [...new Set([main, haiku, sonnet, opus, ...asked, ...ids])].map((id) => [
      id,
      { ...declared(id, models), ...reasoning(id, chosen[1].model === `${PROVIDER}/${id}`) },
    ]),
  );
  const ours = {
    // A cloned repository's opencode.json may add its own provider and have an agent use it (measured). Only the
    // platform's provider is enabled, unless the user's own content enables more.
    enabled_providers: [...new Set([...allowed, PROVIDER])],
    disabled_providers: blocked.filter((id) => id !== PROVIDER),
    model: chosen[0].model,
    small_model: chosen[1].model,
    // It could also have every conversation uploaded to an address of its choice.
    share: 'disabled',
  };
  const provider = {
    name: 'CodeMie',
    npm: '@ai-sdk/openai-compatible',
    options: { baseURL: `${gatewayUrl}/v1`, apiKey: key },
    models: known,
  };
  const moved: Record<string, unknown> = {};
  const kept = { ...own };
  const content = (): string => {
    const providers = isRecord(kept['provider']) ? kept['provider'] : {};
    return JSON.stringify({ ...kept, ...ours, provider: { ...providers, [PROVIDER]: provider } });
  };
  // Content overrides a repository's files and a file does not, so as much as possible stays in the variable.
  for (const [name, value] of bySize(own)) {
    if (Buffer.byteLength(content()) <= most) break;
    moved[name] = value;
    delete kept[name];
  }
  if (Object.keys(moved).length === 0) return { content: content() };
  if ((env['OPENCODE_CONFIG'] ?? '') === '') return { content: content(), moved };
  throw usageError(
    'OPENCODE_CONFIG_CONTENT is too large to pass on as a variable, and OPENCODE_CONFIG already names a file.',
    { fix: 'unset OPENCODE_CONFIG_CONTENT', hint: 'Move its settings to that file first.' },
  );
}

/** Without these, OpenCode sends no pictures, and never shortens a conversation that becomes too long. */
function declared(name: string, { listed = [] }: ModelChoice): Record<string, unknown> {
  const { context, output } = windowOf(name);
  const model = listedAs(listed, name);
  const { images = true, tools = true, temperature = true, maxOutput = output } = model?.abilities ?? {};
  return {
    attachment: images,
    tool_call: tools,
    temperature,
    limit: { context, output: Math.min(maxOutput, context) },
    modalities: { input: images ? ['text', 'image'] : ['text'], output: ['text'] },
  };
}

/**
 * OpenCode gives its small tasks the first variant of their model, and a temperature, which Claude's models refuse while
 * they think. So their first variant is not to think.
 */
function reasoning(name: string, isSmall: boolean): Record<string, unknown> {
  if (!isSmall || familyOf(name) !== 'claude') return { reasoning: canReason(name) };
  if (!canReason(name)) return {};
  const efforts = ['low', 'medium', 'high'].map((effort) => [effort, { reasoningEffort: effort }] as const);
  return { variants: { none: {}, ...Object.fromEntries(efforts) } };
}

const listIn = (own: Readonly<Record<string, unknown>>, name: string): readonly unknown[] =>
  Array.isArray(own[name]) ? own[name] : [];

/** Largest values first. */
function bySize(own: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
  const size = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
  return Object.entries(own).sort(([, a], [, b]) => size(b) - size(a));
}

function ownContent(text: string | undefined): Record<string, unknown> {
  if (text === undefined || text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (isRecord(value)) return value;
  throw usageError('OPENCODE_CONFIG_CONTENT is not a JSON object.', {
    fix: 'unset OPENCODE_CONFIG_CONTENT',
    hint: 'Or fix its value.',
  });
}

function unlessSet(env: Env, values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => (env[name] ?? '') === ''));
}
