import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { parseLaunch } from '../../src/agents/arguments.ts';
import { GLOBAL_OPTIONS, type OptionSpec } from '../../src/commands/spec.ts';
import { COMMANDS } from '../../src/commands/table.ts';
import { SIGN_IN } from '../../src/system/errors.ts';

/** What may stand in a fix besides our own commands; `value --help` is the help of a command known only later. */
const SYSTEM =
  /^(value --help$|(apt-get|npm|export|unset|ssh|security|kill|taskkill|chmod|mv|sudo chown|timedatectl|pkill|codex) )/;

const SOURCES = join(import.meta.dirname, '../../src');

/** Calls in a fix that stand for flags; every other value is one word. */
const FLAGS: Readonly<Record<string, (first: string) => string>> = {
  option: (first) => ` --${first} value`,
  profileOption: () => ' --profile value',
};

/** @returns the texts that an expression may have, with a word for each value that is known only later. */
function textsOf(node: ts.Expression): readonly string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isParenthesizedExpression(node)) return textsOf(node.expression);
  if (ts.isConditionalExpression(node)) return [...textsOf(node.whenTrue), ...textsOf(node.whenFalse)];
  if (ts.isIdentifier(node) && node.text === 'SIGN_IN') return [SIGN_IN];
  if (!ts.isTemplateExpression(node)) return [];
  const parts = node.templateSpans.map(({ expression, literal }) => `${wordOf(expression)}${literal.text}`);
  return [[node.head.text, ...parts].join('')];
}

function wordOf(node: ts.Expression): string {
  if (ts.isIdentifier(node) && node.text === 'SIGN_IN') return SIGN_IN;
  if (!ts.isCallExpression(node)) return 'value';
  const [first] = node.arguments;
  return FLAGS[node.expression.getText()]?.(first && ts.isStringLiteral(first) ? first.text : '') ?? 'value';
}

/** Every `fix: …` of the source that is written out there. */
function fixes(): readonly { readonly at: string; readonly text: string }[] {
  const found: { at: string; text: string }[] = [];
  for (const name of readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const source = readFileSync(join(SOURCES, name), 'utf8');
    if (!source.includes('fix:')) continue;
    const file = ts.createSourceFile(name, source, ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      if (ts.isPropertyAssignment(node) && node.name.getText() === 'fix')
        for (const text of textsOf(node.initializer)) found.push({ at: name, text });
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return found;
}

/** @returns why a text cannot be pasted into a shell and run, or undefined when it can. */
function problemOf(text: string): string | undefined {
  if (/…|<\w|example\.com|\/path\/|\b(NAME|FILE|FOLDER|ID|URL)\b|[.,:]$/.test(text)) return 'not complete';
  const [program = '', ...words] = text.split(' ');
  if (/^codemie-\w+$/.test(program)) {
    parseLaunch(words);
    return undefined;
  }
  if (program !== 'codemie') return SYSTEM.test(text) ? undefined : 'not a command';
  const spec = COMMANDS.find(({ path }) => path.every((word, i) => words[i] === word));
  const isGroup = COMMANDS.some(({ path }) => path.length > 1 && path[0] === words[0]);
  if (spec === undefined)
    return words[0] === '--help' || (isGroup && words[1] === '--help') ? undefined : 'no such command';
  return problemOfWords(
    words.slice(spec.path.length),
    [...spec.options, ...GLOBAL_OPTIONS],
    spec.args?.length ?? 0,
  );
}

function problemOfWords(
  words: readonly string[],
  options: readonly OptionSpec[],
  most: number,
): string | undefined {
  let given = 0;
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? '';
    if (!word.startsWith('-')) {
      given += 1;
      if (given > most) return `"${word}" is too much`;
      continue;
    }
    const option = options.find(({ name }) => `--${name}` === word);
    if (option === undefined) return `no flag ${word}`;
    if (option.value === undefined) continue;
    i += 1;
    const value = words[i];
    if (value === undefined) return `${word} needs a value`;
    if (option.choices !== undefined && !option.choices.includes(value) && value !== 'value')
      return `${word} cannot be ${value}`;
  }
  return undefined;
}

describe('what stands behind fix:', () => {
  it('can be pasted into a shell and run, everywhere in the source', () => {
    const all = fixes();
    expect(all.length).toBeGreaterThan(50);
    const bad = all.flatMap(({ at, text }) => {
      const problem = problemOf(text);
      return problem === undefined ? [] : [`${at}: ${text} (${problem})`];
    });
    expect(bad).toEqual([]);
  });

  it.each([
    ['Get a new token from your identity provider.', 'not complete'],
    ['Try again', 'not a command'],
    ['codemie doctor and wait', 'too much'],
    ['codemie profile login --url https://codemie.example.com', 'not complete'],
    ['codemie profile use NAME', 'not complete'],
    ['codemie profiles', 'no such command'],
    ['codemie doctor --repair', 'no flag --repair'],
    ['codemie profile move --to drawer', 'cannot be drawer'],
  ])('is not "%s"', (text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });
});
