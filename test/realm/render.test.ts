import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeExample } from '../../src/realm/example/example.ts';
import { loadEngine } from '../../src/realm/render/engine.ts';
import { renderStage } from '../../src/realm/render/render.ts';
import { valuesOfStage } from '../../src/realm/render/stages.ts';
import { writeAllOrNone } from '../../src/realm/render/write.ts';

/** A folder with templates of a test, and a file of stages. */
function project(templates: Record<string, string>, stages = 'stages: { dev: { host: local } }\n') {
  const folder = mkdtempSync(join(tmpdir(), 'render-'));
  for (const [name, text] of Object.entries({ ...templates, 'stages.yaml': stages })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return { templates: 't', stages: 'stages.yaml', find: (path: string) => join(folder, path), folder };
}

describe('rendering', () => {
  it('gives every file of the folder its mode, and leaves variables of the environment in place', async () => {
    const source = project({
      't/keycloak-realm.json.j2': `{"a": "{{ host }} \${SECRET} \${CLAIM.sub}"}\n`,
      't/keycloak-entrypoint.sh.j2': `echo {{ stage }} "\${SECRET}"\n`,
      't/other.json.j2': 'not ours',
    });
    expect((await renderStage(source, 'dev', undefined)).files).toEqual([
      { name: 'keycloak-entrypoint.sh', text: `echo dev "\${SECRET}"\n`, mode: 0o755 },
      { name: 'keycloak-realm.json', text: `{"a": "local \${SECRET} \${CLAIM.sub}"}\n`, mode: 0o644 },
    ]);
  });

  it('with secrets, writes values into texts of JSON files alone, character for character, for the owner only', async () => {
    const source = project({
      't/keycloak-realm.json.j2': `{"a": "\${SECRET}", "b": "\${username}", "n": 1}`,
      't/keycloak-entrypoint.sh.j2': `echo "\${SECRET}"\n`,
    });
    const value = `a"b\\c\nd&é\${other}$`;
    const { files } = await renderStage(source, 'dev', { SECRET: value });
    const [script, realm] = files;
    expect(script).toMatchObject({ text: `echo "\${SECRET}"\n`, mode: 0o755 });
    expect(realm?.mode).toBe(0o600);
    expect(JSON.parse(realm?.text ?? '')).toEqual({
      a: value,
      b: `\${username}`,
      n: 1,
    });
    // Keycloak replaces these in the text of a file that it imports.
    expect(realm?.text).not.toContain('$');
  });

  it('with secrets, a value that looks like a variable is an error with its place, and without the value', async () => {
    const source = project({ 't/keycloak-realm.json.j2': `{"clients": [{"secret": "\${SECRET}"}]}` });
    await expect(renderStage(source, 'dev', { SECRET: `hidden\${OTHER}` })).rejects.toMatchObject({
      code: 'USAGE',
      message:
        'The value at clients[0].secret of keycloak-realm.json looks like a variable, and would be replaced again.',
    });
  });

  it('with secrets, a variable that is not set is an error with its name and place', async () => {
    const source = project({ 't/keycloak-realm.json.j2': `{"clients": [{"secret": "\${SECRET}"}]}` });
    await expect(renderStage(source, 'dev', {})).rejects.toMatchObject({
      code: 'USAGE',
      message: `keycloak-realm.json uses \${SECRET} at clients[0].secret, and this variable is not set.`,
    });
  });

  it.each([
    ['a name that is not defined', '\n{{ nope }}', 't/keycloak-a.j2, line 2: nope is not defined.'],
    ['a member that is not defined', '{{ m.x.y }}', 't/keycloak-a.j2, line 1: m.x.y is not defined.'],
    [
      'such a name before a filter',
      '{{ m }}\n{{ nope | upper }}',
      't/keycloak-a.j2, line 2: nope is not defined.',
    ],
    [
      'such a name between texts',
      '{{ "a" ~ m.nope[0] ~ "b" }}',
      't/keycloak-a.j2, line 1: m.nope[0] is not defined.',
    ],
    ['such a name and a text', '{{ nope ~ "/*" }}', 't/keycloak-a.j2, line 1: nope is not defined.'],
    [
      'such a name in a comparison',
      '{% if nope == 1 %}{% endif %}',
      't/keycloak-a.j2, line 1: nope is not defined.',
    ],
    ['such a name in a list', '{{ [nope] | join }}', 't/keycloak-a.j2, line 1: nope is not defined.'],
    [
      'such a member in a loop',
      '{% for x in [m] %}\n{{ x.nope | join }}{% endfor %}',
      't/keycloak-a.j2, line 2: x.nope is not defined.',
    ],
    [
      'a missing argument',
      '{% macro f(a) %}{{ a ~ "" }}{% endmacro %}{{ f() }}',
      't/keycloak-a.j2, line 1: a is not defined.',
    ],
    [
      'a condition on such a name',
      '\n\n{% if nope %}{% endif %}',
      't/keycloak-a.j2, line 3: nope is not defined.',
    ],
  ])('%s is an error with the name, the file and the line', async (_what, template, message) => {
    const source = project({ 't/keycloak-a.j2': template }, 'stages: { dev: { m: { x: {} } } }');
    await expect(renderStage(source, 'dev', undefined)).rejects.toMatchObject({
      code: 'REALM_TEMPLATE',
      message,
    });
  });

  it('a template that is no JSON afterwards is an error with the line of the result', async () => {
    const source = project({ 't/keycloak-realm.json.j2': '{\n  "a": 1,\n}\n' });
    await expect(renderStage(source, 'dev', undefined)).rejects.toMatchObject({
      code: 'REALM_TEMPLATE',
      message: 't/keycloak-realm.json.j2 renders to invalid JSON at line 3 of the result.',
    });
  });

  it.each([
    ['no folder', {}, 't cannot be used: ENOENT'],
    ['no template', { 't/x.txt': '' }, 't cannot be used: it has no template'],
  ])('a project with %s says how to get one', async (_what, files, message) => {
    await expect(renderStage(project(files), 'dev', undefined)).rejects.toMatchObject({
      code: 'REALM_TEMPLATE',
      message: expect.stringContaining(message),
      fix: 'codemie realm init',
    });
  });
});

describe('stages', () => {
  it('change what they name: maps are merged, lists are replaced', () => {
    const text = 'defaults: { a: { x: 1, y: [1, 2] }, b: 1 }\nstages: { dev: { a: { y: [3] } }, latest: }';
    expect(valuesOfStage(text, 'f', 'dev')).toEqual({ a: { x: 1, y: [3] }, b: 1, stage: 'dev' });
    expect(valuesOfStage(text, 'f', 'latest')).toEqual({ a: { x: 1, y: [1, 2] }, b: 1, stage: 'latest' });
  });

  it.each([
    ['inside its own anchor', 'defaults: &all { x: *all }\nstages: { dev: {} }'],
    [
      'that grow without end',
      Array.from(
        { length: 9 },
        (_, at) =>
          `a${at}: &a${at} [${Array(10)
            .fill(at === 0 ? 'x' : `*a${at - 1}`)
            .join()}]`,
      )
        .concat('stages: { dev: {} }')
        .join('\n'),
    ],
  ])('aliases %s are refused', (_what, text) => {
    expect(() => valuesOfStage(text, 'stages.yaml', 'dev')).toThrow(
      expect.objectContaining({ code: 'REALM_TEMPLATE' }),
    );
  });

  it('that are not in the file are an error with those that are', () => {
    expect(() => valuesOfStage('stages: { dev: {}, latest: {} }', 'stages.yaml', 'prod')).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: 'stages.yaml has no stage "prod".',
        hint: 'Its stages are dev, latest.',
      }),
    );
  });

  it.each(['yes', 'Off', '2.0', '1e3', '010', '0x1f', '12:30', '9007199254740993'])(
    'cannot be read from the value %s, which Python reads as something else',
    (value) => {
      expect(() => valuesOfStage(`stages: { dev: { a: ${value} } }`, 'f', 'dev')).toThrow(
        `put ${value} in quotes`,
      );
      expect(valuesOfStage(`stages: { dev: { a: "${value}" } }`, 'f', 'dev')).toEqual({
        a: value,
        stage: 'dev',
      });
    },
  );

  it.each(['a: [', '- x', 'defaults: {}'])('cannot be read from %j', (text) => {
    expect(() => valuesOfStage(text, 'f', 'dev')).toThrow(
      expect.objectContaining({ code: 'REALM_TEMPLATE' }),
    );
  });
});

