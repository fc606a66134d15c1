import { join } from 'node:path';
import { usageError } from '../../system/errors.ts';
import { isRecord, objectIn, withoutComments } from '../../system/json.ts';
import {
  type Adapter,
  isLikeOption,
  type LaunchInput,
  PRIVATE_HOME,
  type PrivateHome,
  type UserEnvironment,
} from './adapter.ts';
import { declaredModels, isRenamed, namingOf, ownModel } from './gemini-models.ts';
import { isTrusted, requireTrust } from './gemini-trust.ts';
import { usedModel, withOfferedModels } from './own-model.ts';

/**
 * Gemini CLI. Only a settings file can select the sign-in method that uses the gateway, and its highest-ranking file
 * counts only when root owns it (measured with 0.61.0). So each run gets a home of its own: the user's settings with
 * that one value changed, and links to their sessions, memory and extensions, but not to their Google login.
 */
export const gemini: Adapter = {
  name: 'gemini',
  title: 'Gemini CLI',
  program: 'gemini',
  npmPackage: '@google/gemini-cli',
  tried: { oldest: '0.51.0', newest: '0.61.0' },
  hasInstallScript: false,
  dialect: 'gemini',
  tracks: false,
  bypasses:
    /^(GEMINI_(API_KEY|MODEL|API_KEY_AUTH_MECHANISM|CLI_CUSTOM_HEADERS|CLI_HOME|DEFAULT_AUTH_TYPE)|GOOGLE_(API_KEY|GENAI_\w+|GEMINI_BASE_URL|VERTEX_BASE_URL))$/,
  families: ['gemini'],
  prefers: [/gemini(?!.*(flash|lite|nano))/, /gemini.*flash(?!.*lite)/, /gemini/],
  renames: isRenamed,
  launch: (given, user) => {
    const naming = namingOf(given.models);
    const { rest, notices, named } = withOfferedModels(given.rest, given.models, naming);
    const feed = { ...given, rest };
    const isTask = feed.task !== undefined;
    const unattended = isTask || feed.rest.some((word) => /^(-p|--prompt)(=|$)/.test(word));
    const own = ownOf(user);
    const sources = { ...own, args: feed.rest };
    if (unattended && feed.trustWorkspace !== true) requireTrust(user, sources);
    const isOurs = named.length > 0 || feed.models.isNamed === true;
    const chosen = isOurs
      ? undefined
      : ownModel(user, own, feed.trustWorkspace === true || isTrusted(user, sources));
    const used = usedModel(feed.models, chosen, naming);
    // Its arguments take precedence over the variable.
    const [model = used.model] = named;
    return {
      argv: [...resumed(feed), ...prompt(feed), ...feed.rest],
      env: {
        GOOGLE_GEMINI_BASE_URL: feed.gatewayUrl,
        GEMINI_API_KEY: feed.key,
        // It would take precedence over GEMINI_API_KEY, and a repository's `.env` may set it.
        GOOGLE_API_KEY: '',
        GEMINI_MODEL: used.model,
        GEMINI_CLI_HOME: PRIVATE_HOME,
        ...detours(feed),
        ...ownProxies(user.env),
        // Otherwise it relaunches itself, which costs half a second and hides signals from it. A conversation needs
        // the relaunch to start again once the user trusts the folder.
        ...(unattended ? { GEMINI_CLI_NO_RELAUNCH: 'true' } : {}),
        ...(feed.trustWorkspace === true ? { GEMINI_CLI_TRUST_WORKSPACE: 'true' } : {}),
      },
      home: home(feed, user, own),
      unattended,
      notices: [
        ...notices,
        ...used.notices,
        ...(isRenamed(model)
          ? [
              `Gemini CLI maps "${model}" to another model. If the server rejects that one, choose a model with --model.`,
            ]
          : []),
      ],
    };
  },
};

function prompt({ task }: LaunchInput): readonly string[] {
  if (task === undefined) return [];
  return isLikeOption(task) ? [`--prompt=${task}`] : ['-p', task];
}

function resumed({ resume }: LaunchInput): readonly string[] {
  if (resume === undefined) return [];
  return ['--resume', resume === true ? 'latest' : resume];
}

