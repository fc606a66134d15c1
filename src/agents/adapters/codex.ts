import { dirname, join } from 'node:path';
import { OPENAI_KINDS } from '../models/names.ts';
import { type Adapter, type LaunchInput, taskWords, type UserEnvironment } from './adapter.ts';
import { ownModel } from './codex-config.ts';
import { type Naming, PLAIN, usedModel, withOfferedModels } from './own-model.ts';

/** Codex stores this ID in every session and can only resume a session under the same ID, so it must never change. */
const PROVIDER = 'codemie';
const KEY = 'CODEMIE_GATEWAY_KEY';
const NAMING: Naming = { ...PLAIN, settingFlags: ['-c', '--config'] };

/**
 * Codex. `-c` overrides every configuration file, so it both adds the gateway as a provider and selects it. The key
 * is in a variable, because `ps` shows arguments.
 */
export const codex: Adapter = {
  name: 'codex',
  title: 'Codex',
  program: 'codex',
  npmPackage: '@openai/codex',
  tried: { oldest: '0.150.0', newest: '0.169.0' },
  hasInstallScript: false,
  dialect: 'openai',
  tracks: false,
  // It sends a request again five times after any other refusal (measured with 0.169).
  endedStatus: { task: 400, conversation: 400 },
  bypasses: /^(OPENAI_|CODEX_API_KEY$|CODEX_ACCESS_TOKEN$)/,
  families: ['openai'],
  prefers: OPENAI_KINDS,
  launch: (given, user) => {
    const { models } = given;
    const isTask = given.task !== undefined;
    const { rest, notices, named } = withOfferedModels(given.rest, models, NAMING);
    const feed = { ...given, rest };
    const outside = isTask && !isInGit(user) && !rest.includes('--skip-git-repo-check');
    const used = usedModel(models, models.isNamed === true ? undefined : ownModel(user, rest));
    // Codex takes only one `-m`, which overrides the user's own `-c model=…`.
    const isSaid = named.length > 0;
    const settings = [...configuration(feed), ...(isSaid ? [] : ['-m', used.model])];
    return {
      argv: isTask
        ? ['exec', ...settings, ...(outside ? ['--skip-git-repo-check'] : []), ...task(feed)]
        : [...settings, ...conversation(feed)],
      env: { [KEY]: feed.key },
      unattended: isTask || feed.rest[0] === 'exec',
      input: 'brief',
      notices: [
        ...(outside ? ['this folder is not a Git repository; Codex runs anyway.'] : []),
        ...notices,
        ...(isSaid ? [] : used.notices),
      ],
    };
  },
};

function configuration({ gatewayUrl }: LaunchInput): readonly string[] {
  const provider = `{name="CodeMie",base_url="${gatewayUrl}/v1",env_key="${KEY}"}`;
  const settings = [
    `model_provider="${PROVIDER}"`,
    `model_providers.${PROVIDER}=${provider}`,
    // Otherwise Codex calls four hosts of its own.
    'features.plugins=false',
    'analytics.enabled=false',
  ];
  return settings.flatMap((setting) => ['-c', setting]);
}

function task({ task: text = '', resume, rest }: LaunchInput): readonly string[] {
  const words = taskWords(text, rest);
  if (resume === undefined) return words;
  return ['resume', ...(resume === true ? ['--last'] : [resume]), ...words];
}

function conversation({ resume, rest }: LaunchInput): readonly string[] {
  if (resume === undefined) return rest;
  return ['resume', ...(resume === true ? ['--last'] : [resume]), ...rest];
}

/**
 * Follows Codex's own check: `.git` is a file (whatever it points to) or a folder with a HEAD. Anything else is
 * skipped.
 */
function isInGit({ cwd, exists, isFile }: UserEnvironment): boolean {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const git = join(folder, '.git');
    if (isFile(git) || exists(join(git, 'HEAD'))) return true;
    if (dirname(folder) === folder) return false;
  }
}
