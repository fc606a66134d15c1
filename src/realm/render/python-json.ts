/**
 * The filter `tojson` as Python's Jinja2 has it: members in the order of their names, a space after commas and colons,
 * ASCII alone, and no character that HTML gives a meaning.
 *
 * @param value what minijinja hands over: a map for an object, undefined for none.
 * @param options `indent`: spaces for each level.
 */
export function pythonJson(value: unknown, options?: unknown): string {
  const indent = options instanceof Map ? Number(options.get('indent') ?? 0) : Number(options ?? 0);
  return write(value, indent > 0 ? ' '.repeat(indent) : undefined, '\n')
    .replace(/[<>&']/g, escaped)
    .replace(/[^\x20-\x7e\n]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function write(value: unknown, indent: string | undefined, line: string): string {
  const inner = `${line}${indent}`;
  const group = (open: string, close: string, items: readonly string[]): string => {
    if (items.length === 0) return `${open}${close}`;
    return indent === undefined
      ? `${open}${items.join(', ')}${close}`
      : `${open}${inner}${items.join(`,${inner}`)}${line}${close}`;
  };
  if (value === undefined || value === null) return 'null';
  if (Array.isArray(value))
    return group(
      '[',
      ']',
      value.map((item) => write(item, indent, inner)),
    );
  if (value instanceof Map) {
    const members = [...value].map(([name, member]) => [String(name), member] as const);
    const sorted = members.sort(([one], [other]) => (one < other ? -1 : 1));
    return group(
      '{',
      '}',
      sorted.map(([name, member]) => `${JSON.stringify(name)}: ${write(member, indent, inner)}`),
    );
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
