import type { Env } from '../../system/env.ts';
import { usageError } from '../../system/errors.ts';
import { isRecord } from '../../system/json.ts';
import { OPENAI_KINDS } from '../models/names.ts';
import { windowOf } from '../models/windows.ts';
import { type Adapter, type LaunchInput, SETTINGS_FILE, taskWords, type UserEnvironment } from './adapter.ts';

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
  launch: (feed, { env, platform }) => {
    const { content, moved } = configuration(feed, env, platform === 'win32' ? 32_000 : 130_000);
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
      notices:
        moved === undefined
          ? []
          : [
              `OPENCODE_CONFIG_CONTENT is too large to pass on as a variable, so ${Object.keys(moved).join(', ')} goes into a file. An opencode.json in this folder overrides it.`,
            ],
    };
  },
};

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
  env: UserEnvironment['env'],
  most: number,
): Configuration {
  const own = ownContent(env['OPENCODE_CONFIG_CONTENT']);
  const allowed = listIn(own, 'enabled_providers');
  const blocked = listIn(own, 'disabled_providers');
  const { others = [], main, haiku, sonnet, opus } = models;
  const known = Object.fromEntries(
    [...new Set([main, haiku, sonnet, opus, ...others])].map((id) => [id, declared(id, models)]),
  );
  const ours = {
    // A cloned repository's opencode.json may add its own provider and have an agent use it (measured). Only the
    // platform's provider is enabled, unless the user's own content enables more.
    enabled_providers: [...new Set([...allowed, PROVIDER])],
    disabled_providers: blocked.filter((id) => id !== PROVIDER),
    model: `${PROVIDER}/${models.main}`,
    small_model: `${PROVIDER}/${models.haiku}`,
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
function declared(id: string, { abilities }: LaunchInput['models']): Record<string, unknown> {
  const { context, output } = windowOf(id);
  const { images = true, tools = true, temperature = true, maxOutput = output } = abilities?.get(id) ?? {};
  return {
    attachment: images,
    tool_call: tools,
    temperature,
    limit: { context, output: Math.min(maxOutput, context) },
    modalities: { input: images ? ['text', 'image'] : ['text'], output: ['text'] },
  };
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
