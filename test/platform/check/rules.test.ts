import { describe, expect, it } from 'vitest';
import { checkPlatform } from '../../../src/platform/check/check.ts';
import { RULES } from '../../../src/platform/check/rules.ts';
import type { CheckOptions } from '../../../src/platform/check/subject.ts';
import { CHART, type Examples, env, type Files, variable } from './examples.ts';
import { LIST_EXAMPLES } from './examples-lists.ts';
import { MODE_EXAMPLES } from './examples-mode.ts';
import { UNSEEN_EXAMPLES } from './examples-unseen.ts';
import { VARIABLE_EXAMPLES } from './examples-variables.ts';

const EXAMPLES: Examples = { ...LIST_EXAMPLES, ...VARIABLE_EXAMPLES, ...MODE_EXAMPLES, ...UNSEEN_EXAMPLES };

function check(files: Files, options: CheckOptions = {}) {
  const given = Object.entries(files).map(([name, text]) => ({ name, text }));
  return checkPlatform(given, { chart: CHART, ...options }, Date.UTC(2026, 10, 27)).findings;
}

describe.each(RULES.map((rule) => [rule.id, rule] as const))('%s', (id, { severity }) => {
  const examples = (EXAMPLES[id] ?? []).map((example) => [example.title, example] as const);

  it('has an example', () => expect(examples).not.toEqual([]));

  it.each(examples)(
    'finds the mistake and nothing else: %s',
    (_, { bad, options, at, says, advice = '', also = [] }) => {
      const findings = check(bad, options).filter(({ rule }) => !also.includes(rule));
      expect(findings.map(({ rule, severity, file, line }) => [rule, severity, `${file}:${line}`])).toEqual([
        [id, severity, at],
      ]);
      expect(findings[0]?.message).toContain(says);
      expect(findings[0]?.advice).toContain(advice);
    },
  );

  it.each(examples)('finds nothing without the mistake: %s', (_, { good, options }) =>
    expect(check(good, options)).toEqual([]),
  );
});

it('every example belongs to a rule, and no rule is there twice', () => {
  const ids = RULES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of Object.keys(EXAMPLES)) expect(ids).toContain(id);
});

it('no finding repeats a secret', () => {
  const all = Object.values(EXAMPLES).flatMap((list) => list.map(({ bad, options }) => ({ bad, options })));
  const secret = all.filter(({ bad }) => /hunter2|aHVudGVyMi|48151623/.test(JSON.stringify(bad)));
  expect(secret.length).toBeGreaterThan(8);
  secret.push({
    bad: env(...variable('NATS_PASSWORD', '"481516"'), ...variable('NATS_PASSWORD', '"481516"')),
    options: {},
  });
  for (const { bad, options } of secret)
    expect(JSON.stringify(check(bad, options))).not.toMatch(/hunter2|aHVudGVyMi|481516/);
});

it('every message and advice is a sentence on one line', () => {
  for (const [id, examples] of Object.entries(EXAMPLES))
    for (const { bad, options } of examples)
      for (const { message, advice } of check(bad, options)) {
        expect(message, id).toMatch(/^\S[^\n]*[.?]$/);
        expect(advice, id).toMatch(/^[A-Z"][^\n]*$/);
      }
});
