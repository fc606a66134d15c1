import { join, resolve } from 'node:path';
import { type TomlText, textsInToml, tomlText } from '../../system/toml.ts';
import { foldersUp, textIfAny, type UserEnvironment } from './adapter.ts';
import type { OwnModel } from './own-model.ts';

/**
 * @returns the model that Codex itself would use, from the files it reads (measured with 0.169): a trusted
 *   repository's, the profile's of `-p`, the user's.
 */
export function ownModel(user: UserEnvironment, rest: readonly string[]): OwnModel | undefined {
  const home = user.env['CODEX_HOME'] || join(user.userHome, '.codex');
  const own = read(user, join(home, 'config.toml'));
  const profile = wordAfter(rest, ['-p', '--profile']);
  const files = [
    ...projectFiles(user, rest, own),
    ...(profile === undefined ? [] : [join(home, `${profile}.config.toml`)]),
    join(home, 'config.toml'),
  ];
  for (const source of files) {
    const name = read(user, source).find(({ table, key }) => table === '' && key === 'model')?.value;
    if (name !== undefined && name !== '') return { name, source };
  }
  return undefined;
}

/** The configuration files from the working folder up to its repository, the nearest first, if Codex trusts them. */
function projectFiles(
  user: UserEnvironment,
  rest: readonly string[],
  own: readonly TomlText[],
): readonly string[] {
  const cwd = resolve(user.cwd, wordAfter(rest, ['-C', '--cd']) ?? '.');
  const above = foldersUp(cwd, user.exists);
  // Outside a repository only the folder itself counts.
  const folders = above.isInRepository ? above.folders : [cwd];
  const trusted = own.flatMap(({ table, key, value }) => {
    const path = /^projects\.(.+)$/.exec(table)?.[1];
    return path !== undefined && key === 'trust_level' && value === 'trusted' ? [tomlText(path)] : [];
  });
  if (!rest.includes('--trust') && !folders.some((folder) => trusted.includes(folder))) return [];
  return folders.map((folder) => join(folder, '.codex', 'config.toml'));
}

const read = (user: UserEnvironment, path: string): readonly TomlText[] => textsInToml(textIfAny(user, path));

function wordAfter(words: readonly string[], flags: readonly string[]): string | undefined {
  const at = words.findIndex((word) => flags.includes(word));
  return at === -1 ? undefined : words[at + 1];
}
