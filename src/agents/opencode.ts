import { usageError } from '../system/errors.ts';
import { isRecord } from '../system/json.ts';
import { type Adapter, type Feed, taskWords } from './adapter.ts';

const PROVIDER = 'codemie';

/**
 * OpenCode. It is fed by `OPENCODE_CONFIG_CONTENT`, which it merges over its configuration files; the gateway is one more
 * OpenAI-compatible provider there. A content of the person's own is kept and ours is laid over it.
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
  prefers: [/claude.*sonnet/i, /gpt/i],
  launch: (feed, { env }) => ({
    argv:
      feed.task === undefined
        ? [...resumed(feed), ...interactive(feed.rest)]
        : ['run', ...resumed(feed), ...taskWords(feed.task, feed.rest)],
    env: {
      // Quiet about itself while it works for somebody else's platform; a value the person set stays.
      ...unlessSet(env, { OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_MODELS_FETCH: '1' }),
      OPENCODE_CONFIG_CONTENT: JSON.stringify(configuration(feed, env['OPENCODE_CONFIG_CONTENT'])),
    },
    unattended: feed.task !== undefined || feed.rest[0] === 'run',
  }),
};

function resumed({ resume }: Feed): readonly string[] {
  if (resume === undefined) return [];
  return resume === true ? ['--continue'] : ['--session', resume];
}

/** Its first positional is a folder or a subcommand; words with a space between them can only be meant as the prompt. */
function interactive(rest: readonly string[]): readonly string[] {
  const at = rest.findIndex((word) => !word.startsWith('-') && /\s/.test(word));
  return at === -1 ? rest : [...rest.slice(0, at), '--prompt', ...rest.slice(at)];
}

function configuration({ gatewayUrl, key, models }: Feed, own: string | undefined): Record<string, unknown> {
  const base = ownContent(own);
  const providers = isRecord(base['provider']) ? base['provider'] : {};
  const known = Object.fromEntries([...new Set(Object.values(models))].map((id) => [id, {}]));
  const allowed = Array.isArray(base['enabled_providers']) ? base['enabled_providers'] : [];
  return {
    ...base,
    // A cloned repository's opencode.json may name a provider of its own and have an agent use it (measured): prompts
    // go to the platform alone, unless the person's own content allows more.
    enabled_providers: [...new Set([...allowed, PROVIDER])],
    model: `${PROVIDER}/${models.main}`,
    small_model: `${PROVIDER}/${models.haiku}`,
    provider: {
      ...providers,
      [PROVIDER]: {
        name: 'CodeMie',
        npm: '@ai-sdk/openai-compatible',
        options: { baseURL: `${gatewayUrl}/v1`, apiKey: key },
        models: known,
      },
    },
  };
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
  throw usageError(
    'OPENCODE_CONFIG_CONTENT is not a JSON object.',
    'Correct it, or unset OPENCODE_CONFIG_CONTENT',
  );
}

function unlessSet(
  env: Readonly<Record<string, string | undefined>>,
  values: Record<string, string>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => (env[name] ?? '') === ''));
}
