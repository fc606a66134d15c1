import { readFileSync } from 'node:fs';
import type { Env } from '../../system/env.ts';
import { messageOf, usageError } from '../../system/errors.ts';
import { Secret } from '../../system/secret.ts';
import type { OptionValues } from '../spec.ts';

/**
 * Headers from `--header`, `--header-file` and CODEMIE_MCP_HEADERS; a flag wins over a file, a file over the variable.
 *
 * @returns values by names in lower case.
 * @throws USAGE that never repeats a value.
 */
export function headersFrom(options: OptionValues, env: Env): Record<string, string> {
  const file = options.text('header-file');
  const lines = [
    ...linesOf(env['CODEMIE_MCP_HEADERS'] ?? ''),
    ...(file === undefined ? [] : linesOf(textOf(file))),
    ...options.list('header'),
  ];
  return Object.fromEntries(lines.map((line) => parse(line, env)));
}

function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw usageError(`The file of --header-file cannot be read (${messageOf(error)}).`);
  }
}

const FORM = /^\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+?)\s*[:=] ?(.*)$/s;

function parse(line: string, env: Env): readonly [string, string] {
  const [, name = '', raw = ''] = FORM.exec(line) ?? [];
  if (name === '') {
    throw usageError('A header has no name or no value.', {
      hint: `Write it as one argument: --header 'Name: value'. For a value with spaces, use --header 'Name:\${VARIABLE}'.`,
    });
  }
  const value = raw.replace(/\$\{(\w+)\}/g, (_, variable: string) => {
    const known = env[variable];
    if (known === undefined) throw usageError(`The header ${name} uses \${${variable}}, which is not set.`);
    return known;
  });
  if (/[\r\n\0]/.test(value)) throw usageError(`The value of the header ${name} has a line break in it.`);
  return [name.toLowerCase(), new Secret(value.trimEnd()).reveal()];
}
