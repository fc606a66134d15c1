import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KNOWN_FIELDS } from '../../../src/realm/lint/known/fields.ts';
import { lineFinder } from '../../../src/realm/lint/lines.ts';
import { lintRealm } from '../../../src/realm/lint/lint.ts';
import { type Path, pathText } from '../../../src/realm/lint/place.ts';
import type { Json, JsonObject } from '../../../src/system/json.ts';
import { STOCK_SERVER } from './examples.ts';
import { FLOW_EXAMPLES } from './flows.ts';
import { GATE_EXAMPLES } from './gates.ts';
import { KEY_EXAMPLES } from './keys.ts';
import { NAME_EXAMPLES } from './names.ts';

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
  /** Also names that every object of JavaScript has. */
  const WORDS = ['conditional-user-role', 'CONDITIONAL', '{{', 'constructor', '__proto__', 'toString', 'f'];
  const names = Object.values(KNOWN_FIELDS).flatMap((words) =>
    words
      .trim()
      .split(/\s+/)
      .map((word) => word.split(':')[0] ?? ''),
  );
  const { json } = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      fc.constantFrom<Json>(null, true, 'true', 7, '', 'x', ...WORDS),
      fc.string(),
      fc.array(tie('json'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(fc.constantFrom(...names, ...WORDS), fc.string()), tie('json'), { maxKeys: 6 }),
    ),
  }));

  it('is checked without an exception, with and without a server', () => {
    const document = fc.dictionary(fc.oneof(fc.constantFrom(...names, ...WORDS), fc.string()), json, {
      maxKeys: 8,
    });
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
      { numRuns: 40 },
    );
  });

  it('in any place of a file with a mistake is checked without an exception', () => {
    const mistakes = [KEY_EXAMPLES, NAME_EXAMPLES, FLOW_EXAMPLES, GATE_EXAMPLES].flatMap((examples) =>
      Object.values(examples).flatMap((list) => list.map(({ bad }) => bad)),
    );
    fc.assert(
      fc.property(fc.constantFrom(...mistakes), fc.nat(), json, (mistake, seed, value) => {
        const places = placesIn(mistake);
        const document = replaced(mistake, places[seed % places.length] ?? [], value);
        for (const facts of [undefined, STOCK_SERVER])
          lintRealm([{ name: 'a.json', document: document as JsonObject, lineOf: () => undefined }], facts);
      }),
      { numRuns: 100 },
    );
  });
});

function placesIn(value: Json, above: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]: [string, Json]) => {
    const path = [...above, Array.isArray(value) ? Number(name) : name];
    return [path, ...placesIn(member, path)];
  });
}

function replaced(value: Json, [key, ...rest]: Path, by: Json): Json {
  if (key === undefined) return by;
  const copy = structuredClone(value) as Record<string | number, Json>;
  copy[key] = replaced(copy[key] ?? null, rest, by);
  return copy as Json;
}
