import { stringify } from 'yaml';
import { withoutVariables } from './file/variables.ts';
import { isSecretField } from './model/security.ts';
import { isList, isObject, type Json, type JsonObject, MASK } from './model/values.ts';

export interface Export {
  readonly text: string;
  /** Places of the secrets that were left out: `clients[3].secret`. */
  readonly secrets: readonly string[];
}

/**
 * A realm as a file that Keycloak imports and `plan` compares. Secrets are left out: what a file does not mention stays as
 * it is on a server that has it, and is created by one that has not.
 */
export function exportOf(representation: JsonObject, format: 'json' | 'yaml'): Export {
  const secrets: string[] = [];
  const document = withoutVariables(withoutSecrets(representation, '', secrets));
  return {
    text: format === 'yaml' ? stringify(document) : `${JSON.stringify(document, null, 2)}\n`,
    secrets,
  };
}

function withoutSecrets(value: Json, path: string, found: string[]): Json {
  if (isList(value)) return value.map((item, index) => withoutSecrets(item, `${path}[${index}]`, found));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).flatMap(([name, member]): readonly [string, Json][] => {
    const place = path === '' ? name : `${path}.${name}`;
    const isSecret = member === MASK || (typeof member === 'string' && member !== '' && isSecretField(place));
    if (!isSecret) return [[name, withoutSecrets(member, place, found)]];
    found.push(place);
    return [];
  });
  return Object.fromEntries(kept);
}
