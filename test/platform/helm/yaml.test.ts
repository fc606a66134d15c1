import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contentOf,
  dataOf,
  type HelmNode,
  itemsOf,
  memberOf,
  membersOf,
  scalarOf,
  textOf,
} from '../../../src/platform/helm/nodes.ts';
import { readHelmYaml } from '../../../src/platform/helm/yaml.ts';

interface Row {
  readonly name: string;
  readonly text: string;
  /** What Helm's library (sigs.k8s.io/yaml 1.6.0) made of the text; absent if it refused it. */
  readonly value?: unknown;
  readonly refused?: true;
}

const ROWS = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/helm-yaml.json'), 'utf8'),
) as readonly Row[];

/** Read otherwise than Helm does, knowingly: docs/decisions/0040 has the reasons. */
const DIFFERENT: Readonly<Record<string, 'we refuse it' | 'we read it'>> = {
  cr: 'we refuse it',
  'next line char': 'we refuse it',
  'flow at column 0': 'we refuse it',
  'flow map at column 0': 'we refuse it',
  'flow closing at column 0': 'we refuse it',
  'quoted at column 0': 'we refuse it',
  'line separator': 'we read it',
  'tab on an empty line': 'we read it',
  'tab after dash in map': 'we read it',
};

function rootOf(text: string): HelmNode {
  const [document] = readHelmYaml(text);
  if (document?.root === undefined) throw new Error(document?.problem?.reason);
  return document.root;
}

/** As Helm takes values: nothing is an empty map, and something else than a map is refused. */
function valuesIn(text: string): unknown {
  const [document] = readHelmYaml(text);
  if (document?.root === undefined) return 'refused';
  const data = dataOf(document.root);
  if (data === null) return {};
  return typeof data === 'object' && !Array.isArray(data) ? data : 'refused';
}

describe('readHelmYaml', () => {
  it.each(ROWS.filter(({ name }) => !(name in DIFFERENT)).map((row) => [row.name, row] as const))(
    'reads as Helm does: %s',
    (_, { text, value, refused }) =>
      // JSON has one zero.
      expect(JSON.parse(JSON.stringify(valuesIn(text)))).toEqual(refused === true ? 'refused' : value),
  );

  it.each(Object.entries(DIFFERENT))('differs from Helm by purpose: %s, %s', (name, how) => {
    const row = ROWS.find((one) => one.name === name);
    const ours = valuesIn(row?.text ?? '');
    if (how === 'we refuse it') expect([ours, row?.refused]).toEqual(['refused', undefined]);
    else expect([ours === 'refused', row?.refused]).toEqual([false, true]);
  });
});

