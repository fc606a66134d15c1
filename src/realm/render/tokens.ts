/** A word, text, number or sign of an expression. */
export interface Token {
  readonly kind: 'name' | 'text' | 'number' | 'sign';
  readonly text: string;
  /** Where it is in the template. */
  readonly start: number;
  readonly end: number;
}

/** `{{ … }}` or `{% … %}`, without its delimiters. */
export interface Tag {
  readonly kind: 'print' | 'statement';
  readonly tokens: readonly Token[];
}

const OPENING = /\{\{[-+]?|\{%[-+]?|\{#/g;
const RAW = /\{%[-+]?\s*raw\s*[-+]?%\}/y;
const AFTER_RAW = /\{%[-+]?\s*endraw\s*[-+]?%\}/g;
const CLOSING = { print: /[-+]?\}\}/y, statement: /[-+]?%\}/y };
const TOKEN = new RegExp(
  [
    String.raw`\s+`,
    String.raw`(?<name>[A-Za-z_]\w*)`,
    String.raw`(?<text>"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*')`,
    String.raw`(?<number>0[xob][\da-f_]+|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)`,
    String.raw`(?<sign>\/\/|\*\*|[=!<>]=|[^\s\w"'])`,
  ].join('|'),
  'iy',
);

/**
 * Splits a Jinja2 template with the usual delimiters. Comments, raw blocks and the text between tags are left out. It ends
 * at what it cannot read: the engine says what is wrong there.
 */
export function tagsOf(template: string): readonly Tag[] {
  const tags: Tag[] = [];
  for (let at = 0; ; ) {
    const opening = next(OPENING, template, at);
    if (opening === undefined) return tags;
    const [text, start] = opening;
    const end = start + text.length;
    if (text === '{#') {
      const close = template.indexOf('#}', end);
      if (close === -1) return tags;
      at = close + 2;
    } else if (matchAt(RAW, template, start) !== undefined) {
      const close = next(AFTER_RAW, template, end);
      if (close === undefined) return tags;
      at = close[1] + close[0].length;
    } else {
      const tag = tagAt(template, end, text.startsWith('{{') ? 'print' : 'statement');
      if (tag === undefined) return tags;
      tags.push(tag.tag);
      at = tag.end;
    }
  }
}

function tagAt(template: string, start: number, kind: Tag['kind']): { tag: Tag; end: number } | undefined {
  const tokens: Token[] = [];
  // A brace that an expression opened does not close the tag.
  let open = 0;
  for (let at = start; at < template.length; ) {
    const closing = open === 0 ? matchAt(CLOSING[kind], template, at) : undefined;
    if (closing !== undefined) return { tag: { kind, tokens }, end: at + closing[0].length };
    const found = matchAt(TOKEN, template, at);
    if (found === undefined) return undefined;
    const [text] = found;
    const known = (['name', 'text', 'number', 'sign'] as const).find(
      (one) => found.groups?.[one] !== undefined,
    );
    if (known !== undefined) tokens.push({ kind: known, text, start: at, end: at + text.length });
    if (text === '{') open += 1;
    if (text === '}') open -= 1;
    at += text.length;
  }
  return undefined;
}

function next(pattern: RegExp, text: string, from: number): readonly [string, number] | undefined {
  pattern.lastIndex = from;
  const found = pattern.exec(text);
  return found === null ? undefined : [found[0], found.index];
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/** @returns the line of a place in a text, from 1. */
export function lineAt(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}
