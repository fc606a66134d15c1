import { usageError } from '../system/errors.ts';
import { type Adapter, type Feed, SETTINGS_FILE } from './adapter.ts';

/**
 * Claude Code. Its own settings files (the person's, or a cloned repository's) override the process environment, and
 * `--settings` overrides both, so everything goes into a `--settings` file; a `--settings` of the person's is merged.
 */
export const claude: Adapter = {
  name: 'claude',
  title: 'Claude Code',
  program: 'claude',
  npmPackage: '@anthropic-ai/claude-code',
  bypasses:
    /^(ANTHROPIC_|CLAUDE_CODE_USE_|CLAUDE_CODE_OAUTH_TOKEN$|CLAUDE_CODE_SUBAGENT_MODEL$|AWS_BEARER_TOKEN_BEDROCK$)/,
  prefers: [/claude.*sonnet/i, /claude/i],
  launch: (feed, { readFile }) => {
    const { rest, settings } = takeSettings(feed.rest, readFile);
    const env = environment(feed);
    const own = isRecord(settings['env']) ? settings['env'] : {};
    return {
      argv: [...(feed.task === undefined ? [] : ['-p', feed.task]), '--settings', SETTINGS_FILE, ...rest],
      env,
      settings: { ...settings, env: { ...own, ...env } },
    };
  },
};

function environment({ gatewayUrl, key, models }: Feed): Record<string, string> {
  return {
    ANTHROPIC_BASE_URL: gatewayUrl,
    ANTHROPIC_AUTH_TOKEN: key,
    ANTHROPIC_MODEL: models.main,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: models.haiku,
    ANTHROPIC_DEFAULT_SONNET_MODEL: models.sonnet,
    ANTHROPIC_DEFAULT_OPUS_MODEL: models.opus,
    CLAUDE_CODE_SUBAGENT_MODEL: models.main,
  };
}

/** Takes the person's own `--settings` (a file or JSON) out of the arguments, to be merged with ours. */
function takeSettings(
  args: readonly string[],
  readFile: (path: string) => string,
): { rest: readonly string[]; settings: Record<string, unknown> } {
  const at = args.findIndex((word) => word === '--settings' || word.startsWith('--settings='));
  if (at === -1) return { rest: args, settings: {} };
  const inline = (args[at] ?? '').includes('=');
  const given = inline ? (args[at] ?? '').slice('--settings='.length) : (args[at + 1] ?? '');
  const rest = [...args.slice(0, at), ...args.slice(at + (inline ? 1 : 2))];
  let value: unknown;
  try {
    value = JSON.parse(given.trim().startsWith('{') ? given : readFile(given));
  } catch {
    throw usageError('--settings is neither a readable file nor JSON.', 'Check what you pass to --settings');
  }
  if (!isRecord(value))
    throw usageError('--settings is not a JSON object.', 'Check what you pass to --settings');
  return { rest, settings: value };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
