import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KNOWN_FIELDS } from '../../../src/realm/lint/known/fields.ts';
import { lineFinder } from '../../../src/realm/lint/lines.ts';
import { lintRealm } from '../../../src/realm/lint/lint.ts';
import { pathText } from '../../../src/realm/lint/place.ts';
import type { Json, JsonObject } from '../../../src/system/json.ts';
import { STOCK_SERVER } from './examples.ts';

describe('lines', () => {
  it.each([
    ['JSON', '{\n  "clients": [\n    {\n      "clientId": "a",\n      "secret": "b"\n    }\n  ]\n}'],
    [
      'JSON with comments and tabs',
      '{ // ours\n\t"clients": [ /* all\n */ {\n\t\t"clientId": "http://a",\n\t\t"secret": "b"\n\t} ]\n}',
    ],
    ['YAML', 'realm: acme\nclients:\n\n  - clientId: a\n    secret: b\n'],
  ])('of %s are found', (_, text) => {
    expect(lineFinder(text)(['clients', 0, 'secret'])).toBe(5);
  });

  it('of a member that is not there is the line of the object that lacks it', () => {
    expect(lineFinder('{\n  "clients": [\n    {}\n  ]\n}')(['clients', 0, 'secret'])).toBe(3);
  });

  it('of a member that is there twice is the last one, as in Keycloak', () => {
    expect(lineFinder('{\n  "a": 1,\n  "a": 2\n}')(['a'])).toBe(3);
  });
});

it('a path names members as JSON does', () => {
  expect(pathText(['clients', 2, 'attributes', 'post.logout'])).toBe('clients[2].attributes["post.logout"]');
});

describe('any JSON', () => {
  const names = Object.values(KNOWN_FIELDS).flatMap((words) =>
    words
      .trim()
      .split(/\s+/)
      .map((word) => word.split(':')[0] ?? ''),
  );
  const { json } = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      fc.constantFrom<Json>(null, true, 'true', 7, '', 'x', 'conditional-user-role', 'CONDITIONAL', '{{'),
      fc.string(),
      fc.array(tie('json'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), tie('json'), { maxKeys: 6 }),
    ),
  }));

  it('is checked without an exception, with and without a server', () => {
    const document = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), json, { maxKeys: 8 });
    fc.assert(
      fc.property(fc.array(document, { maxLength: 3 }), (documents) => {
        const files = documents.map((one, index) => ({
          name: `${index}.json`,
          document: one as JsonObject,
          lineOf: lineFinder(JSON.stringify(one)),
        }));
        for (const facts of [undefined, STOCK_SERVER])
          for (const { message, advice } of lintRealm(files, facts))
            expect(`${message}${advice}`).not.toContain('undefined');
      }),
      { numRuns: 300 },
    );
  });
});
