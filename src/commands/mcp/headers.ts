import { readText } from '../../system/decode-text.ts';
import type { Env } from '../../system/env.ts';
import { messageOf, usageError } from '../../system/errors.ts';
import { Secret } from '../../system/secret.ts';
import type { OptionValues } from '../spec.ts';
import { SPLIT_HEADER } from './connection-options.ts';

/** A header as it was written, with `${VAR}` in its value. */
export interface HeaderLine {
  readonly name: string;
  readonly value: string;
}

/**
 * Headers from `--header`, `--header-file` and CODEMIE_MCP_HEADERS; a flag wins over a file, a file over the variable.
 *
 * @returns values by names in lower case.
 * @throws USAGE that names the header or the variable, and never repeats a value.
 */
export function headersFrom(options: OptionValues, env: Env): Record<string, string> {
  const lines = [
    ...parsed(linesOf(env['CODEMIE_MCP_HEADERS'] ?? ''), 'CODEMIE_MCP_HEADERS'),
    ...fileHeaders(options),
    ...flagHeaders(options),
  ];
  return Object.fromEntries(lines.map((line) => [line.name.toLowerCase(), expanded(line, env)]));
}

/** @throws USAGE for one that has no name or no value. */
export function flagHeaders(options: OptionValues): readonly HeaderLine[] {
  return parsed(options.list('header'), '--header');
}

/** @throws USAGE when the file of `--header-file` cannot be read, or has a line that is not a header. */
export function fileHeaders(options: OptionValues): readonly HeaderLine[] {
  const file = options.text('header-file');
  if (file === undefined) return [];
  let text: string;
  try {
    text = readText(file);
  } catch (error) {
    throw usageError(`The file of --header-file cannot be read (${messageOf(error)}).`);
  }
  return parsed(linesOf(text), `The file of --header-file`);
}

/** @returns the names of the variables in a value. */
export function variablesIn(value: string): readonly string[] {
  return [...value.matchAll(VARIABLE)].map(([, name = '']) => name);
}

/**
 * @returns a variable's value. Some hosts leave `${NAME}` in the variable where theirs has no value.
 */
export function variableIn(env: Env, name: string): string | undefined {
  const value = env[name];
  return value === '' || value === `\${${name}}` ? undefined : value;
}

const VARIABLE = /\$\{(\w+)\}/g;
/** A name as RFC 9110 has it, without the quote that a shell may have left. A colon or an equals sign, one space. */
const FORM = /^\s*([A-Za-z0-9!#$%&*+.^_`|~-]+?)\s*[:=] ?(.*)$/s;

function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

function parsed(lines: readonly string[], source: string): readonly HeaderLine[] {
  return lines.map((line) => {
    const [, name = '', value = ''] = FORM.exec(line) ?? [];
    if (name === '' || value.trim() === '')
      throw usageError(`${source} has a header without a name or without a value.`, {
        hint: `Write 'Name: value'. ${SPLIT_HEADER}`,
      });
    return { name, value: value.trimEnd() };
  });
}

function expanded({ name, value: raw }: HeaderLine, env: Env): string {
  const value = raw.replace(VARIABLE, (_, variable: string) => {
    const known = variableIn(env, variable);
    if (known === undefined)
      throw usageError(`The header ${name} uses \${${variable}}, and that variable is not set.`, {
        hint: `Set ${variable} where the agent starts, or remove the header.`,
      });
    return known;
  });
  if (/[\r\n]/.test(value)) throw usageError(`The value of the header ${name} has a line break in it.`);
  if (/[^\t -~\u0080-\u00ff]/.test(value))
    throw usageError(`The value of the header ${name} has a character in it that headers cannot have.`);
  return new Secret(value).reveal();
}
