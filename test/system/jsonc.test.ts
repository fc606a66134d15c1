import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutComments } from '../../src/system/json.ts';
import { parseJsonc } from '../../src/system/jsonc.ts';
import { objectAt, withMember, withoutMember } from '../../src/system/jsonc-edit.ts';

const COMMENTED = `{
    // the model of the team
    "model": "a/b", // do not change
    "mcp": {
        /* first */
        "one": { "type": "local" },
        "two": { "type": "local" } // last
    },
}
`;

it.each([
  ['{"a": 1} // end', '{"a": 1} '],
  ['{/* one */"a": "/* no // comment */"}', '{"a": "/* no // comment */"}'],
  ['{"a\\"//": 1, // yes\n"b": 2}', '{"a\\"//": 1, \n"b": 2}'],
  ['{"a": 1} /* no end', '{"a": 1} /* no end'],
  ['"no end // of it', '"no end // of it'],
])('%j without comments', (text, expected) => {
  expect(withoutComments(text)).toBe(expected);
});

describe('reading JSON with comments', () => {
  it.each([
    ['comments and trailing commas', '{ // a\n "x": [1, 2,], /* b */ }', { x: [1, 2] }],
    [
      'what looks like a comment in a string',
      '{"url": "https://a.example/*x*/"}',
      { url: 'https://a.example/*x*/' },
    ],
    ['a byte order mark', '\ufeff{"a": null}', { a: null }],
    ['escapes', '{"a\\"b": "\\u00e4\\n"}', { 'a"b': 'ä\n' }],
    ['a key twice: the last counts', '{"a": 1, "a": 2}', { a: 2 }],
  ])('%s', (_, text, value) => {
    expect(parseJsonc(text).value).toEqual(value);
  });

  it.each([
    ['{"a": 1', 'it ends too early'],
    ['{\n"a": 1\n"b": 2}', 'line 3'],
    ['{\n"a": nul}', 'line 2'],
    ["{'a': 1}", 'line 1'],
    ['{} {}', 'line 1'],
    ['{,}', 'line 1'],
    ['[1,,2]', 'line 1'],
  ])('%s is refused', (text, told) => {
    expect(() => parseJsonc(text)).toThrow(told);
  });

  it('endless nesting is refused', () => {
    expect(() => parseJsonc('['.repeat(100_000))).toThrow('line 1');
  });

  it('reads all that JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.stringify(parseJsonc(text).value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it('a key named __proto__ is a key', () => {
    expect(objectAt('{"__proto__": {"mine": 1}}', ['mine'])).toBeUndefined();
    expect(objectAt('{"__proto__": {"mine": 1}}', ['__proto__'])).toEqual({ mine: 1 });
  });
});

describe('changing one member', () => {
  it('adds it in the indentation of its neighbours, and keeps comments', () => {
    expect(withMember(COMMENTED, ['mcp', 'three'], { type: 'local', command: ['x'] })).toBe(`{
    // the model of the team
    "model": "a/b", // do not change
    "mcp": {
        /* first */
        "one": { "type": "local" },
        "two": { "type": "local" }, // last
        "three": {
            "type": "local",
            "command": [
                "x"
            ]
        }
    },
}
`);
  });

  it('replaces it where it stands', () => {
    expect(withMember(COMMENTED, ['model'], 'c/d')).toBe(COMMENTED.replace('a/b', 'c/d'));
  });

  it.each([
    ['an empty file', '', '{\n  "a": {\n    "b": 1\n  }\n}\n'],
    ['an empty object', '{}\n', '{\n  "a": {\n    "b": 1\n  }\n}\n'],
    ['one line', '{"x": 1}', '{"x": 1,\n  "a": {\n    "b": 1\n  }\n}'],
    [
      'Windows line ends',
      '{\r\n\t"x": 1\r\n}\r\n',
      '{\r\n\t"x": 1,\r\n\t"a": {\r\n\t\t"b": 1\r\n\t}\r\n}\r\n',
    ],
    ['a comment alone', '{\n  // none yet\n}', '{\n  "a": {\n    "b": 1\n  }\n  // none yet\n}'],
  ])('creates what is missing on the way: %s', (_, text, expected) => {
    expect(withMember(text, ['a', 'b'], 1)).toBe(expected);
  });

  it('refuses to replace what is not an object', () => {
    expect(() => withMember('{"mcp": "x"}', ['mcp', 'a'], 1)).toThrow('"mcp" is not an object');
    expect(() => withMember('[]', ['mcp', 'a'], 1)).toThrow('it is not a JSON object');
  });
});

describe('removing one member', () => {
  it('removes its line and its comma', () => {
    expect(withoutMember(COMMENTED, ['mcp', 'one'])).toBe(
      COMMENTED.replace('        "one": { "type": "local" },\n', ''),
    );
    expect(withoutMember(COMMENTED, ['model'])).not.toContain('a/b');
    expect(objectAt(withoutMember(COMMENTED, ['mcp', 'two']), [])).toEqual({
      model: 'a/b',
      mcp: { one: { type: 'local' } },
    });
  });

  it('a text without it stays as it is', () => {
    expect(withoutMember(COMMENTED, ['mcp', 'none'])).toBe(COMMENTED);
    expect(withoutMember(COMMENTED, ['none', 'none'])).toBe(COMMENTED);
  });

  it.each([
    COMMENTED,
    '{}\n',
    '{\n  "mcp": {}\n}\n',
    '{"mcp":{"x":{}}}',
    '{\n\t"mcp": {\n\t\t"x": 1,\n\t},\n}',
    '{\r\n  "a": 1\r\n}\r\n',
    '{\n  "a": 1 // last\n}',
  ])('undoes what was added, to the last byte: %j', (text) => {
    const added = withMember(text, ['mcp', 'new'], { command: 'c' });
    expect(objectAt(added, ['mcp', 'new'])).toEqual({ command: 'c' });
    const removed = withoutMember(added, ['mcp', 'new']);
    const had = objectAt(text, ['mcp']) !== undefined;
    const plain = had ? removed : withoutMember(removed, ['mcp']);
    // A file of one line gets a line end in front of its last brace.
    expect(plain.replaceAll(/\s+}/g, '}')).toBe(text.replaceAll(/\s+}/g, '}'));
  });

  it('keeps every other value, whatever stands in the file', () => {
    const file = fc.record({
      indent: fc.constantFrom(undefined, 2, 4, '\t'),
      value: fc.dictionary(fc.string(), fc.jsonValue()),
      name: fc.string(),
    });
    fc.assert(
      fc.property(file, ({ indent, value, name }) => {
        const text = JSON.stringify(value, null, indent);
        const had = Object.hasOwn(value, name);
        const added = withMember(text, [name], { a: [1] });
        expect(parseJsonc(added).value).toEqual({ ...JSON.parse(text), [name]: { a: [1] } });
        const { [name]: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
        expect(parseJsonc(withoutMember(added, [name])).value).toEqual(had ? rest : JSON.parse(text));
      }),
    );
  });
});
