import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../../system/decode-text.ts';
import type { Env } from '../../system/env.ts';
import { messageOf, usageError } from '../../system/errors.ts';
import { placeOfVariable, withVariables } from '../file/variables.ts';
import type { Json } from '../model/values.ts';
import { loadEngine } from './engine.ts';
import { type PythonDifference, pythonDifferences } from './python-differences.ts';
import { valuesOfStage } from './stages.ts';

/** Where templates and stages are, as a person names them and as they are found. */
export interface Source {
  readonly templates: string;
  readonly stages: string;
  /** @returns the absolute path of one of these. */
  readonly find: (path: string) => string;
}

/** A file to write. */
export interface Rendered {
  readonly name: string;
  readonly text: string;
  readonly mode: number;
}

/** A place that Python's Jinja2 renders differently. */
export interface Warning extends PythonDifference {
  readonly file: string;
}

export interface Stage {
  readonly files: readonly Rendered[];
  readonly warnings: readonly Warning[];
}

const TEMPLATE = /^keycloak-.+\.j2$/;

/**
 * Renders every `keycloak-*.j2` of a folder for a stage.
 *
 * @param secrets the environment, to replace `${NAME}` in JSON files by it; undefined to leave that in place.
 * @throws REALM_TEMPLATE with file and line; USAGE for a variable of the environment that is not set.
 */
export async function renderStage(source: Source, stage: string, secrets: Env | undefined): Promise<Stage> {
  const values = valuesOfStage(templateText(source.find(source.stages), source.stages), source.stages, stage);
  const engine = await loadEngine();
  const templates = templatesIn(source).map((name) => {
    const path = join(source.templates, name);
    return { name: path, target: name.slice(0, -'.j2'.length), text: templateText(source.find(path), path) };
  });
  return {
    files: templates.map((template) =>
      finished(template.target, engine.render(template, values), template.name, secrets),
    ),
    warnings: templates.flatMap(({ name, text }) =>
      pythonDifferences(text, values).map((difference) => ({ file: name, ...difference })),
    ),
  };
}

/** @param template for errors. */
function finished(name: string, text: string, template: string, secrets: Env | undefined): Rendered {
  if (name.endsWith('.sh')) return { name, text, mode: 0o755 };
  if (!name.endsWith('.json')) return { name, text, mode: 0o644 };
  const document = parsed(text, template);
  if (secrets === undefined) return { name, text, mode: 0o644 };
  return { name, text: filledIn(document, secrets, name), mode: 0o600 };
}

/**
 * The text of a JSON file with the values of variables. Keycloak replaces `${name}` in the text of a file that it imports,
 * also by variables that are none of ours, and a dollar sign written as an escape keeps it from that.
 */
function filledIn(document: Json, secrets: Env, name: string): string {
  const filled = withVariables(document, secrets, name);
  const place = placeOfVariable(filled);
  if (place === undefined) return `${JSON.stringify(filled, null, 2).replaceAll('$', '\\u0024')}\n`;
  throw usageError(`The value at ${place} of ${name} looks like a variable, and would be replaced again.`, {
    hint: 'Leave out --with-secrets: realm commands and the start script write such a value as it is.',
  });
}

function templatesIn({ templates, find }: Source): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(find(templates)).filter((name) => TEMPLATE.test(name));
  } catch (error) {
    throw unreadable(templates, messageOf(error));
  }
  if (names.length > 0) return names.toSorted();
  throw unreadable(templates, 'it has no template with a name such as keycloak-realm.json.j2');
}

function templateText(path: string, name: string): string {
  try {
    return readText(path);
  } catch (error) {
    throw unreadable(name, messageOf(error));
  }
}

function unreadable(name: string, reason: string) {
  return usageError(
    `${name} cannot be used: ${reason}.`,
    {
      hint: 'Name the folder with --templates and the file of stages with --stages, or start from an example:',
      fix: 'codemie realm init',
    },
    'REALM_TEMPLATE',
  );
}

function parsed(text: string, path: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const position = /position (\d+)/.exec(messageOf(error))?.[1];
    const line = text.slice(0, position === undefined ? text.length : Number(position)).split('\n').length;
    throw usageError(
      `${path} renders to invalid JSON at line ${line} of the result.`,
      { hint: 'Look for a comma too many or too few, and write values with the filter tojson.' },
      'REALM_TEMPLATE',
    );
  }
}
