import { describe, expect, it } from 'vitest';
import { exampleFiles } from '../../src/realm/example/example.ts';
import { lintTemplate } from '../../src/realm/lint/template.ts';
import { loadEngine } from '../../src/realm/render/engine.ts';
import { guarded } from '../../src/realm/render/guarded.ts';
import { pythonDifferences } from '../../src/realm/render/python-differences.ts';

const VALUES = {
  flag: true,
  none: null,
  names: ['b', 'a'],
  map: { z: 1, a: 2 },
  sorted: { a: 1, z: 2 },
  deep: { flags: [false], text: 'x' },
};

/** Templates, with what Python's Jinja2 3.1.6 and we make of them where that differs. */
const DIFFERENT: readonly (readonly [template: string, python: string, here: string, about: string])[] = [
  ['{{ flag }}', 'True', 'true', 'small letters'],
  ['{{ true }}', 'True', 'true', 'small letters'],
  ['{{ none }}', 'None', 'none', 'small letters'],
  ['{{ deep.flags[0] }}', 'False', 'false', 'small letters'],
  ['{{ "a" ~ flag }}', 'aTrue', 'atrue', 'small letters'],
  ['{{ not flag }}', 'False', 'false', 'small letters'],
  ['{{ "a" in names }}', 'True', 'true', 'small letters'],
  ['{{ names is iterable }}', 'True', 'true', 'small letters'],
  ['{{ names | length == 2 }}', 'True', 'true', 'small letters'],
  ['{{ "ab".startswith("a") }}', 'True', 'true', 'small letters'],
  ['{% for n in [1] %}{{ loop.first }}{% endfor %}', 'True', 'true', 'small letters'],
  ['{{ names }}', "['b', 'a']", '["b", "a"]', 'double quotes'],
  ['{{ ["a"] }}', "['a']", '["a"]', 'double quotes'],
  ['{{ (1, 2) }}', '(1, 2)', '[1, 2]', 'double quotes'],
  ['{{ names | sort }}', "['a', 'b']", '["a", "b"]', 'double quotes'],
  ['{{ "a b".split() }}', "['a', 'b']", '["a", "b"]', 'double quotes'],
  ['{% for name in map %}{{ name }}{% endfor %}', 'za', 'az', 'order of its names'],
  ['{% for name in {"z": 1, "a": 2} %}{{ name }}{% endfor %}', 'za', 'az', 'order of its names'],
  ['{% for name, one in map.items() %}{{ one }}{% endfor %}', '12', '21', 'order of its names'],
  ['{{ map | first }}', 'z', 'a', 'order of its names'],
  ['{{ map | join }}', 'za', 'az', 'order of its names'],
  ['{{ "a_b" | title }}', 'A_b', 'A_B', 'title'],
  ['{{ 2.5 | round }}', '2.0', '3.0', 'round'],
  ['{{ 1e16 }}', '1e+16', '10000000000000000.0', 'number 1e16'],
  ['{{ 2.0 | tojson }}', '2.0', '2', 'number 2.0'],
  ['{{ 1 / (1 - 1) }}', 'ZeroDivisionError', 'inf', 'division by 0'],
];

/** Templates that give the same text in both. */
const EQUAL: readonly (readonly [template: string, text: string])[] = [
  ['{{ flag | tojson }}', 'true'],
  ['{{ "a" if flag else "b" }}', 'a'],
  ['{{ "a" if names is defined and not none else "b" }}', 'a'],
  ['{% if flag and names %}x{% endif %}', 'x'],
  ['{{ names | join(", ") }}', 'b, a'],
  ['{{ names[0] }}{{ names | first }}', 'bb'],
  ['{{ [3, 1] | tojson }}', '[3, 1]'],
  ['{{ flag and "yes" or "no" }}', 'yes'],
  ['{% for name in sorted %}{{ name }}{% endfor %}', 'az'],
  ['{% for name, one in map | dictsort %}{{ name }}{% endfor %}', 'az'],
  ['{{ map.z }}{{ map["a"] }}{{ deep.text }}', '12x'],
  ['{{ 1.5 }} {{ 7 // 2 }} {{ 4 / 2 }}', '1.5 3 2.0'],
  ['{% set x = true %}{{ "y" if x }}', 'y'],
  ['{# {{ true }} #}{% raw %}{{ true }}{% endraw %}', '{{ true }}'],
  [`\${NAME} $\${NAME} {{ "\${X}" }}`, `\${NAME} $\${NAME} \${X}`],
  ['a\r\nb\r\n', 'a\nb\n'],
  ['{%- if true -%}\n x\n{%- endif %}\n', 'x\n'],
  ['{% macro m(a, b="c") %}{{ a }}{{ b }}{% endmacro %}{{ m("x") }}{{ m("x", b="y") }}', 'xcxy'],
];

