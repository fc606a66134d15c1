import { exemptions } from '../agent-environment.ts';
import { isForWork, newestFirst, TIERS, vendorName } from '../models/names.ts';
import { type Adapter, isLikeOption, type LaunchInput, PLUGIN_FOLDER, SETTINGS_FILE } from './adapter.ts';
import {
  exemptionsInSettings,
  hasOwnPicker,
  type ModelInSettings,
  modelInSettings,
  ownModels,
  ownRoutes,
  setsHeaders,
  takeSettings,
} from './claude-settings.ts';
import { notOffered } from './own-model.ts';

const BACKGROUND =
  'a background session goes on after codemie has ended, without your sign-in. Run it in tmux, or as a task: codemie-claude --task "…" &';
const CLOUD = "it runs on Anthropic's servers, with an account there, and not with CodeMie.";

/** What does not work through a gateway that ends with the run, with the reason. */
const REFUSED: Readonly<Record<string, string>> = {
  '--bg': BACKGROUND,
  '--background': BACKGROUND,
  agents: BACKGROUND,
  respawn: BACKGROUND,
  ...Object.fromEntries(
    ['attach', 'logs', 'stop', 'kill', 'rm', 'daemon'].map((word) => [
      word,
      `background sessions are not started with codemie. For your own, run: claude ${word}`,
    ]),
  ),
  '--cloud': CLOUD,
  '--environment': CLOUD,
  '--teleport': CLOUD,
  '--remote-control': CLOUD,
  'remote-control': CLOUD,
  rc: CLOUD,
  ultrareview: CLOUD,
  '--desktop': 'the desktop app does not use the settings of this run.',
};

/**
 * Claude Code. Its settings files (the user's or a cloned repository's) override the process environment, and
 * `--settings` overrides both. So everything goes into one `--settings` file, merged with the user's own
 * `--settings`.
 */
export const claude: Adapter = {
  name: 'claude',
  title: 'Claude Code',
  program: 'claude',
  npmPackage: '@anthropic-ai/claude-code',
  tried: { oldest: '2.1.197', newest: '2.1.330' },
  hasInstallScript: true,
  dialect: 'anthropic',
  tracks: true,
  // In a conversation, it answers a 401 with "Please run /login".
  endedStatus: { task: 401, conversation: 412 },
  bypasses:
    /^(ANTHROPIC_|CLAUDE_CODE_USE_|CLAUDE_CODE_OAUTH_TOKEN$|CLAUDE_CODE_SUBAGENT_MODEL$|AWS_BEARER_TOKEN_BEDROCK$)/,
  ownFlags: ['--resume'],
  refused: REFUSED,
  families: ['claude'],
  prefers: [/claude.*sonnet/, /claude.*opus/, /claude/],
  launch: (feed, user) => {
    const { rest, settings, env: own } = takeSettings(feed.rest, user.readFile);
    const { main, isNamed } = feed.models;
    const chosen = ownModels(user, own, feed.models);
    const env = {
      ...environment(feed),
      ...chosen.kept,
      ...(isNamed === true ? { ANTHROPIC_MODEL: main } : {}),
    };
    const set =
      env['ANTHROPIC_MODEL'] === undefined ? modelInSettings(user, settings, feed.models) : undefined;
    const isChosen = env['ANTHROPIC_MODEL'] !== undefined || rest.some((word) => RESUMES.test(word));
    const notices = [
      ...chosen.unusable.map((name) => `the model in ${name} isn't available to you, so it is not used.`),
      ...(set !== undefined && set.usable === undefined ? [notOffered(set, main)] : []),
      ...(setsHeaders(user, own) ? [NO_HEADERS] : []),
    ];
    const exempt = exemptions(
      ...['no_proxy', 'NO_PROXY'].flatMap((name) => [user.env[name], own[name]]),
      ...exemptionsInSettings(user),
    );
    return {
      argv: [
        ...(feed.task === undefined ? [] : isLikeOption(feed.task) ? ['-p'] : ['-p', feed.task]),
        '--settings',
        SETTINGS_FILE,
        ...(feed.hookUrl === undefined ? [] : ['--plugin-dir', PLUGIN_FOLDER]),
        ...(feed.task === undefined ? rest : rest.map(latest)),
        ...(isLikeOption(feed.task) ? ['--', feed.task] : []),
      ],
      env,
      settings: {
        ...declared(feed.models, hasOwnPicker(user)),
        ...settings,
        // Claude Code before 2.1.280 knows no ANTHROPIC_DEFAULT_MODEL.
        ...started(main, set, isChosen),
        env: { ...own, ...ownRoutes(user, own), ...env, ...NO_DETOUR, NO_PROXY: exempt, no_proxy: exempt },
      },
      ...(feed.hookUrl === undefined ? {} : { plugin: plugin(feed.hookUrl, feed.key) }),
      ...(notices.length === 0 ? {} : { notices }),
      unattended: feed.task !== undefined || rest.some((word) => word === '-p' || word === '--print'),
    };
  },
};

