import { isRecord, objectIn } from './json.ts';
import { type JsoncMember, type JsoncNode, parseJsonc } from './jsonc.ts';
import { withoutEnd } from './trim-end.ts';

type Path = readonly string[];

/**
 * Sets one member in JSON text. Everything else stays as it is, comments and indentation included; objects that are
 * missing on the way are created.
 *
 * @throws SyntaxError when the text is not JSON, or something on the way is not an object.
 */
export function withMember(text: string, path: Path, value: unknown): string {
  const root = parseJsonc(text.trim() === '' ? '{}' : text);
  const source = text.trim() === '' ? '{}\n' : text;
  let node = root;
  for (const [index, key] of path.entries()) {
    if (node.members === undefined) throw notAnObject(path.slice(0, index));
    const member = last(node, key);
    if (member === undefined) {
      const rest = path.slice(index + 1).reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
      return insert(source, node, index, key, rest);
    }
    node = member.node;
  }
  return splice(source, node.start, node.end, pretty(source, value, path.length));
}

/**
 * Removes one member from JSON text, and the comma and the line it leaves. A text without it is returned unchanged.
 *
 * @throws SyntaxError when the text is not JSON.
 */
export function withoutMember(text: string, path: Path): string {
  let node = parseJsonc(text);
  for (const key of path.slice(0, -1)) {
    const member = last(node, key);
    if (member === undefined) return text;
    node = member.node;
  }
  const { members = [] } = node;
  const index = members.findLastIndex(({ key }) => key === path.at(-1));
  const member = members[index];
  if (member === undefined) return text;
  const before = members[index - 1];
  const cut = cutLine(text, member.keyStart, member.commaEnd ?? member.node.end);
  // Of the last member, the comma in front of it goes, too.
  if (member.commaEnd === undefined && before?.commaEnd !== undefined)
    return splice(cut, before.commaEnd - 1, before.commaEnd, '');
  const inside = cut.slice(node.start + 1, cut.length - (text.length - node.end) - 1);
  const isEmpty = members.length === 1 && inside.trim() === '';
  return isEmpty ? splice(cut, node.start + 1, node.start + 1 + inside.length, '') : cut;
}

/** @returns the object at a path, as a value; undefined where there is none. */
export function objectAt(text: string, path: Path): Record<string, unknown> | undefined {
  if (text.trim() === '') return undefined;
  // Most files are plain JSON, and some are large.
  let value: unknown = objectIn(text) ?? parseJsonc(text).value;
  for (const key of path) value = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return isRecord(value) ? value : undefined;
}

const last = ({ members = [] }: JsoncNode, key: string): JsoncMember | undefined =>
  members.findLast((member) => member.key === key);

function insert(
  text: string,
  { start, members = [] }: JsoncNode,
  depth: number,
  key: string,
  value: unknown,
) {
  const eol = lineEnd(text);
  const unit = unitOf(text);
  const before = members.at(-1);
  const own = before === undefined ? undefined : indentAt(text, before.keyStart);
  const indent = own ?? unit.repeat(depth + 1);
  const member = `${eol}${indent}${JSON.stringify(key)}: ${pretty(text, value, depth + 1, indent)}`;
  // After the comment on the line of the member in front, which is about that one.
  const from = before === undefined ? start + 1 : (before.commaEnd ?? before.node.end);
  const rest =
    /^[^\S\r\n]*(?:\/\*(?:(?!\*\/)[^\n])*\*\/[^\S\r\n]*)*(?:\/\/[^\n]*?)?(?=\r?\n)/.exec(
      text.slice(from),
    )?.[0] ?? '';
  const at = from + rest.length;
  const isOpenLine = !/^\s*\n/.test(text.slice(at));
  const closing = isOpenLine && /^\s*}/.test(text.slice(at)) ? `${eol}${unit.repeat(depth)}` : '';
  const trailing = before?.commaEnd === undefined ? '' : ',';
  const done = splice(text, at, at, `${member}${trailing}${closing}`);
  const needsComma = before !== undefined && before.commaEnd === undefined;
  return needsComma ? splice(done, before.node.end, before.node.end, ',') : done;
}

function pretty(text: string, value: unknown, depth: number, indent = unitOf(text).repeat(depth)): string {
  return JSON.stringify(value, null, unitOf(text)).replaceAll('\n', `${lineEnd(text)}${indent}`);
}

/** Cuts a range; where it has lines of its own, also the line. */
function cutLine(text: string, start: number, end: number): string {
  const bare = withoutEnd(text.slice(0, start), ' \t');
  const lead = (/\r?\n$/.exec(bare)?.[0] ?? '') + text.slice(bare.length, start);
  const isWholeLine = lead.includes('\n') && /^[^\S\r\n]*(\r?\n|$)/.test(text.slice(end));
  if (isWholeLine) {
    const trail = /^[^\S\r\n]*/.exec(text.slice(end))?.[0] ?? '';
    return splice(text, start - lead.length, end + trail.length, '');
  }
  return splice(text, start - (lead.includes('\n') ? 0 : lead.length), end, '');
}

const splice = (text: string, start: number, end: number, between: string): string =>
  text.slice(0, start) + between + text.slice(end);
const lineEnd = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');
/** One level of indentation: that of the first line that has any. */
const unitOf = (text: string): string => /^[ \t]+(?=")/m.exec(text)?.[0] ?? '  ';
const indentAt = (text: string, position: number): string | undefined =>
  /(?:^|\n)([^\S\r\n]*)$/.exec(text.slice(0, position))?.[1];

function notAnObject(path: Path): SyntaxError {
  return new SyntaxError(
    path.length === 0 ? 'it is not a JSON object' : `"${path.join('.')}" is not an object`,
  );
}