describe('what Python renders differently', () => {
  it.each(DIFFERENT)('%s is %s there and %s here, and is found', async (template, python, here, about) => {
    expect((await loadEngine()).render({ name: 'f', text: template }, VALUES)).toBe(here);
    expect(python).not.toBe(here);
    const [found, ...others] = pythonDifferences(`\n${template}`, VALUES);
    expect(found).toMatchObject({ line: 2, message: expect.stringContaining(about) });
    expect(others).toEqual([]);
  });

  it.each(EQUAL)('%s is the same, and nothing is found', async (template, text) => {
    expect((await loadEngine()).render({ name: 'f', text: template }, VALUES)).toBe(text);
    expect(pythonDifferences(template, VALUES)).toEqual([]);
  });

  it('is found in a template alone, as far as it does not depend on the stage', () => {
    expect(pythonDifferences('{{ flag }}{{ names }}')).toEqual([]);
    expect(pythonDifferences('{{ a == b }}')).toHaveLength(1);
  });

  it.each(['{{', '{% if', '{{ "a }}', '{# x', '{% raw %}', '{{ a | }}', '{{ ) }}'])(
    'is not looked for behind %s, which cannot be read',
    (template) => {
      expect(pythonDifferences(template)).toEqual([]);
    },
  );
});

it('what Python renders differently in a template is a warning of lint, with file and line', () => {
  expect(lintTemplate('a.j2', 'x\n{{ a == b }}')).toEqual([
    {
      rule: 'template-python',
      severity: 'warning',
      file: 'a.j2',
      path: '',
      line: 2,
      message:
        'A truth value or none is printed in small letters here, and as True, False or None in Python.',
      advice: 'Write it with "| tojson", or as a choice between two texts.',
    },
  ]);
  for (const name of ['realm', 'identity-providers'])
    expect(lintTemplate(name, exampleTemplate(name))).toEqual([]);
});

function exampleTemplate(name: string): string {
  const path = `infra/deployment/templates/configs/keycloak-${name}.json.j2`;
  return exampleFiles().find((file) => file.path === path)?.text ?? '';
}

describe('a template that reports missing variables', () => {
  it.each([...DIFFERENT, ...EQUAL].map(([template]) => template))(
    'renders %j to the same text',
    async (template) => {
      const { text, uses } = guarded(template);
      const { render } = await loadEngine();
      expect(render({ name: 'f', text }, VALUES)).toBe(render({ name: 'f', text: template }, VALUES));
      expect(uses.every(({ line }) => line >= 1)).toBe(true);
    },
  );

  it.each([
    ['{{ a.b["c"][d] | upper }}', ['a.b["c"][d]']],
    ['{{ a.items() }}{{ f(b, key=c) }}', ['a', 'b', 'c']],
    ['{% for k, v in m.items() if k != skip %}{{ v }}{% endfor %}', ['m', 'k', 'skip', 'v']],
    ['{% set x = y %}{% set ns.z = x %}', ['y', 'x']],
    ['{{ a is defined }}{{ b is not defined }}{{ c | default("x") }}{{ d | d }}', []],
    ['{{ a is divisibleby(b) }}{{ a is not string }}', ['a', 'b', 'a']],
    ['{% macro f(a, b=c) %}{{ a }}{% endmacro %}{% block a %}{% endblock %}', ['a']],
    ['{% with a = b %}{{ a }}{% endwith %}{% filter upper %}{% endfilter %}', ['b', 'a']],
    ['{% call(x) f(y) %}{{ x }}{% endcall %}', ['y', 'x']],
    ['{{ {"a": b, c: d}[e] }}', ['b', 'c', 'd', 'e']],
  ])('asks %s for %j', (template, names) => {
    expect(guarded(template).uses.map(({ name }) => name)).toEqual(names);
  });
});
