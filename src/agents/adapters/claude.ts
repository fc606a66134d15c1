import { exemptions } from '../agent-environment.ts';
import { familyOf } from '../models/names.ts';
import { type Adapter, isLikeOption, type LaunchInput, PLUGIN_FOLDER, SETTINGS_FILE } from './adapter.ts';
import { exemptionsInSettings, ownRoads, takeSettings } from './claude-settings.ts';

/**
 * Claude Code. Its own settings files (the person's, or a cloned repository's) override the process environment, and
 * `--settings` overrides both, so everything goes into a `--settings` file; a `--settings` of the person's is merged.
 */
export const claude: Adapter = {
  name: 'claude',
  title: 'Claude Code',
  program: 'claude',
  npmPackage: '@anthropic-ai/claude-code',
  tried: { oldest: '2.1.280', newest: '2.1.330' },
  hasInstallScript: true,
  dialect: 'anthropic',
  tracks: true,
  bypasses:
    /^(ANTHROPIC_|CLAUDE_CODE_USE_|CLAUDE_CODE_OAUTH_TOKEN$|CLAUDE_CODE_SUBAGENT_MODEL$|AWS_BEARER_TOKEN_BEDROCK$)/,
  families: ['claude'],
  prefers: [/claude.*sonnet/, /claude.*opus/, /claude/],
  launch: (feed, person) => {
    const { rest, settings, env: own } = takeSettings(feed.rest, person.readFile);
    const env = environment(feed);
    const exempt = exemptions(
      ...['no_proxy', 'NO_PROXY'].flatMap((name) => [person.env[name], own[name]]),
      ...exemptionsInSettings(person),
    );
    return {
      argv: [
        ...(feed.task === undefined ? [] : isLikeOption(feed.task) ? ['-p'] : ['-p', feed.task]),
        ...(feed.resume === undefined
          ? []
          : feed.resume === true
            ? ['--continue']
            : ['--resume', feed.resume]),
        '--settings',
        SETTINGS_FILE,
        ...(feed.hookUrl === undefined ? [] : ['--plugin-dir', PLUGIN_FOLDER]),
        ...rest,
        ...(isLikeOption(feed.task) ? ['--', feed.task] : []),
      ],
      env,
      settings: {
        ...offered(feed.models),
        ...settings,
        env: { ...own, ...ownRoads(person, own), ...env, ...NO_DETOUR, NO_PROXY: exempt, no_proxy: exempt },
      },
      ...(feed.hookUrl === undefined ? {} : { plugin: plugin(feed.hookUrl, feed.key) }),
      unattended: feed.task !== undefined || rest.some((word) => word === '-p' || word === '--print'),
    };
  },
};

/**
 * Claude Code's own plugin form, for one run: its hooks post to the gateway, which answers at once. No process is started
 * for an event, and one that is not answered within a second is let go.
 */
function plugin(url: string, key: string): Record<string, unknown> {
  const hook = { type: 'http', url, headers: { authorization: `Bearer ${key}` }, timeout: 1 };
  const events = ['UserPromptSubmit', 'PostToolUse', 'Stop', 'SessionEnd'];
  return {
    '.claude-plugin/plugin.json': {
      name: 'codemie',
      version: CODEMIE_VERSION,
      description:
        'Counts prompts, tools and tokens of a session. Turn it off: codemie config set plugin off',
    },
    'hooks/hooks.json': { hooks: Object.fromEntries(events.map((event) => [event, [{ hooks: [hook] }]])) },
  };
}

/** Its list has a model beside the three tiers that the platform may not know. */
function offered({ main, others = [] }: LaunchInput['models']): Record<string, unknown> {
  if (others.length === 0) return {};
  const foreign = [main, ...others].filter((id) => familyOf(id) !== 'claude');
  return { availableModels: [...new Set(['haiku', 'sonnet', 'opus', ...foreign])] };
}

function environment({ gatewayUrl, key, models }: LaunchInput): Record<string, string> {
  return {
    ANTHROPIC_BASE_URL: gatewayUrl,
    ANTHROPIC_AUTH_TOKEN: key,
    // Over a default, the person's own choice counts, and what they choose with /model is kept.
    [models.isNamed === true ? 'ANTHROPIC_MODEL' : 'ANTHROPIC_DEFAULT_MODEL']: models.main,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: models.haiku,
    ANTHROPIC_DEFAULT_SONNET_MODEL: models.sonnet,
    ANTHROPIC_DEFAULT_OPUS_MODEL: models.opus,
    // Says that the launcher chose the provider: settings files may then not choose another one, known to us or not.
    CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST: '1',
    // Its view of background agents starts a program that has no such provider: the conversation is signed out on return.
    CLAUDE_CODE_DISABLE_AGENT_VIEW: '1',
  };
}

/**
 * Other roads a settings file can send prompts down (measured with 2.1.330: a cloned repository's file alone was enough
 * for each provider here, and for a proxy on the way to loopback). Empty is off.
 */
const NO_DETOUR: Readonly<Record<string, string>> = {
  CLAUDE_CODE_USE_BEDROCK: '',
  CLAUDE_CODE_USE_VERTEX: '',
  CLAUDE_CODE_USE_FOUNDRY: '',
  CLAUDE_CODE_USE_MANTLE: '',
  CLAUDE_CODE_USE_ANTHROPIC_AWS: '',
  CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD: '',
};