describe('the filter tojson', () => {
  it.each([
    ['{{ {"b": 1, "a": [true, none, 2.5, "x"]} | tojson }}', '{"a": [true, null, 2.5, "x"], "b": 1}'],
    [`{{ "é<'&>" | tojson }}`, '"\\u00e9\\u003c\\u0027\\u0026\\u003e"'],
    ['{{ {"a": [1, {}], "b": []} | tojson(indent=2) }}', '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": []\n}'],
    ['{{ {"a": "b"} | tojson | tojson }}', '"{\\"a\\": \\"b\\"}"'],
    ['{{ "😀" | tojson }}', '"\\ud83d\\ude00"'],
  ])('prints %s as Python does', async (text, expected) => {
    expect((await loadEngine()).render({ name: 'f', text }, {})).toBe(expected);
  });
});

describe('writing', () => {
  it('writes none of the files where one cannot be written', () => {
    const folder = mkdtempSync(join(tmpdir(), 'render-'));
    const files = [
      { name: 'a.json', text: '1', mode: 0o644 },
      { name: 'missing/b.json', text: '2', mode: 0o644 },
    ];
    expect(() => writeAllOrNone(folder, files)).toThrow('ENOENT');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('writes none of the files where a folder has the name of one', () => {
    const folder = mkdtempSync(join(tmpdir(), 'render-'));
    mkdirSync(join(folder, 'b.json'));
    const files = ['a.json', 'b.json'].map((name) => ({ name, text: '1', mode: 0o644 }));
    expect(() => writeAllOrNone(folder, files)).toThrow(
      expect.objectContaining({
        code: 'FILES_CLOSED',
        message: expect.stringContaining('b.json is a folder.') as string,
      }),
    );
    expect(readdirSync(folder)).toEqual(['b.json']);
  });

  it('sets the modes of the files, and leaves nothing else behind', () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'render-')), 'out');
    writeAllOrNone(folder, [
      { name: 'a.json', text: '1', mode: 0o644 },
      { name: 'b.sh', text: '2', mode: 0o755 },
      { name: 'c.json', text: '3', mode: 0o600 },
    ]);
    const modes = readdirSync(folder).map((name) => [
      name,
      (statSync(join(folder, name)).mode & 0o777).toString(8),
    ]);
    expect(modes).toEqual([
      ['a.json', '644'],
      ['b.sh', '755'],
      ['c.json', '600'],
    ]);
  });
});

