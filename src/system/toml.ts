/** One text value of a TOML file. */
export interface TomlText {
  /** The table as written, such as `projects."/repo"`; empty before the first one. */
  readonly table: string;
  readonly key: string;
  readonly value: string;
}

/** Reads the values of a TOML file that are text on one line. Everything else is skipped. */
export function textsInToml(toml: string): readonly TomlText[] {
  const found: TomlText[] = [];
  let table = '';
  let until: string | undefined;
  for (const line of toml.split(/\r?\n/)) {
    if (until !== undefined) {
      if (line.includes(until)) until = undefined;
      continue;
    }
    const long = /("""|''')/.exec(line);
    if (long !== null) {
      const [mark = ''] = long;
      if (!line.slice(long.index + mark.length).includes(mark)) until = mark;
      continue;
    }
    table = /^\s*\[([^[\]].*)\]\s*(#.*)?$/.exec(line)?.[1]?.trim() ?? table;
    const [, key, text] = /^\s*"?([\w-]+)"?\s*=\s*("(?:\\.|[^"\\])*"|'[^']*')\s*(#.*)?$/.exec(line) ?? [];
    if (key !== undefined && text !== undefined) found.push({ table, key, value: tomlText(text) });
  }
  return found;
}

/** @returns the value of a quoted TOML text, or the words themselves when they are not quoted. */
export function tomlText(text: string): string {
  if (/^'.*'$/s.test(text)) return text.slice(1, -1);
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : text;
  } catch {
    return text;
  }
}
