import { isList, isObject, type Json, type JsonObject } from '../model/values.ts';
import { type Use, usesIn } from './names.ts';
import { lineAt, type Tag, type Token, tagsOf } from './tokens.ts';

/** A place where Python's Jinja2 renders something else than we do, or stops with an error. */
export interface PythonDifference {
  readonly line: number;
  readonly message: string;
  readonly advice: string;
}

/**
 * Finds where a template renders differently in Python's Jinja2 3.1, without an error in either. What only one of the two
 * knows is an error with a line of its own.
 *
 * @param values of the stage, if known: then it also finds what is printed from them.
 */
export function pythonDifferences(template: string, values: JsonObject = {}): readonly PythonDifference[] {
  return tagsOf(template).flatMap((tag) => {
    const uses = usesIn(tag, template);
    const found = [
      ...orders(tag, uses, values),
      ...prints(tag, uses, values),
      ...filters(tag),
      ...numbers(tag),
    ];
    const [first] = tag.tokens;
    return found.map(({ at, ...difference }) => ({
      line: lineAt(template, at ?? first?.start ?? 0),
      ...difference,
    }));
  });
}

interface Found extends Omit<PythonDifference, 'line'> {
  /** Where in the template; undefined for the beginning of the tag. */
  readonly at?: number | undefined;
}

const ORDER = {
  message: 'a map is read in the order of its names here, and in the order of its file in Python',
  advice: 'Write it with "| dictsort", or make it a list.',
};

/** Methods and filters that list a map. */
const LISTING = new Set(['items', 'keys', 'values']);

function orders({ tokens }: Tag, uses: readonly Use[], values: JsonObject): readonly Found[] {
  const [statement] = tokens;
  const listed = tokens.filter((token, index) => {
    const before = tokens[index - 1]?.text;
    const isMethod = before === '.' && tokens[index + 1]?.text === '(';
    const isLiteral = statement?.text === 'for' && before === 'in' && token.text === '{';
    return isLiteral || (LISTING.has(token.text) && (isMethod || (before === '|' && token.text === 'items')));
  });
  const read = uses.filter(({ first, after }) => {
    const isInFor =
      statement?.text === 'for' && tokens[first - 1]?.text === 'in' && !continues(tokens[after]);
    const filter = tokens[after]?.text === '|' ? tokens[after + 1]?.text : undefined;
    return isInFor || (filter !== undefined && /^(list|first|last|join)$/.test(filter));
  });
  const unordered = read.filter((use) => hasOtherOrder(valueAt(values, use)));
  return [...listed, ...unordered].map(({ start }) => ({ at: start, ...ORDER }));
}

function hasOtherOrder(value: Json | undefined): boolean {
  if (!isObject(value)) return false;
  const names = Object.keys(value);
  return names.join('\n') !== names.toSorted().join('\n');
}

/** What makes a truth value of an expression; `and` and `or` may give one. */
const TRUTHS = new Set(['not', 'is', 'in', 'and', '==', '!=', '<', '>', '<=', '>=']);
const CONSTANTS = new Set(['true', 'false', 'none', 'True', 'False', 'None']);

const WORD = {
  message: 'a truth value or none is printed in small letters here, and as True, False or None in Python',
  advice: 'Write it with "| tojson", or as a choice between two texts.',
};
const COLLECTION = {
  message: 'a list or a map is printed with double quotes here, and with single quotes in Python',
  advice: 'Write it with "| tojson" or "| join".',
};
/** What ends in a list, or in true or false. */
const LISTS = new Set([
  ...['list', 'sort', 'map', 'select', 'reject', 'selectattr', 'rejectattr', 'dictsort', 'unique'],
  ...['batch', 'slice', 'split', 'splitlines'],
]);
const ANSWERS = /^(startswith|endswith|is(digit|alpha|alnum|upper|lower|space|numeric))$/;