/** The model of the settings to start with: ours only where the user's own says nothing, or nothing usable. */
function started(
  main: string,
  own: ModelInSettings | undefined,
  isChosen: boolean,
): { readonly model?: string } {
  if (own === undefined) return isChosen ? {} : { model: main };
  return own.usable === own.name ? {} : { model: own.usable ?? main };
}

/** A conversation goes on with its own model. */
const RESUMES = /^(-r|-c|--resume|--continue|--from-pr)(=|$)/;

const NO_HEADERS =
  'the headers in ANTHROPIC_CUSTOM_HEADERS are not sent: CodeMie takes only headers that it knows.';

/**
 * A Claude Code plugin for one run. Its hooks post to the gateway, which answers at once: no process starts per
 * event, and Claude Code drops an event that is not answered within a second.
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

/**
 * Declares the platform's models to Claude Code: the rows of /model besides the three tiers (2.1.330), which models it
 * may use at all, since it also offers some that the platform may not know, and what the names stand for. For a name
 * that it does not know, Claude Code assumes a window of a million tokens and a way of thinking that older models
 * refuse.
 */
function declared(
  { main, haiku, sonnet, opus, listed = [] }: LaunchInput['models'],
  hasOwnRows: boolean,
): Record<string, unknown> {
  const models = newestFirst(listed.filter(({ id }) => isForWork(id)));
  if (models.length === 0) return {};
  const tiers = [opus, sonnet, haiku];
  const rows = models.filter(({ id }) => !tiers.includes(id));
  const overrides = [...tiers, main, ...rows.map(({ id }) => id)].flatMap((id) => {
    const known = vendorName(id);
    return known === undefined || id.startsWith(known) ? [] : [[known, id] as const];
  });
  return {
    // Naming one model of a tier makes Claude Code refuse the tier's other models, so name all of them.
    availableModels: [...new Set([...TIERS, ...tiers, main, ...rows.map(({ id }) => id)])],
    ...(hasOwnRows ? {} : { modelPicker: { options: rows.map(({ id, label }) => ({ model: id, label })) } }),
    // The first one counts.
    modelOverrides: Object.fromEntries(overrides.reverse()),
  };
}

function environment({ gatewayUrl, key, models }: LaunchInput): Record<string, string> {
  return {
    ANTHROPIC_BASE_URL: gatewayUrl,
    ANTHROPIC_AUTH_TOKEN: key,
    // The user's own choice overrides a default, and a choice made with /model is kept.
    ...(models.isNamed === true ? {} : { ANTHROPIC_DEFAULT_MODEL: models.main }),
    ANTHROPIC_DEFAULT_HAIKU_MODEL: models.haiku,
    ANTHROPIC_DEFAULT_SONNET_MODEL: models.sonnet,
    ANTHROPIC_DEFAULT_OPUS_MODEL: models.opus,
    // Tells Claude Code that the launcher chose the provider, so settings files cannot choose another one.
    CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST: '1',
    // The background agents view starts a program without this provider, and the conversation is signed out on
    // return.
    CLAUDE_CODE_DISABLE_AGENT_VIEW: '1',
  };
}

/**
 * Other providers that a settings file could send prompts to (measured with 2.1.330: for each of them a cloned
 * repository's file was enough, and so it was for a proxy on the way to loopback). Empty means off.
 */
const NO_DETOUR: Readonly<Record<string, string>> = {
  CLAUDE_CODE_USE_BEDROCK: '',
  CLAUDE_CODE_USE_VERTEX: '',
  CLAUDE_CODE_USE_FOUNDRY: '',
  CLAUDE_CODE_USE_MANTLE: '',
  CLAUDE_CODE_USE_ANTHROPIC_AWS: '',
  CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD: '',
};

/** Claude Code's list of sessions needs a terminal: in a task, `--resume` alone means the latest, as in our help. */
function latest(word: string, at: number, words: readonly string[]): string {
  const next = words[at + 1];
  return word === '--resume' && (next === undefined || next.startsWith('-')) ? '--continue' : word;
}
