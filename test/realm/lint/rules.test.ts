import { describe, expect, it } from 'vitest';
import type { ServerFacts } from '../../../src/realm/lint/facts.ts';
import { lineFinder } from '../../../src/realm/lint/lines.ts';
import { lintRealm } from '../../../src/realm/lint/lint.ts';
import { RULES } from '../../../src/realm/lint/rules.ts';
import type { JsonObject } from '../../../src/system/json.ts';
import type { Examples } from './examples.ts';
import { FLOW_EXAMPLES } from './flows.ts';
import { GATE_EXAMPLES } from './gates.ts';
import { KEY_EXAMPLES } from './keys.ts';
import { NAME_EXAMPLES } from './names.ts';

const EXAMPLES: Examples = { ...KEY_EXAMPLES, ...NAME_EXAMPLES, ...FLOW_EXAMPLES, ...GATE_EXAMPLES };

function lint(document: JsonObject, facts?: ServerFacts) {
  const text = JSON.stringify(document, null, 2);
  return lintRealm([{ name: 'realm.json', document, lineOf: lineFinder(text) }], facts);
}

describe.each(RULES.map((rule) => [rule.id, rule] as const))('%s', (id, { severity }) => {
  const examples = EXAMPLES[id] ?? [];

  it('has an example', () => expect(examples).not.toEqual([]));

  it.each(examples.map((example) => [example.path, example] as const))(
    'finds the mistake at %s and nothing else',
    (path, { bad, facts, advice = '', also }) => {
      const findings = lint(bad, facts).filter(({ rule }) => rule !== also);
      expect(findings).toMatchObject([{ rule: id, severity, file: 'realm.json', path }]);
      expect(findings[0]?.advice).toContain(advice);
      expect(findings[0]?.line).toBeGreaterThan(0);
    },
  );

  it.each(examples.map((example) => [example.path, example] as const))(
    'finds nothing where there is no mistake at %s',
    (_, { good, facts }) => expect(lint(good, facts)).toEqual([]),
  );
});

it('every example belongs to a rule, and no rule is there twice', () => {
  const ids = RULES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of Object.keys(EXAMPLES)) expect(ids).toContain(id);
});

it('no finding repeats a secret', () => {
  const documents = Object.values(EXAMPLES).flatMap((list) => list.map(({ bad }) => bad));
  const secret = documents.filter((document) => JSON.stringify(document).includes('hunter2'));
  expect(secret.length).toBeGreaterThan(3);
  expect(JSON.stringify(secret.map((document) => lint(document)))).not.toContain('hunter2');
});
