import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { expect } from 'vitest';

const folder = new URL('../../docs/reference/schemas/', import.meta.url);
const ajv = new Ajv({ strict: false, allErrors: true });

/** Parses one line of JSON output and validates it against its published schema. */
export function expectShape<T = Record<string, unknown>>(name: string, text: string): T {
  const schema = JSON.parse(readFileSync(fileURLToPath(new URL(`${name}.json`, folder)), 'utf8'));
  const value = JSON.parse(text);
  const validate = ajv.getSchema(schema.$id) ?? ajv.compile(schema);
  expect(validate(value) ? [] : validate.errors, `${name}: ${text}`).toEqual([]);
  return value as T;
}