describe('where things stand', () => {
  const text =
    '# head\r\nextraEnv:\r\n  - name: "A" # c\r\n    value: on\r\n  - name: B\r\n    value: |\r\n      x\r\nlast: end\r\n';

  it.each(['', '\uFEFF'])('offsets and lines are those of the text, CRLF and BOM counted (%j)', (bom) => {
    const all = bom + text;
    const [first, second] = itemsOf(memberOf(rootOf(all), 'extraEnv'));
    const name = memberOf(first, 'name');
    const value = memberOf(first, 'value');
    expect(all.slice(name?.start, name?.end)).toBe('"A"');
    expect(all.slice(value?.start, value?.end)).toBe('on');
    expect([name?.line, value?.line, memberOf(second, 'value')?.line]).toEqual([3, 4, 6]);
    expect(all.slice(second?.start, second?.end)).toMatch(/^name: B.*x\r\n$/s);
    const key = membersOf(rootOf(all)).get('last')?.key;
    expect([all.slice(key?.start, key?.end), key?.line]).toEqual(['last', 8]);
  });

  it('an empty value stands behind its key', () => {
    const value = memberOf(rootOf('a:\nb: 1\n'), 'a');
    expect(value).toMatchObject({ kind: 'scalar', value: null, start: 2, end: 2, line: 1 });
  });

  it('an alias stands where it is used, and has the value of its anchor', () => {
    const root = rootOf('a: &port 80\nb: *port\n');
    const alias = memberOf(root, 'b');
    expect(alias).toMatchObject({ kind: 'alias', name: 'port', line: 2 });
    expect(memberOf(root, 'a')).toMatchObject({ anchor: 'port', line: 1 });
    expect(scalarOf(alias)).toBe(80);
  });

  it('every text of a document without errors reads back from its place', () => {
    for (const { text } of ROWS) {
      const [document] = readHelmYaml(text);
      for (const scalar of scalarsIn(document?.root)) {
        const there = text.slice(scalar.start, scalar.end);
        if (scalar.style === 'quoted') expect(there).toMatch(/^(["']).*\1$/s);
        else if (!there.includes('\n') && scalar.style === 'plain' && typeof scalar.value === 'string')
          expect(there).toBe(scalar.value);
      }
    }
  });
});

function* scalarsIn(node: HelmNode | undefined): Iterable<HelmNode & { readonly kind: 'scalar' }> {
  if (node?.kind === 'scalar') yield node;
  else if (node?.kind === 'list') for (const item of node.items) yield* scalarsIn(item);
  else if (node?.kind === 'map') for (const { value } of node.entries) yield* scalarsIn(value);
}

describe('maps', () => {
  it('a name that is there twice stays visible, and the last one counts', () => {
    const root = rootOf('a: 1\nb: 2\na: 3\n');
    const content = contentOf(root);
    expect(content.kind === 'map' && content.entries.map(({ name, key }) => [name, key.line])).toEqual([
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ]);
    expect(scalarOf(memberOf(root, 'a'))).toBe(3);
  });

  it('a key that YAML takes for a word has the name that Helm gives it', () => {
    expect([...membersOf(rootOf('on: 1\n012: 2\n')).keys()]).toEqual(['true', '10']);
  });

  it('<< below a name replaces it, and above a name does not', () => {
    const base = 'base: &b {x: 1}\n';
    expect(scalarOf(memberOf(rootOf(`${base}m:\n  x: 9\n  <<: *b\n`), 'm', 'x'))).toBe(1);
    expect(scalarOf(memberOf(rootOf(`${base}m:\n  <<: *b\n  x: 9\n`), 'm', 'x'))).toBe(9);
  });

  it('a member of something else than a map is absent', () => {
    const root = rootOf('a: [1]\nb: text\nc: ""\n');
    expect(memberOf(root, 'a', 'b')).toBeUndefined();
    expect([textOf(memberOf(root, 'b')), textOf(memberOf(root, 'c')), textOf(memberOf(root, 'a'))]).toEqual([
      'text',
      undefined,
      undefined,
    ]);
    expect(itemsOf(memberOf(root, 'b'))).toEqual([]);
  });
});

describe('documents', () => {
  it('each has its own line, and one that is broken does not hide the others', () => {
    const documents = readHelmYaml('# c\na: 1\n---\nb: [\n---\nc: 3\n');
    expect(documents.map(({ line, problem }) => [line, problem?.line])).toEqual([
      [2, undefined],
      [4, expect.any(Number)],
      [6, undefined],
    ]);
  });

  it.each([
    '"hunter2',
    '*hunter2',
    '!!int hunter2',
    '"a" hunter2',
    '@hunter2',
    '{hunter2',
    '[hunter2}',
    '&a hunter2: |hunter2',
    '%hunter2\n%hunter2',
    '|hunter2',
    '"\\hunter2"',
  ])('a problem names its line and shows nothing of the text: %s', (value) => {
    const [document] = readHelmYaml(`a: 1\nsecret: ${value}\n`);
    expect(document?.problem?.line).toBeGreaterThan(1);
    expect(JSON.stringify(document)).not.toContain('hunter2');
  });

  it('aliases that grow without end are refused at once', () => {
    const levels = [...'bcdefghijk'].map(
      (name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefghij'[index]}`)}]`,
    );
    const [document] = readHelmYaml(['a: &a [1,1,1,1,1,1,1,1,1,1]', ...levels].join('\n'));
    expect(document?.problem?.reason).toBe('its aliases grow without end');
  });

  it('lists within lists without end are refused', () => {
    const [document] = readHelmYaml(`a: ${'['.repeat(50_000)}`);
    expect(document?.problem).toEqual({ line: 1, reason: 'it is nested too deeply' });
  });

  it('no text makes it throw, and no problem quotes the text', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            'a',
            'hunter2',
            ':',
            ' ',
            '\n',
            '- ',
            '&a',
            '*a',
            '<<',
            '{',
            '}',
            '[',
            ']',
            '"',
            "'",
            '|',
            '#',
            '!',
            '---\n',
            '\t',
            '? ',
          ),
        ),
        (parts) => {
          for (const { root, problem } of readHelmYaml(parts.join(''))) {
            if (root !== undefined) dataOf(root);
            expect(problem?.reason ?? '').not.toContain('hunter2');
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
