/** A value of a JSON text with comments, and where it stands in the text. */
export interface JsoncNode {
  readonly value: unknown;
  readonly start: number;
  /** The position after its last character. */
  readonly end: number;
  /** Of an object, in the order of the text. */
  readonly members?: readonly JsoncMember[];
}

export interface JsoncMember {
  readonly key: string;
  readonly keyStart: number;
  readonly node: JsoncNode;
  /** The position after the comma that follows it; undefined where there is none. */
  readonly commaEnd?: number;
}

/** One at a time: a repetition of them would need memory for each. */
const TRIVIA = /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y;
const WORD = /-?[\w.+-]+/y;
/** Deeper nesting is not a settings file, and would end in a stack overflow. */
const DEEPEST = 200;

/**
 * Parses JSON that may have comments, trailing commas and a byte order mark, as settings files of editors and agents
 * do.
 *
 * @throws SyntaxError that names the line.
 */
export function parseJsonc(text: string): JsoncNode {
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let depth = 0;
  const fail = (): never => {
    const line = text.slice(0, at).split('\n').length;
    throw new SyntaxError(at >= text.length ? 'it ends too early' : `line ${line} is not valid JSON`);
  };
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const skip = (): void => {
    while (match(TRIVIA) !== undefined);
  };
  const take = (character: string): boolean => {
    skip();
    if (text[at] !== character) return false;
    at += 1;
    return true;
  };
  const primitive = (pattern: RegExp): unknown => {
    const start = at;
    const word = match(pattern) ?? '';
    try {
      return JSON.parse(word) as unknown;
    } catch {
      at = start;
      return fail();
    }
  };
  /** Takes the items of an object or an array, up to and including `close`. */
  const items = (close: string, item: () => void, onComma: () => void): void => {
    depth += 1;
    if (depth > DEEPEST) fail();
    while (!take(close)) {
      item();
      if (take(',')) onComma();
      else if (text[at] !== close) fail();
    }
    depth -= 1;
  };
  const object = (start: number): JsoncNode => {
    const members: JsoncMember[] = [];
    const member = (): void => {
      const keyStart = at;
      const key = String(primitive(STRING));
      if (!take(':')) fail();
      members.push({ key, keyStart, node: node() });
    };
    items('}', member, () => {
      const last = members.pop();
      if (last !== undefined) members.push({ ...last, commaEnd: at });
    });
    // As a plain assignment of `__proto__` would not.
    const value: unknown = Object.fromEntries(members.map(({ key, node: { value: own } }) => [key, own]));
    return { value, start, end: at, members };
  };
  const array = (start: number): JsoncNode => {
    const value: unknown[] = [];
    items(
      ']',
      () => void value.push(node().value),
      () => undefined,
    );
    return { value, start, end: at };
  };
  const node = (): JsoncNode => {
    skip();
    const start = at;
    if (take('{')) return object(start);
    if (take('[')) return array(start);
    const value = primitive(text[at] === '"' ? STRING : WORD);
    return { value, start, end: at };
  };
  const root = node();
  skip();
  if (at < text.length) fail();
  return root;
}
