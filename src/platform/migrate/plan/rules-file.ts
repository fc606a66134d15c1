import { parseDocument } from 'yaml';
import { readText } from '../../../system/decode-text.ts';
import { messageOf, systemCode, usageError } from '../../../system/errors.ts';
import { isRecord } from '../../../system/json.ts';
import type { Rules } from './rules.ts';

const KEYS = ['keep', 'skip', 'map'];

/**
 * Reads a file of rules, YAML or JSON: `keep` and `skip` are lists of users (id, user name or e-mail address), `map` names
 * for each project of the source the project that it is in the platform.
 *
 * @throws USAGE (2) if it cannot be read, or says something else.
 */
export function readRules(path: string): Rules {
  const content = contentOf(path);
  if (!isRecord(content)) throw unusable(path, 'it does not hold an object');
  const unknown = Object.keys(content).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw unusable(path, `it has the key ${JSON.stringify(unknown)}`);
  const { map = {} } = content;
  if (!isRecord(map) || Object.values(map).some((to) => typeof to !== 'string'))
    throw unusable(path, 'map is not an object of names');
  requireProjects(path, Object.entries(map));
  return {
    keep: listOf(path, content, 'keep'),
    skip: listOf(path, content, 'skip'),
    map: Object.entries(map).map(([from, to]) => ({ from, to: String(to) })),
  };
}

function contentOf(path: string): unknown {
  let text: string;
  try {
    text = readText(path);
  } catch (error) {
    throw unusable(path, systemCode(error) === 'ENOENT' ? 'it does not exist' : messageOf(error));
  }
  const document = parseDocument(text, { uniqueKeys: true });
  const [problem] = document.errors;
  if (problem !== undefined) throw unusable(path, (problem.message.split('\n')[0] ?? '').replace(/:$/, ''));
  return document.toJS();
}

/** What the platform's column for a name holds. */
const LONGEST_NAME = 255;

function requireProjects(path: string, map: readonly (readonly [string, unknown])[]): void {
  const keys = new Set<string>();
  for (const [from, to] of map) {
    const name = String(to);
    const key = from.toLowerCase();
    if (keys.has(key)) throw unusable(path, `map has ${JSON.stringify(from)} twice, apart from case`);
    keys.add(key);
    if (name === '' || name !== name.trim())
      throw unusable(
        path,
        `map gives ${JSON.stringify(from)} a name that is empty or has white space around it`,
      );
    if ([...name].length > LONGEST_NAME)
      throw unusable(
        path,
        `map gives ${JSON.stringify(from)} a name of more than ${LONGEST_NAME} characters`,
      );
  }
}

function listOf(path: string, content: Record<string, unknown>, key: 'keep' | 'skip'): readonly string[] {
  const list = content[key] ?? [];
  if (!Array.isArray(list) || list.some((entry) => typeof entry !== 'string'))
    throw unusable(path, `${key} is not a list of texts`);
  return list as string[];
}

function unusable(path: string, why: string) {
  return usageError(`${path} cannot be used as rules: ${why}.`, {
    hint: 'It may have the keys keep and skip, each a list of user ids, names or addresses, and map, an object of project names.',
  });
}