/**
 * Whichever sign-in method a repository's settings or `.env` choose, its requests end at the gateway, which rejects
 * them. An `.env` does not override variables that are set (measured).
 */
const detours = ({ gatewayUrl }: LaunchInput): Record<string, string> => ({
  GOOGLE_VERTEX_BASE_URL: gatewayUrl,
  CODE_ASSIST_ENDPOINT: gatewayUrl,
  GOOGLE_GENAI_USE_VERTEXAI: 'false',
  GOOGLE_GENAI_USE_GCA: 'false',
  // A trusted repository could otherwise send prompts and answers to a collector of its choice. The first variable is
  // Gemini CLI's own switch, which a repository's settings override in part (measured with 0.61.0).
  GEMINI_TELEMETRY_ENABLED: 'false',
  OTEL_SDK_DISABLED: 'true',
});

/** Entries of the user's folder that are not linked: they are replaced, or would sign in past the gateway. */
const NOT_LINKED = new Set(['settings.json', '.env', 'oauth_creds.json', 'google_accounts.json']);

/**
 * The user's own proxies, or empty values: a repository's `.env` cannot override a variable that is set, even to
 * nothing.
 */
function ownProxies(env: UserEnvironment['env']): Record<string, string> {
  return Object.fromEntries(
    ['http_proxy', 'https_proxy', 'all_proxy'].flatMap((name) => {
      const names = [name, name.toUpperCase()];
      const value = names.map((entry) => env[entry]).find(Boolean) ?? '';
      return names.map((entry) => [entry, value]);
    }),
  );
}

/** What Gemini CLI writes for the next run. A link to a missing file creates the file on the first write. */
const KEPT_FOLDERS = ['tmp', 'history'];
const KEPT_FILES = ['trustedFolders.json', 'projects.json', 'installation_id', 'state.json', 'GEMINI.md'];

/** The user's own folder and settings. */
function ownOf({ env, userHome, exists, readFile }: UserEnvironment) {
  const base = env['GEMINI_CLI_HOME'] || userHome;
  const folder = join(base, '.gemini');
  const path = join(folder, 'settings.json');
  return { base, folder, settings: exists(path) ? read(path, readFile) : {} };
}

function home(
  { gatewayUrl, models }: LaunchInput,
  { namesIn, exists }: UserEnvironment,
  { base, folder: own, settings }: ReturnType<typeof ownOf>,
): PrivateHome {
  const skills = join(base, '.agents');
  const names = [
    ...new Set([...namesIn(own).filter((name) => !NOT_LINKED.has(name)), ...KEPT_FOLDERS, ...KEPT_FILES]),
  ];
  return {
    folder: '.gemini',
    own,
    overridden: [
      'security.auth.selectedType',
      'privacy.usageStatisticsEnabled',
      'experimental.dynamicModelConfiguration',
    ],
    address: gatewayUrl,
    // Lists the folders in which each extension is enabled.
    withHomePaths: ['extensions/extension-enablement.json'],
    settings: { ...overridden(settings), ...declaredModels(models, settings) },
    links: {
      ...Object.fromEntries(names.map((name) => [name, join(own, name)])),
      ...(exists(skills) ? { '../.agents': skills } : {}),
    },
    keep: KEPT_FOLDERS.map((name) => join(own, name)),
  };
}

function overridden(own: Record<string, unknown>): Record<string, unknown> {
  const security = isRecord(own['security']) ? own['security'] : {};
  const auth = isRecord(security['auth']) ? security['auth'] : {};
  const privacy = isRecord(own['privacy']) ? own['privacy'] : {};
  return {
    ...own,
    security: { ...security, auth: { ...auth, selectedType: 'gemini-api-key' } },
    privacy: { ...privacy, usageStatisticsEnabled: false },
  };
}

function read(path: string, readFile: UserEnvironment['readFile']): Record<string, unknown> {
  let value: unknown;
  try {
    value = objectIn(withoutComments(readFile(path)));
  } catch {
    value = undefined;
  }
  if (isRecord(value)) return value;
  throw usageError(`Couldn't read Gemini CLI's settings in ${path}: not a JSON object.`, {
    hint: 'Fix the file, or move it away.',
  });
}