function prints({ kind, tokens }: Tag, uses: readonly Use[], values: JsonObject): readonly Found[] {
  if (kind !== 'print') return [];
  const printed = printedOf(tokens);
  const isPrinted = (token: Token | undefined): boolean => printed.some((one) => one.token === token);
  const word = printed.find(
    ({ token, before }) =>
      (CONSTANTS.has(token.text) && before !== 'is' && before !== 'not') || TRUTHS.has(token.text),
  );
  const plain = uses.filter(({ first, after }) => isPrinted(tokens[first]) && !continues(tokens[after]));
  const found = (word === undefined ? plain : []).flatMap((use): readonly Found[] => {
    const value = valueAt(values, use);
    if (value === null || typeof value === 'boolean' || /^loop\.(first|last)$/.test(use.text))
      return [{ at: use.start, ...WORD }];
    return isList(value) || isObject(value) ? [{ at: use.start, ...COLLECTION }] : [];
  });
  const result = printed.findLast(({ token }) => token.kind === 'name')?.token;
  const isResult = tokens.at(-1) === result || (tokens.at(-1)?.text === ')' && isPrinted(tokens.at(-1)));
  const last = isResult ? (result?.text ?? '') : '';
  // An empty choice at the end: what is printed is that text.
  const endsInText = printed.at(-1)?.token.kind === 'text' && printed.at(-2)?.token.text === 'or';
  return [
    ...(word === undefined || endsInText ? [] : [{ at: word.token.start, ...WORD }]),
    ...(ANSWERS.test(last) ? [WORD] : []),
    ...found,
    ...(LISTS.has(last) || isCollection(tokens, printed.length) ? [COLLECTION] : []),
  ];
}

/** @returns whether a tag is one list, map or tuple, written out. */
function isCollection(tokens: readonly Token[], outside: number): boolean {
  const first = tokens[0]?.text ?? '';
  if (outside !== 2 || first === '') return false;
  return '[{'.includes(first) || (first === '(' && tokens.some(({ text }) => text === ','));
}

/** @returns the tokens whose value may be printed: not those in brackets, and not the condition of a choice. */
function printedOf(tokens: readonly Token[]): readonly Printed[] {
  const printed: Printed[] = [];
  let depth = 0;
  let isCondition = false;
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'sign' && ')]}'.includes(token.text)) depth -= 1;
    const isWord = token.kind === 'name' && depth === 0;
    if (isWord && token.text === 'if') isCondition = true;
    else if (isWord && token.text === 'else') isCondition = false;
    else if (depth === 0 && !isCondition) printed.push({ token, before: tokens[index - 1]?.text });
    if (token.kind === 'sign' && '([{'.includes(token.text)) depth += 1;
  }
  return printed;
}

interface Printed {
  readonly token: Token;
  /** The token before it. */
  readonly before: string | undefined;
}

/** @returns whether what follows a name makes another value of it. */
function continues(token: Token | undefined): boolean {
  return token !== undefined && !['if', 'else', '~', ')', ',', 'recursive'].includes(token.text);
}

const FILTERS: Readonly<Record<string, Omit<Found, 'at'>>> = {
  title: {
    message: '"title" begins a new word after "_" here, and not in Python',
    advice: 'Write the text as it shall be.',
  },
  round: {
    message: '"round" rounds a half up here, and to the even number in Python',
    advice: 'Write the number as it shall be.',
  },
  pprint: { message: '"pprint" prints texts and maps in another form than Python', advice: 'Use "tojson".' },
  attr: {
    message: '"attr" also finds members of a map here, and not in Python',
    advice: 'Use brackets or a point.',
  },
};

function filters({ tokens }: Tag): readonly Found[] {
  return tokens.flatMap(({ text, start }, index) => {
    const difference = tokens[index - 1]?.text === '|' ? FILTERS[text] : undefined;
    return difference === undefined ? [] : [{ at: start, ...difference }];
  });
}

function numbers({ tokens }: Tag): readonly Found[] {
  return tokens.flatMap(({ kind, text, start }, index): readonly Found[] => {
    const divisor = tokens[index + 1];
    if (kind === 'sign' && text === '/' && !(divisor?.kind === 'number' && Number(divisor.text) !== 0))
      return [
        {
          at: start,
          message: 'a division by 0 prints inf here, and is an error in Python',
          advice: 'Write the result.',
        },
      ];
    const isLarge = kind === 'number' && Math.abs(Number(text)) >= 1e16;
    const isWhole = kind === 'number' && /\.0+$/.test(text) && tokens.some((one) => one.text === 'tojson');
    if (!isLarge && !isWhole) return [];
    return [
      {
        at: start,
        message: `the number ${text} is printed in another form in Python`,
        advice: 'Write it as a text.',
      },
    ];
  });
}

/** @returns the value that a path such as `urls.web["main"][0]` has in the stage. */
function valueAt(values: JsonObject, { text }: Use): Json | undefined {
  const steps = [...text.matchAll(/(\w+)|"([^"]*)"|'([^']*)'/g)].map(
    ([, name, double, single]) => name ?? double ?? single ?? '',
  );
  let value: Json | undefined = values;
  for (const step of steps)
    value = isList(value) ? value[Number(step)] : isObject(value) ? value[step] : undefined;
  return value;
}
