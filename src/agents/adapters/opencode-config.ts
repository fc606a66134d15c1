import { join } from 'node:path';
import { isRecord, objectIn, withoutComments } from '../../system/json.ts';
import { foldersUp, textIfAny, type UserEnvironment } from './adapter.ts';
import type { OwnModel } from './own-model.ts';

type Settings = Readonly<Record<string, unknown>>;

/**
 * @param content what the user has in OPENCODE_CONFIG_CONTENT.
 * @returns the model that OpenCode itself would use, from its settings, the strongest first.
 */
export function ownModel(
  user: UserEnvironment,
  content: Settings,
  name: 'model' | 'small_model',
): OwnModel | undefined {
  const files = filesOf(user).map((file) => [file, read(user, file)] as const);
  for (const [source, settings] of [['OPENCODE_CONFIG_CONTENT', content] as const, ...files]) {
    const value = settings[name];
    if (typeof value === 'string' && value !== '') return { name: value, source };
  }
  return undefined;
}

/** @returns the models last chosen in OpenCode's picker, the latest first. */
export function lastChosen(user: UserEnvironment): readonly OwnModel[] {
  const source = join(
    user.env['XDG_STATE_HOME'] || join(user.userHome, '.local', 'state'),
    'opencode',
    'model.json',
  );
  const { recent } = read(user, source);
  return (Array.isArray(recent) ? recent : []).flatMap((entry: unknown) => {
    const { providerID, modelID } = isRecord(entry) ? entry : {};
    if (typeof providerID !== 'string' || typeof modelID !== 'string') return [];
    return [{ name: `${providerID}/${modelID}`, source }];
  });
}

/** OpenCode's settings files (read in 1.18.33), the strongest first. */
function filesOf({ env, userHome, cwd, exists }: UserEnvironment): readonly string[] {
  const global = join(env['XDG_CONFIG_HOME'] || join(userHome, '.config'), 'opencode');
  const { folders } = foldersUp(cwd, exists);
  const named = (folder: string): readonly string[] =>
    ['opencode.jsonc', 'opencode.json'].map((file) => join(folder, file));
  const [given, folder] = [env['OPENCODE_CONFIG'] ?? '', env['OPENCODE_CONFIG_DIR'] ?? ''];
  return [
    ...(folder === '' ? [] : named(folder)),
    ...named(join(userHome, '.opencode')),
    ...folders.flatMap((one) => named(join(one, '.opencode'))),
    ...folders.flatMap(named),
    ...(given === '' ? [] : [given]),
    ...named(global),
    join(global, 'config.json'),
  ];
}

/** A broken file counts as empty, too. */
const read = (user: UserEnvironment, path: string): Settings =>
  objectIn(withoutTrailingCommas(withoutComments(textIfAny(user, path)))) ?? {};

const withoutTrailingCommas = (text: string): string =>
  text.replace(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, (_all, quoted?: string) => quoted ?? '');