describe('the example realm', () => {
  it('is written with folders that others may read, and never over files that exist', () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'example-')), 'new');
    const written = writeExample(folder);
    expect(written).toContain('infra/deployment/templates/configs/keycloak-realm.json.j2');
    expect(written).toContain('infra/deployment/themes/aihub/login/theme.properties');
    const stages = join(folder, 'infra/deployment/stages.yaml');
    writeFileSync(stages, 'mine');
    expect(() => writeExample(folder)).toThrow(
      expect.objectContaining({
        code: 'REALM_FILES_EXIST',
        message: expect.stringContaining(written.join(', ')),
      }),
    );
    expect(readFileSync(stages, 'utf8')).toBe('mine');
    expect(statSync(stages).mode & 0o777).toBe(0o644);
  });

  it('writes nothing where one of its files exists', () => {
    const folder = mkdtempSync(join(tmpdir(), 'example-'));
    mkdirSync(join(folder, 'docs'));
    writeFileSync(join(folder, 'docs', 'langfuse-sysadmin-gate.md'), '');
    expect(() => writeExample(folder)).toThrow('these files exist already: docs/langfuse-sysadmin-gate.md.');
    expect(readdirSync(folder)).toEqual(['docs']);
  });

  it('writes nothing through a link that leads nowhere, nor where a file is in the place of a folder', () => {
    const linked = mkdtempSync(join(tmpdir(), 'example-'));
    mkdirSync(join(linked, 'infra/deployment'), { recursive: true });
    symlinkSync(join(linked, 'elsewhere'), join(linked, 'infra/deployment/stages.yaml'));
    expect(() => writeExample(linked)).toThrow('these files exist already: infra/deployment/stages.yaml.');
    expect(readdirSync(linked)).toEqual(['infra']);

    const blocked = mkdtempSync(join(tmpdir(), 'example-'));
    writeFileSync(join(blocked, 'infra'), '');
    expect(() => writeExample(blocked)).toThrow();
    const files = readdirSync(blocked, { recursive: true, withFileTypes: true });
    expect(files.filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual(['infra']);
  });

  it.each(['dev', 'local', 'build', 'nightly', 'latest'])('renders for the stage %s', async (stage) => {
    const folder = mkdtempSync(join(tmpdir(), 'example-'));
    writeExample(folder);
    const source = {
      templates: 'infra/deployment/templates/configs',
      stages: 'infra/deployment/stages.yaml',
      find: (path: string) => join(folder, path),
    };
    const { files, warnings } = await renderStage(source, stage, undefined);
    expect(warnings).toEqual([]);
    const realm = JSON.parse(files.find(({ name }) => name === 'keycloak-realm.json')?.text ?? '');
    expect(realm).toMatchObject({
      realm: 'aihub',
      sslRequired: stage === 'dev' ? 'none' : 'external',
      ssoSessionIdleTimeout: 432_000,
    });
    expect(realm).not.toHaveProperty('codemie');
  });
});
