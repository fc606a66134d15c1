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
import { requireTrust } from './gemini-trust.ts';

/**
 * Names that Gemini CLI takes for others when it works with a key (read and measured with 0.61.0: `gemini-3-flash` is asked
 * for as `gemini-3.8-flash`), and its own words for a choice of its own.
 */
const RENAMED =
  /^(gemini-3-flash|gemini-3\.5-flash|gemini-3\.1-flash-lite|gemini-3-pro-preview|auto|pro|flash|flash-lite|auto-gemini-.+)$/;

/**
 * Gemini CLI. A way to sign in that leads through the gateway can only be said in a settings file, and its file of highest
 * rank counts only when root owns it (measured with 0.61.0). So it gets a home of its own for the run, with the person's
 * settings bent in that one point; its sessions, memory and extensions are linked in. Its login at Google is not.
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
  renames: RENAMED,
  launch: (feed, person) => {
    const isTask = feed.task !== undefined;
    const unattended = isTask || feed.rest.some((word) => /^(-p|--prompt)(=|$)/.test(word));
    const own = ownOf(person);
    if (unattended && feed.trustWorkspace !== true) requireTrust(person, { ...own, args: feed.rest });
    return {
      argv: [...resumed(feed), ...prompt(feed), ...feed.rest],
      env: {
        GOOGLE_GEMINI_BASE_URL: feed.gatewayUrl,
        GEMINI_API_KEY: feed.key,
        // It would count more than the other one, and a repository's `.env` may name it.
        GOOGLE_API_KEY: '',
        GEMINI_MODEL: feed.models.main,
        GEMINI_CLI_HOME: PRIVATE_HOME,
        ...detours(feed),
        ...ownProxies(person.env),
        // It starts itself a second time otherwise, which costs half a second and hides signals from it; a conversation needs
        // that to start again once the person trusts the folder.
        ...(unattended ? { GEMINI_CLI_NO_RELAUNCH: 'true' } : {}),
        ...(feed.trustWorkspace === true ? { GEMINI_CLI_TRUST_WORKSPACE: 'true' } : {}),
      },
      home: home(feed, person, own),
      unattended,
      notices: [
        ...(RENAMED.test(feed.models.main)
          ? [
              `Gemini CLI asks for another model when it is told "${feed.models.main}"; if the platform refuses it, name one with --model.`,
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
 * Whatever way to sign in a repository's settings or `.env` choose: each of them ends at the gateway, which does not know
 * them. Variables that are set are not overridden by an `.env` (measured).
 */
const detours = ({ gatewayUrl }: LaunchInput): Record<string, string> => ({
  GOOGLE_VERTEX_BASE_URL: gatewayUrl,
  CODE_ASSIST_ENDPOINT: gatewayUrl,
  GOOGLE_GENAI_USE_VERTEXAI: 'false',
  GOOGLE_GENAI_USE_GCA: 'false',
  // A trusted repository could otherwise have prompts and answers sent to a collector of its choice. The first is the
  // agent's own switch, which a repository's settings override in part (measured with 0.61.0).
  GEMINI_TELEMETRY_ENABLED: 'false',
  OTEL_SDK_DISABLED: 'true',
});

/** Of the person's own folder: what would sign in past the gateway, and what is replaced. */
const NOT_LINKED = new Set(['settings.json', '.env', 'oauth_creds.json', 'google_accounts.json']);

/** The person's own, or none: what is set, even to nothing, no `.env` of a repository sets. */
function ownProxies(env: UserEnvironment['env']): Record<string, string> {
  return Object.fromEntries(
    ['http_proxy', 'https_proxy', 'all_proxy'].flatMap((name) => {
      const names = [name, name.toUpperCase()];
      const value = names.map((entry) => env[entry]).find(Boolean) ?? '';
      return names.map((entry) => [entry, value]);
    }),
  );
}

/** What it writes for the next run; a link to a file that is not there yet becomes one when it is written. */
const KEPT_FOLDERS = ['tmp', 'history'];
const KEPT_FILES = ['trustedFolders.json', 'projects.json', 'installation_id', 'state.json', 'GEMINI.md'];

/** The person's own folder and settings. */
function ownOf({ env, userHome, exists, readFile }: UserEnvironment) {
  const base = env['GEMINI_CLI_HOME'] || userHome;
  const folder = join(base, '.gemini');
  const path = join(folder, 'settings.json');
  return { base, folder, settings: exists(path) ? read(path, readFile) : {} };
}

function home(
  { gatewayUrl }: LaunchInput,
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
    bent: ['security.auth.selectedType', 'privacy.usageStatisticsEnabled'],
    address: gatewayUrl,
    // Where an extension is in force.
    mend: ['extensions/extension-enablement.json'],
    settings: overridden(settings),
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
  throw usageError(
    `Gemini CLI's settings in ${path} are not a JSON object that can be read, so they cannot be kept in force.`,
    'Correct the file, or move it away',
  );
}
