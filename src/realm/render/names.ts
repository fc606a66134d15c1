import type { Tag, Token } from './tokens.ts';

/** A name with what follows it by a point or in brackets, such as `urls.frontend[0]`, where its value is used. */
export interface Use {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Index of its first token, and of the token behind it. */
  readonly first: number;
  readonly after: number;
}

const WORDS = new Set([
  ...['and', 'or', 'not', 'in', 'is', 'if', 'else', 'recursive'],
  ...['true', 'false', 'none', 'True', 'False', 'None'],
]);
/** Statements whose words are names that they define or look up themselves. */
const OWN_NAMES = new Set(['macro', 'block', 'import', 'from', 'include', 'extends', 'autoescape']);

/** @returns where a tag uses the value of a variable; not where it defines one, calls a function, or names a filter or a test. */
export function usesIn({ kind, tokens }: Tag, template: string): readonly Use[] {
  const uses: Use[] = [];
  for (let index = kind === 'print' ? 0 : firstOfExpression(tokens); index < tokens.length; ) {
    const after = isVariable(tokens, index) ? endOfPath(tokens, index) : index + 1;
    const [token, last] = [tokens[index], tokens[after - 1]];
    if (token !== undefined && last !== undefined && isVariable(tokens, index) && !isCalled(tokens, index))
      uses.push({
        text: template.slice(token.start, last.end),
        start: token.start,
        end: last.end,
        first: index,
        after,
      });
    index = after;
  }
  return uses;
}

/** @returns the index behind the names that a statement defines. */
function firstOfExpression(tokens: readonly Token[]): number {
  const [statement, second] = tokens;
  if (statement === undefined || OWN_NAMES.has(statement.text)) return tokens.length;
  const behind = (text: string): number => {
    const found = tokens.findIndex((token) => token.text === text);
    return found === -1 ? tokens.length : found + 1;
  };
  if (statement.text === 'for') return behind('in');
  if (statement.text === 'set') return behind('=');
  if (statement.text === 'filter') return 2;
  if (statement.text === 'call' && second?.text === '(') return behind(')');
  return 1;
}

function isVariable(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  if (token?.kind !== 'name' || WORDS.has(token.text)) return false;
  const before = tokens[index - 1]?.text;
  const isTest = before === 'is' || (before === 'not' && tokens[index - 2]?.text === 'is');
  // The name of an argument.
  const isArgument = tokens[index + 1]?.text === '=';
  return before !== '.' && before !== '|' && !isTest && !isArgument;
}

function isCalled(tokens: readonly Token[], index: number): boolean {
  return tokens[index + 1]?.text === '(';
}

/** A method at the end does not belong to the path. */
function endOfPath(tokens: readonly Token[], start: number): number {
  let index = start + 1;
  for (;;) {
    const isMember = tokens[index]?.text === '.' && tokens[index + 1]?.kind === 'name';
    if (isMember && tokens[index + 2]?.text !== '(') index += 2;
    else if (tokens[index]?.text === '[') {
      const close = closing(tokens, index);
      if (close === undefined) return index;
      index = close + 1;
    } else return index;
  }
}

/** @returns the index of the bracket that closes the one at `index`. */
function closing(tokens: readonly Token[], index: number): number | undefined {
  let open = 0;
  for (let at = index; at < tokens.length; at += 1) {
    if (tokens[at]?.text === '[') open += 1;
    if (tokens[at]?.text === ']') open -= 1;
    if (open === 0) return at;
  }
  return undefined;
}
