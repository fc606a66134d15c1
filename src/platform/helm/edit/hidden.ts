import { isSecretName } from '../../../system/secret-names.ts';
import { type HelmNode, membersOf, scalarOf } from '../nodes.ts';

export const MASK = '***';

/** Names of values that are secrets wherever they stand. Others, such as `key`, often name a place. */
const SECRET_KEY = /(?:password|passwd|token)$/i;
const USER_INFO = /:\/\/[^/\s]{0,500}:(?!\$\()[^@/\s]{1,4000}@/;
/** A name for a secret, or the file with it, and not the secret. */
const ABOUT = /_(?:NAME|ID)$/i;
const FILE = /(?:CREDENTIALS|FILE|PATH)$/i;

/** @returns whether an environment variable holds a secret in plain text, not a reference such as `$(PASSWORD)`. */
export function isSecretValue(name: string, value: unknown): boolean {
  if (typeof value !== 'string' || value === '') return false;
  if (USER_INFO.test(value)) return true;
  const isOther =
    ABOUT.test(name) ||
    (FILE.test(name) && value.startsWith('/')) ||
    /^\$\([^)]*\)$/.test(value) ||
    /^(?:true|false|yes|no|on|off|\d{1,4})$/i.test(value);
  return !isOther && isSecretName(name);
}

/** @returns the lines of a text that hold a secret in plain text, with what to show for each. */
export function secretLines(text: string, root: HelmNode): ReadonlyMap<string, string> {
  const lines = new Map<string, string>();
  for (const node of secretsIn(root)) {
    const before = text.slice(text.lastIndexOf('\n', node.start - 1) + 1, node.start);
    const raw = text.slice(node.start, node.end);
    const behind = /^[^\r\n]*/.exec(text.slice(node.end))?.[0] ?? '';
    const [first = '', ...more] = raw.split(/\r?\n/);
    lines.set(`${before}${first}${more.length === 0 ? behind : ''}`, `${before}${MASK}`);
    for (const line of more) if (line.trim() !== '') lines.set(line, line.replace(/\S.*/, MASK));
  }
  return lines;
}

function secretsIn(node: HelmNode): readonly HelmNode[] {
  if (node.kind === 'list') return node.items.flatMap(secretsIn);
  if (node.kind !== 'map') return [];
  const name = scalarOf(membersOf(node).get('name')?.value);
  return node.entries.flatMap((entry) => {
    const value = scalarOf(entry.value);
    const isSecret =
      (entry.name === 'value' && typeof name === 'string' && isSecretValue(name, value)) ||
      (typeof value === 'string' && value !== '' && (SECRET_KEY.test(entry.name) || USER_INFO.test(value)));
    return isSecret && entry.value.kind === 'scalar' ? [entry.value] : secretsIn(entry.value);
  });
}
