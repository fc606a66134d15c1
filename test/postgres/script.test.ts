import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyLine } from '../../src/postgres/copy.ts';
import { qualified, quoteLiteral, quoteName, withLiterals } from '../../src/postgres/script.ts';

describe('SQL text', () => {
  it('quotes names and texts', () => {
    expect(quoteName('co"de')).toBe('"co""de"');
    expect(qualified('codemie', 'users')).toBe('"codemie"."users"');
    expect(quoteLiteral("O'Hara")).toBe("'O''Hara'");
    expect(quoteLiteral("C:\\'")).toBe("E'C:\\\\'''");
    expect([quoteLiteral(null), quoteLiteral(3), quoteLiteral(true)]).toEqual(['NULL', '3', 'true']);
  });

  it('puts values into a statement, each in its place', () => {
    expect(withLiterals('SET a = $2, b = $1, c = $11', ["'; --", null])).toBe(
      "SET a = NULL, b = '''; --', c = NULL",
    );
  });

  it('does not read a value that looks like a place as one', () => {
    expect(withLiterals('SELECT $1, $2', ['$2', 'two'])).toBe("SELECT '$2', 'two'");
  });

  it('leaves no text a way out of its quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", '\\', 'a', '\n', '$1', ':x') }), (text) => {
        const literal = quoteLiteral(text);
        const inside = literal.replace(/^E?'/, '').slice(0, -1);
        const read = literal.startsWith('E')
          ? inside.replace(/\\\\|''/g, (pair) => pair[0] ?? '')
          : inside.replaceAll("''", "'");
        expect(read).toBe(text);
      }),
    );
  });

  it('refuses what PostgreSQL cannot store', () => {
    expect(() => quoteLiteral('a\0b')).toThrow('NUL');
    expect(() => quoteName('a\0b')).toThrow('NUL');
  });
});

it('writes a row for COPY on one line', () => {
  expect(copyLine(['a\tb\nc\\d\r', null, 3, true])).toBe('a\\tb\\nc\\\\d\\r\t\\N\t3\ttrue\n');
});
