import { dirname, join } from 'node:path';
import { OPENAI_KINDS } from '../models/names.ts';
import { type Adapter, type LaunchInput, taskWords, type UserEnvironment } from './adapter.ts';

/** Stored by Codex in every session: a session is resumed by the same id or not at all, so it never changes. */
const PROVIDER = 'codemie';
const KEY = 'CODEMIE_GATEWAY_KEY';

/**
 * Codex. `-c` overrides every configuration file, so the gateway is one more provider there, chosen by `-c` as well; its
 * key stands in a variable, as `ps` shows arguments. Dropped streams are not tried again by Codex: each of its six tries
 * would also meet a dead credential.
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
  bypasses: /^(OPENAI_|CODEX_API_KEY$|CODEX_ACCESS_TOKEN$)/,
  families: ['openai'],
  prefers: OPENAI_KINDS,
  launch: (feed, person) => {
    const isTask = feed.task !== undefined;
    const outside = isTask && !isInGit(person) && !feed.rest.includes('--skip-git-repo-check');
    return {
      argv: isTask
        ? ['exec', ...configuration(feed), ...(outside ? ['--skip-git-repo-check'] : []), ...task(feed)]
        : [...configuration(feed), ...conversation(feed)],
      env: { [KEY]: feed.key },
      unattended: isTask || feed.rest[0] === 'exec',
      input: 'brief',
      notices: outside ? ['this folder is not a git repository; Codex works in it anyway.'] : [],
    };
  },
};

function configuration({ gatewayUrl, models }: LaunchInput): readonly string[] {
  const provider = `{name="CodeMie",base_url="${gatewayUrl}/v1",env_key="${KEY}",stream_max_retries=0}`;
  const settings = [
    `model_provider="${PROVIDER}"`,
    `model_providers.${PROVIDER}=${provider}`,
    // It calls four hosts of its own otherwise.
    'features.plugins=false',
    'analytics.enabled=false',
  ];
  return [...settings.flatMap((setting) => ['-c', setting]), '-m', models.main];
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

/** As Codex judges it: a file, wherever it points, or a folder with a HEAD; what else is there is passed over. */
function isInGit({ cwd, exists, isFile }: UserEnvironment): boolean {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const git = join(folder, '.git');
    if (isFile(git) || exists(join(git, 'HEAD'))) return true;
    if (dirname(folder) === folder) return false;
  }
}
