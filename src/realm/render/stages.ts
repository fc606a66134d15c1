import { parseDocument, type Scalar, visit } from 'yaml';
import { usageError } from '../../system/errors.ts';
import { contentOf } from '../file/load.ts';
import { isObject, type Json, type JsonObject } from '../model/values.ts';

/**
 * The values of one stage: what `defaults` says, changed by what the stage names, and the name of the stage as `stage`.
 *
 * @param text YAML: `defaults`, and `stages` with a map for each stage.
 * @param file for errors.
 * @throws REALM_TEMPLATE for another kind of file; USAGE for a stage that is not in it, with those that are.
 */
export function valuesOfStage(text: string, file: string, stage: string): JsonObject {
  const document = parseDocument(text, { uniqueKeys: true });
  const [problem] = document.errors;
  if (problem !== undefined) throw notStages(file, problem.message.split('\n')[0] ?? 'invalid YAML');
  visit(document, {
    Scalar: (_key, scalar) => {
      if (isAmbiguous(scalar)) throw notStages(file, `put ${scalar.source} in quotes`);
    },
  });
  let content: Json;
  try {
    content = contentOf(document);
  } catch {
    throw notStages(file, 'its aliases do not come to an end');
  }
  if (!isObject(content) || !isObject(content['stages'])) throw notStages(file, 'it has no map "stages"');
  const { defaults, stages } = content;
  const names = Object.keys(stages);
  if (!names.includes(stage))
    throw usageError(`${file} has no stage "${stage}".`, { hint: `Its stages are ${names.join(', ')}.` });
  return { ...merged(isObject(defaults) ? defaults : {}, stages[stage] ?? {}), stage };
}

/** Words and numbers that Python reads as something else, or that print in another form than they are written. */
function isAmbiguous({ type, source = '', value }: Scalar): boolean {
  if (type !== 'PLAIN') return false;
  if (typeof value === 'number') return String(value) !== source;
  return /^(yes|no|on|off)$/i.test(source) || /^\d+(:[0-5]?\d)+$/.test(source);
}

/** Maps are merged, everything else is replaced. */
function merged(base: JsonObject, changes: Json): JsonObject {
  if (!isObject(changes)) return base;
  const entries = Object.entries(changes).map(([name, value]): [string, Json] => {
    const before = base[name];
    return [name, isObject(before) && isObject(value) ? merged(before, value) : value];
  });
  return { ...base, ...Object.fromEntries(entries) };
}

function notStages(file: string, reason: string) {
  return usageError(
    `${file} cannot be used as a file of stages: ${reason}.`,
    { hint: 'It is YAML with the maps "defaults" and "stages"; codemie realm init writes an example.' },
    'REALM_TEMPLATE',
  );
}
