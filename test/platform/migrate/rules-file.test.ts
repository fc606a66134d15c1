import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRules } from '../../../src/platform/migrate/plan/rules-file.ts';
import { temporaryFolder } from '../../support/context.ts';

function rulesFile(text: string): string {
  const path = join(temporaryFolder(), 'rules.yaml');
  writeFileSync(path, text);
  return path;
}

describe('a file of rules', () => {
  it('lists users to keep and to leave out, and projects with another name', () => {
    const path = rulesFile('keep:\n  - ada@example.com\nskip: [bob]\nmap:\n  Old-Name: new-name\n');
    expect(readRules(path)).toEqual({
      keep: ['ada@example.com'],
      skip: ['bob'],
      map: [{ from: 'Old-Name', to: 'new-name' }],
    });
  });

  it('may be JSON, and may have any of the keys', () => {
    expect(readRules(rulesFile('{"skip": ["x"]}'))).toEqual({ keep: [], skip: ['x'], map: [] });
    expect(readRules(rulesFile('{}'))).toEqual({ keep: [], skip: [], map: [] });
  });

  it.each([
    ['- a', 'object'],
    ['ignore: [a]', 'the key "ignore"'],
    ['keep: a', 'keep is not a list'],
    ['skip: [1]', 'skip is not a list of texts'],
    ['map: [a]', 'map is not an object'],
    ['map: { a: 1 }', 'map is not an object of names'],
    ['map: { a: "" }', 'map gives "a" a name that is empty'],
    ['map: { a: " b" }', 'map gives "a" a name that is empty or has white space around it'],
    [`map: { a: ${'b'.repeat(256)} }`, 'more than 255 characters'],
    ['map: { Old: a, old: b }', 'map has "old" twice, apart from case'],
    ['keep: [a', 'Flow'],
    ['keep: [a]\nkeep: [b]', 'unique'],
  ])('is refused where it says something else: %j', (text, why) => {
    expect(() => readRules(rulesFile(text))).toThrow(why);
  });

  it('may give a project a name of 255 characters', () => {
    expect(readRules(rulesFile(`map: { a: ${'é'.repeat(255)} }`)).map).toHaveLength(1);
  });

  it('is refused where it does not exist', () => {
    expect(() => readRules(join(temporaryFolder(), 'none.yaml'))).toThrow('does not exist');
  });
});
